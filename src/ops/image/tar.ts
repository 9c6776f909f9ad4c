// Files as a tar stream, for the Docker API: the same files give the same bytes everywhere.
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';

/** One file of an archive. */
export interface TarFile {
  /** Path in the archive, with `/`. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: Buffer;
}

/** The files in this order, owned by root, without times. */
export function tarOf(files: readonly TarFile[]): Readable {
  const archive = pack();
  for (const { name, mode, content } of files) {
    archive.entry({ name, mode, uid: 0, gid: 0, mtime: new Date(0) }, content);
  }
  archive.finalize();
  // A stream of streamx, which is read like one of Node's and is not typed as one.
  return archive as unknown as Readable;
}
