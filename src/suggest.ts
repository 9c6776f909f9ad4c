// Near names for a mistyped one: "did you mean".

/** Most names that are suggested. */
const mostSuggestions = 3;

/**
 * Names that a person may have meant, nearest first, at most three: those a few typing mistakes away
 * (a third of the length, at least one), and those that the text begins. Case is ignored.
 */
export function suggest(text: string, names: Iterable<string>): string[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, distance: distanceTo(name.toLowerCase(), wanted) }))
    .filter(({ name, distance }) => distance <= Math.min(allowed, name.length - 1))
    .sort((a, b) => a.distance - b.distance || compare(a.name, b.name))
    .slice(0, mostSuggestions)
    .map(({ name }) => name);
}

/** A sentence for a hint; undefined when nothing is near. */
export function didYouMean(text: string, names: Iterable<string>): string | undefined {
  const near = suggest(text, names);
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function distanceTo(name: string, wanted: string): number {
  // A prefix counts as one mistake, however much is missing: `stat` means `status`.
  if (wanted.length >= 2 && name.startsWith(wanted))
    return Math.min(1, name.length - wanted.length);
  return editDistance(name, wanted);
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours
 * that turn one text into the other, each counted as one.
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped =
        from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1] && row > 1;
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
