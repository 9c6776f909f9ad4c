// Words of a command line that is shown for a person to copy. What is run never passes through a shell: see quote.ts.

/**
 * A word as POSIX sh reads it back. What came from an inventory or a host must not become more than one word in the shell
 * of whoever copies it. A leading `~/` stays as it is, so that it is expanded.
 */
export function shellWord(word: string): string {
  if (/^(?:~\/)?[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
