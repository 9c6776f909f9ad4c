// Connections to hosts that stay open for the next command, for whoever wants to end them.
import {
  clearDirectory,
  endKept,
  keptConnections as namesOf,
} from '../transport/warm/ssh-warm-end.ts';

/** Kept connections, those that are being made included. */
export interface KeptConnections {
  readonly count: number;
  /**
   * Ends them, and with them whatever runs over them.
   * @returns how many were there
   */
  end(): Promise<number>;
}

/**
 * Looks for connections that occ keeps; it connects to nothing. The user's own masters are never among them.
 * @param host - inventory name; undefined: those to all hosts and jump hosts, also to hosts that are in the inventory no
 * more, and what was left behind by some that are gone
 */
export async function keptConnections(
  runtimeDir: string | undefined,
  host?: string,
): Promise<KeptConnections> {
  if (runtimeDir === undefined) return { count: 0, end: () => Promise.resolve(0) };
  const names = await namesOf(runtimeDir, host);
  const end = async (): Promise<number> => {
    const ended = await endKept(runtimeDir, names);
    if (host === undefined) await clearDirectory(runtimeDir);
    return ended;
  };
  return { count: names.length, end };
}
