// Opens one bridge to a socket on a host: starts its program and makes sure that it is connected.
import type { Duplex } from 'node:stream';
import { CancelledError } from '../errors.ts';
import { bridgeError, bridgeFailure } from './bridge-errors.ts';
import type { Bridge } from './bridges.ts';
import { nothing } from './command.ts';
import { describeEndpoint, dialError } from './dial-error.ts';
import { ProcessDuplex } from './process-duplex.ts';
import { capture, type Runner } from './run.ts';
import { StderrTail } from './stderr-tail.ts';
import type { DialOptions, Endpoint, HostProcess } from './transport.ts';

/** More is no answer to a ping, and is not searched for words. */
const pingBytes = 16 * 1024;

/**
 * The stream that a bridge carries.
 * @param runner - starts the bridge's program, perhaps as root
 * @throws DialError, CancelledError, ConnectError
 */
export async function openBridge(
  runner: Runner,
  endpoint: Endpoint,
  bridge: Bridge,
  options: DialOptions,
): Promise<Duplex> {
  const { host } = runner;
  const stop = new AbortController();
  const process = await runner.start(
    { argv: bridge.argv, env: { LC_ALL: 'C' } },
    { signal: stop.signal },
  );
  const tail = new StderrTail(process.stderr);
  const giveUp = () => stop.abort();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    if (options.signal?.aborted) giveUp();
    if (bridge.connected) await connected(host, endpoint, process, tail, bridge.connected);
    if (stop.signal.aborted) throw new CancelledError('Cancelled', { host });
  } catch (error) {
    process.stdout.resume();
    if (stop.signal.aborted) throw new CancelledError('Cancelled', { host });
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
  if (bridge.over) void tail.says(bridge.over).then((said) => said && process.stdin.end());
  return new ProcessDuplex(process, stop, (exit) => bridgeFailure(host, endpoint, exit, tail.text));
}

async function connected(
  host: string,
  endpoint: Endpoint,
  process: HostProcess,
  tail: StderrTail,
  sign: RegExp,
): Promise<void> {
  if (await tail.says(sign)) return;
  process.stdout.resume();
  const failure = bridgeFailure(host, endpoint, await process.exit, tail.text);
  throw failure ?? dialError('failed', endpoint, { host });
}

/** Docker's bridge connects silently, so it is tried once with a request that any Engine answers. */
export async function pingBridge(
  runner: Runner,
  endpoint: Endpoint,
  bridge: Bridge,
  options: DialOptions,
): Promise<void> {
  const { exit, stdout, stderr } = await capture(
    runner,
    {
      argv: bridge.argv,
      env: { LC_ALL: 'C' },
      stdin: 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n',
      timeoutMs: 10_000,
      maxBytes: pingBytes,
      purpose: `reach ${describeEndpoint(endpoint)}`,
      parse: nothing,
    },
    options,
  );
  if (stdout.toString('latin1').startsWith('HTTP/1.')) return;
  throw bridgeError(runner.host, endpoint, exit, stderr.toString('utf8'));
}
