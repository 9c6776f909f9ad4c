// Files that a pattern of Include names, as glob(3) finds them: sorted, no hidden ones unless named.
import { lstat, readdir } from 'node:fs/promises';

/** Absolute paths of what matches an absolute pattern; directories that cannot be read hold nothing. */
export async function globFiles(pattern: string): Promise<string[]> {
  let found = [''];
  for (const part of pattern.split('/').slice(1)) {
    const next = await Promise.all(found.map((directory) => matchesIn(directory, part)));
    found = next.flat();
  }
  return found.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

async function matchesIn(directory: string, part: string): Promise<string[]> {
  if (!/[*?[]/.test(part)) {
    const path = `${directory}/${part.replace(/\\(.)/g, '$1')}`;
    return (await exists(path)) ? [path] : [];
  }
  const names = await readdir(`${directory}/`).catch(() => []);
  const wanted = partPattern(part);
  const visible = names.filter((name) => part.startsWith('.') || !name.startsWith('.'));
  return visible.filter((name) => wanted.test(name)).map((name) => `${directory}/${name}`);
}

/** `*`, `?`, `[…]`, `[!…]`; a backslash takes the next character as it is. */
function partPattern(part: string): RegExp {
  const tokens = part.match(/\\.|\[!?\]?[^\]]*\]|\*+|./gs) ?? [];
  return new RegExp(`^${tokens.map(tokenPattern).join('')}$`, 's');
}

function tokenPattern(token: string): string {
  if (token.startsWith('*')) return '.*';
  if (token === '?') return '.';
  if (token.length > 2 && token.startsWith('[')) {
    const inner = token.slice(1, -1).replace(/[\\[\]^]/g, '\\$&');
    return `[${inner.replace(/^!/, '^')}]`;
  }
  const plain = token.length === 2 && token.startsWith('\\') ? token.slice(1) : token;
  return plain.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
