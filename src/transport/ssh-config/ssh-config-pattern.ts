// Patterns of the OpenSSH client configuration (ssh_config(5), PATTERNS). Pure.

/** `*` stands for any run of characters, `?` for one; everything else for itself. */
export function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replaceAll('\\*', '.*')
    .replaceAll('\\?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** A comma list of patterns: at least one matches, and none that starts with `!`. */
export function matchesPatternList(text: string, list: string): boolean {
  let found = false;
  for (const item of list.split(',')) {
    const negated = item.startsWith('!');
    if (!matchesPattern(text, negated ? item.slice(1) : item)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}
