// What host.test asks of a machine beyond connection and engine: commands as values, pure parsers.
import { textOf, type Command } from '../../transport/command.ts';

/** Space of a file system, in bytes. */
export interface DiskSpace {
  readonly total: number;
  /** What may still be written by users other than root. */
  readonly free: number;
}

/** Space of the file system that `path` is on. */
export function readDiskSpace(path: string): Command<DiskSpace> {
  return {
    argv: ['df', '-P', '-k', '--', path],
    env: { LC_ALL: 'C' },
    purpose: `read the free space of ${path}`,
    parse: (output) => parseDf(textOf(output)),
  };
}

/**
 * Reads the answer of `df -P -k` (POSIX: one line per file system, in units of 1024 bytes) for one path.
 * @throws Error when it has another form
 */
export function parseDf(text: string): DiskSpace {
  const line = text.split('\n').at(-1) ?? '';
  // The name of the file system may hold spaces, so the columns are found by the percentage between them.
  const found = /\s(\d+)\s+\d+\s+(-?\d+)\s+\d+%\s/.exec(line);
  if (!found) throw new Error(`df printed something else than expected: ${line}`);
  return { total: Number(found[1]) * 1024, free: Number(found[2]) * 1024 };
}

/** The host's clock: whole seconds since the epoch. */
export function readClock(): Command<number> {
  return {
    argv: ['date', '-u', '+%s'],
    purpose: 'read the clock',
    parse: (output) => parseClock(textOf(output)),
  };
}

/**
 * Reads whole seconds since the epoch.
 * @throws Error when it is not a number
 */
export function parseClock(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`date printed something else than expected: ${text}`);
  return Number(text);
}

/**
 * How far the host's clock is ahead (positive) or behind, in milliseconds. A clock that was read in whole seconds
 * between `before` and `after` (milliseconds of our clock) and agrees with that is not wrong: 0.
 */
export function clockSkew(hostSeconds: number, before: number, after: number): number {
  const earliest = hostSeconds * 1000;
  const latest = earliest + 999;
  if (latest < before) return latest - before;
  return earliest > after ? earliest - after : 0;
}

/** `12.3 GiB`: binary units, as `df -h` uses them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}
