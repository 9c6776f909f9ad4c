// The build context, made in memory from the package's docker/ directory: the same files give the same bytes everywhere.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { packageDirectory } from '../../version.ts';
import { certificateFiles } from './extra-ca.ts';
import { tarOf, type TarFile } from './tar.ts';

/** What an image is made from besides the files of the package. */
export interface ContextInput {
  /** Image to build on; undefined for the Dockerfile's default. */
  readonly baseImage?: string | undefined;
  /** PEM text; only its certificates go into the context. */
  readonly extraCa?: string | undefined;
}

const directory = fileURLToPath(new URL('docker', packageDirectory));

/** The context as a tar stream. */
export function packContext({ extraCa }: Pick<ContextInput, 'extraCa'> = {}): Readable {
  return tarOf(contextFiles(extraCa));
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

/** Sorted, because the order is part of the hash and of the archive. */
function contextFiles(extraCa: string | undefined): readonly TarFile[] {
  const packaged = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readContextFile(join(entry.parentPath, entry.name)));
  const certificates = certificateFiles(extraCa ?? '').map((file) => ({
    ...file,
    name: `extra-ca/${file.name}`,
  }));
  return [...packaged, ...certificates].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readContextFile(path: string): TarFile {
  return {
    name: relative(directory, path).split(sep).join('/'),
    // Only the executable bit is kept: the rest depends on the umask of whoever unpacked the package.
    mode: (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755,
    content: readFileSync(path),
  };
}
