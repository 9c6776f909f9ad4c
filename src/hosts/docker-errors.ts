// Turns what Docker's client throws into DockerErrors. Pure; what only the host can tell is in docker-absence.ts.
import {
  CancelledError,
  ConnectError,
  DockerError,
  OccError,
  type DockerReason,
} from '../errors.ts';
import { messageOf } from '../thrown.ts';

/** What was being done when it failed. */
export interface Attempt {
  readonly host: string;
  /** For a message: `start container opencode-cloud`. */
  readonly doing: string;
  readonly signal?: AbortSignal | undefined;
}

/** The HTTP status of an error of docker-modem; undefined when the engine did not answer. */
export function statusOf(error: unknown): number | undefined {
  const status = property(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/** Translates a failure. Errors of occ pass unchanged. */
export function translateFailure(error: unknown, attempt: Attempt): Error {
  if (error instanceof OccError) return error;
  const { host, doing, signal } = attempt;
  if (signal?.aborted) return new CancelledError(`Cancelled: ${doing}`, { host });
  if (isLost(error)) {
    const message = `Could not ${doing}: the connection to the Docker Engine was lost`;
    return new ConnectError('lost', message, { host, cause: error, hint: lostHint });
  }
  return dockerError(reasonOf(statusOf(error), textOf(error)), textOf(error), attempt, error);
}

const lostHint = 'Whether it took effect is not known; look with: occ status';

/** A DockerError in the usual words, with the way to mend it. */
export function dockerError(
  reason: DockerReason,
  why: string,
  { host, doing }: Attempt,
  cause?: unknown,
): DockerError {
  const details = { host, hint: hintFor(reason, host), cause };
  if (reason !== 'port-taken')
    return new DockerError(reason, `Could not ${doing}: ${why}`, details);
  const place = placeOf(why);
  const taken = place === undefined ? 'the port is taken' : `${place} is taken`;
  return new DockerError(reason, `Could not ${doing}: ${taken} on the host`, details);
}

/** errno(3) in words, as code, and what apt-get says when it looks before it writes. */
const diskFull =
  /no space left on device|ENOSPC|disk quota exceeded|don't have enough free space in/i;

/** The reason that stands in the engine's words; undefined when they do not tell. */
export function reasonInText(text: string): DockerReason | undefined {
  if (diskFull.test(text)) return 'no-space';
  if (/port is already allocated|address already in use/i.test(text)) return 'port-taken';
  return undefined;
}

function reasonOf(status: number | undefined, text: string): DockerReason {
  const told = reasonInText(text);
  if (told) return told;
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  return 'api';
}

function hintFor(reason: DockerReason, host: string): string | undefined {
  if (reason === 'no-space') {
    return 'Make room on the host: "docker system df" tells what Docker uses, "df -h" the rest';
  }
  if (reason !== 'port-taken') return undefined;
  return `Find its owner on the host with "ss -ltnp", or choose another port: occ --host ${host} config set port NUMBER`;
}

/** `Bind for 0.0.0.0:80 failed: port …`; `listen tcp4 127.0.0.1:80: bind: address …`; newer: `bind host port 0.0.0.0:80: …`. */
function placeOf(text: string): string | undefined {
  return /(\[[0-9a-f:]+\]|\d+(?:\.\d+){3}|::):\d+(?=[:/ ])/i.exec(text)?.[0];
}

/** Most characters of an answer that an error repeats and that is searched for a reason. */
const mostWords = 4000;

/** The engine's own words, without docker-modem's frame around them. */
function textOf(error: unknown): string {
  const body = property(error, 'json');
  const told = property(body, 'message');
  if (typeof told === 'string' && told !== '') return told.slice(0, mostWords).trim();
  const text = messageOf(error);
  const words = text.slice(0, mostWords);
  return words.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}

const lostCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ECONNABORTED',
]);

function isLost(error: unknown): boolean {
  const code = property(error, 'code');
  return typeof code === 'string' && lostCodes.has(code);
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[key];
}
