// Which forwardings are asked of a master: a refused one would end it as soon as its client leaves (mux-open-channels.ts).
import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import type { Client, ClientCallback } from 'ssh2';

/** What was refused may be allowed later. Until then, a bridge through a command does the same. */
const rememberedMs = 60 * 60 * 1000;

/** What the name of the file that remembers has after the socket's. */
export const refusedEnd = '.refused';

/** Reasons of a refused channel (RFC 4254, 5.1). */
const prohibited = 1;
const connectFailed = 2;

const anyPort = 'tcp';

/** What was refused, also to those before. */
export interface RefusedForwards {
  has(what: string): boolean;
  note(what: string): void;
}

/** Reads `<controlPath>.refused`. A file that is too old is removed, so that all is tried again. */
export async function readRefused(controlPath: string): Promise<RefusedForwards> {
  const file = `${controlPath}${refusedEnd}`;
  const text = await readFresh(file).catch(() => '');
  const refused = new Set(text.split('\n'));
  return {
    has: (what) => refused.has(what),
    note: (what) => {
      refused.add(what);
      appendFile(file, `${what}\n`, { mode: 0o600 }).catch(() => undefined);
    },
  };
}

async function readFresh(file: string): Promise<string> {
  const { mtimeMs } = await stat(file);
  if (Date.now() - mtimeMs < rememberedMs) return readFile(file, 'utf8');
  await rm(file, { force: true });
  return '';
}

/** Lets a client forward nothing: it is refused here, as a server would refuse it. */
export function forwardNothing(client: Client): void {
  const why = 'over a master that is not its own, occ runs commands only';
  const refuse = (done: ClientCallback | undefined): Client =>
    refuseLater(client, done, prohibited, why);
  client.forwardOut = (_from, _fromPort, _address, _port, done) => refuse(done);
  client.openssh_forwardOutStreamLocal = (_path, done) => refuse(done);
}

/** Lets a client forward what the server has not refused lately, and notes what it refuses now. */
export function forwardCarefully(client: Client, refused: RefusedForwards): void {
  const forwardTcp = client.forwardOut.bind(client);
  const forwardUnix = client.openssh_forwardOutStreamLocal.bind(client);
  client.forwardOut = (from, fromPort, address, port, done) => {
    if (refused.has(anyPort)) return refuseLater(client, done, prohibited, 'not allowed before');
    return forwardTcp(from, fromPort, address, port, (error, channel) => {
      // A port that is closed now may be open later; what is prohibited is so for all.
      if (reasonOf(error) === prohibited) refused.note(anyPort);
      done?.(error, channel);
    });
  };
  client.openssh_forwardOutStreamLocal = (path, done) => {
    const what = `unix ${JSON.stringify(path)}`;
    if (refused.has(what)) return refuseLater(client, done, connectFailed, 'refused before');
    return forwardUnix(path, (error, channel) => {
      if (reasonOf(error) !== undefined) refused.note(what);
      done(error, channel);
    });
  };
}

function reasonOf(error: Error | undefined): unknown {
  return error !== undefined && 'reason' in error ? error.reason : undefined;
}

/** As ssh2 reports the refusal of a server. */
function refuseLater(
  client: Client,
  done: ClientCallback | undefined,
  reason: number,
  why: string,
): Client {
  const error = Object.assign(new Error(`(SSH) Channel open failure: ${why}`), { reason });
  // ssh2 gives no channel with an error, although its types do not say so.
  queueMicrotask(() => (done as ((error: Error) => void) | undefined)?.(error));
  return client;
}
