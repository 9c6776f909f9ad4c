// What V8 is told before anything is loaded: to mark in the thread that runs the program, and in no other.
import { setFlagsFromString } from 'node:v8';

/** The versions that were tried: Node.js promises nothing for a flag that is set while it runs. */
const tried: readonly number[] = [20, 22, 24];

/**
 * A stream of 512 MiB makes V8 look through the heap 25 times, since each buffer counts against it. The heap of occ is
 * 10 MiB and looked through in 5 ms, but V8 wakes a thread for each processor to help, which costs more than it helps:
 * half of all the time that a download took on two processors (docs/decisions/0005-garbage-collection.md).
 * @param version - as in `process.versions.node`
 */
export function markAlone(
  version: string,
  setFlags: typeof setFlagsFromString = setFlagsFromString,
): void {
  if (tried.includes(Number.parseInt(version, 10))) setFlags('--no-concurrent-marking');
}
