// Takes a line of an OpenSSH client configuration apart: keyword, arguments, quotes, comment (ssh_config(5)). Pure.

/** A line that says something. */
export interface ConfigLine {
  /** Lower case. */
  readonly keyword: string;
  /** Quotes and escapes resolved, comment dropped. */
  readonly args: readonly string[];
  /** Everything after the keyword as it was written, for commands. */
  readonly rest: string;
}

/**
 * Reads one line. Empty lines and comments are undefined.
 * @throws Error when a quote is not closed, or nothing follows the keyword
 */
export function readConfigLine(raw: string): ConfigLine | undefined {
  const text = raw.replace(/^[ \t\r]+/, '').replace(/[ \t\r\n\f]+$/, '');
  if (text === '' || text.startsWith('#')) return undefined;
  // A quoted keyword is one, too; between keyword and arguments may be spaces and one "=".
  const [, quoted, plain, rest] = /^(?:"([^"]*)"|([^ \t="]+))[ \t]*=?[ \t]*(.*)$/s.exec(text) ?? [];
  const keyword = (quoted ?? plain ?? '').toLowerCase();
  if (keyword === '') throw new Error(`“${text}” has no keyword`);
  if (rest === undefined || rest === '') throw new Error(`nothing follows ${keyword}`);
  return { keyword, args: splitArguments(rest), rest: rest.replace(/^[ \t=]+/, '') };
}

/** Words; `"…"` and `'…'` keep spaces, a backslash escapes a quote, itself, and outside of quotes a space. */
function splitArguments(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (at >= text.length || text[at] === '#') return words;
    const [word, end] = readWord(text, at);
    words.push(word);
    at = end;
  }
}

function readWord(text: string, start: number): [word: string, end: number] {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote === '' && (char === ' ' || char === '\t')) break;
    if (char === '\\' && escapes(text.charAt(at + 1), quote)) word += text.charAt(++at);
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    else word += char;
  }
  if (quote !== '') throw new Error(`the quote ${quote} is not closed`);
  return [word, at];
}

function escapes(next: string, quote: string): boolean {
  return ['"', "'", '\\'].includes(next) || (quote === '' && next === ' ');
}
