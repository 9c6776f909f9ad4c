// The build context, made in memory from the package's docker/ directory: the same files give the same bytes everywhere.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { splitPem } from '../container/extra-ca.ts';

/** What an image is made from besides the files of the package. */
export interface ContextInput {
  /** Image to build on; undefined for the Dockerfile's default. */
  readonly baseImage?: string | undefined;
  /** PEM text; only its certificates go into the context. */
  readonly extraCa?: string | undefined;
}

interface ContextFile {
  /** Path in the context, with `/`. */
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

const directory = fileURLToPath(new URL('../../../docker', import.meta.url));

/** The context as a tar stream: sorted, owned by root, without times. */
export function packContext({ extraCa }: Pick<ContextInput, 'extraCa'> = {}): Readable {
  const archive = pack();
  for (const { name, mode, content } of contextFiles(extraCa)) {
    archive.entry({ name, mode, uid: 0, gid: 0, mtime: new Date(0) }, content);
  }
  archive.finalize();
  return archive as unknown as Readable;
}

/** SHA-256 (hex) over everything that decides what the image becomes, as far as occ decides it. */
export function contextHash({ baseImage, extraCa }: ContextInput = {}): string {
  const hash = createHash('sha256');
  // Lengths keep two neighbours apart, whatever they hold.
  const add = (part: string | Buffer) => hash.update(`${Buffer.byteLength(part)}:`).update(part);
  add(baseImage ?? '');
  for (const { name, mode, content } of contextFiles(extraCa)) {
    add(name);
    add(mode.toString(8));
    add(content);
  }
  return hash.digest('hex');
}

function contextFiles(extraCa: string | undefined): readonly ContextFile[] {
  const packaged = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readContextFile(join(entry.parentPath, entry.name)));
  const certificates = splitPem(extraCa ?? '').map((block, index) => ({
    name: `extra-ca/occ-extra-${String(index + 1).padStart(4, '0')}.crt`,
    mode: 0o644,
    content: Buffer.from(block),
  }));
  return [...packaged, ...certificates].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readContextFile(path: string): ContextFile {
  return {
    name: relative(directory, path).split(sep).join('/'),
    // Only the executable bit is kept: the rest depends on the umask of whoever unpacked the package.
    mode: (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755,
    content: readFileSync(path),
  };
}
