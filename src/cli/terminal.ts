// What the command line knows of the process around it. Tests hand in their own.
import type { Readable, Writable } from 'node:stream';

/** Standard input; a terminal has raw mode. */
export type InputStream = Readable & {
  readonly isTTY?: boolean | undefined;
  readonly isRaw?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
};

/** Standard output or error. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  /** Characters in a line. */
  readonly columns?: number | undefined;
};

/** The process as the command line sees it. `NodeJS.Process` is one. */
export interface Surroundings {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly cwd: () => string;
}

/**
 * Whether to colour what goes to a stream: `--no-color`, then NO_COLOR (https://no-color.org), then FORCE_COLOR, then
 * whether it is a terminal that can.
 */
export function wantsColor(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  allowed: boolean,
): boolean {
  if (!allowed || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** The width to fit output into; undefined for files and pipes, which take lines of any length. */
export function widthOf(stream: OutputStream): number | undefined {
  return stream.isTTY === true && (stream.columns ?? 0) > 0 ? stream.columns : undefined;
}
