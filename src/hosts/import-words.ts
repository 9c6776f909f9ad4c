// Splits text into words as a POSIX shell does: quotes, escapes, and no expansion (shlex of Python). Pure.

const word = String.raw`"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]|[^\s"'\\]`;
const part = new RegExp(word, 'y');

/**
 * Splits at spaces. With `comments`, an unquoted `#` ends the text.
 * @throws Error when a quote is not closed
 */
export function shellWords(text: string, { comments = false } = {}): string[] {
  const words: string[] = [];
  let current: string | undefined;
  for (let at = 0; at < text.length; at = Math.max(part.lastIndex, at + 1)) {
    part.lastIndex = at;
    const [piece] = part.exec(text) ?? [];
    if (piece === '#' && comments) break;
    if (piece === undefined) {
      if (!/\s/.test(text.charAt(at))) throw new Error(`a quote is not closed in “${text}”`);
      if (current !== undefined) words.push(current);
      current = undefined;
    } else {
      current = (current ?? '') + unquote(piece);
    }
  }
  return current === undefined ? words : [...words, current];
}

function unquote(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1);
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\])/g, '$1');
  return piece.startsWith('\\') ? piece.slice(1) : piece;
}
