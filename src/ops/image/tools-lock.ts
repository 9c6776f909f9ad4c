// The pinned tools of the image, read from docker/tools.lock.json: the one place where a version is recorded.
import { readFileSync } from 'node:fs';
import { packageDirectory } from '../../version.ts';

interface ToolsLock {
  readonly opencode: {
    readonly version: string;
    /** npm package → architecture (Go's name) and SHA-512 (Subresource Integrity). */
    readonly npm: Readonly<Record<string, { readonly arch: string; readonly integrity: string }>>;
  };
}

/** Reads the pins. */
export function readToolsLock(): ToolsLock {
  const file = new URL('docker/tools.lock.json', packageDirectory);
  return JSON.parse(readFileSync(file, 'utf8')) as ToolsLock;
}
