// A TCP proxy on loopback that adds a round-trip time and counts turns. A process of its own, so that it takes no time
// from what is measured. argv: target port, milliseconds of a round trip. What the server answers belongs to the turn after
// the last one that the client knew of when it asked: answers that come in a row, to questions asked together, are one.
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { DelayLink } from './delay-link.ts';

const [targetPort, roundTripMs] = process.argv.slice(2).map(Number) as [number, number];

/** Turns that the client has waited for, and those that the server had heard of by what it was asked. */
let turns = 0;
let heard = 0;

function serve(near: Socket): void {
  const start = performance.now();
  const far = new Socket();
  for (const end of [near, far]) {
    end.setNoDelay(true);
    end.on('error', () => undefined);
  }
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroySoon());
  const delayMs = roundTripMs / 2;
  // Opening a connection costs a round trip, and the server hears of it with the client's second packet.
  new DelayLink(near, far, {
    delayMs,
    notBefore: start + roundTripMs,
    left: () => turns,
    arrived: (turn) => (heard = Math.max(heard, turn)),
  });
  new DelayLink(far, near, {
    delayMs,
    notBefore: start,
    left: () => heard + 1,
    arrived: (turn) => (turns = Math.max(turns, turn)),
  });
  const open = (): unknown => far.connect(targetPort, '127.0.0.1');
  // A little early, so that there is a connection when the first bytes are due.
  if (roundTripMs > 5) setTimeout(open, roundTripMs + delayMs - 5);
  else open();
}

const server = createServer(serve).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => {
  process.send?.({ turns });
  turns = 0;
  heard = 0;
});
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });
