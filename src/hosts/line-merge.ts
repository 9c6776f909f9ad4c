// Carries a change over to a text that is written a little differently: a merge of three texts, line by line.

/** Cells of the comparison table; past it, lines between the common ends count as different. */
const largestTable = 4_000_000;

/**
 * Changes `original` the way `before` was changed into `after`. `original` and `before` differ in white space and in
 * where comments stand only; what the change does not touch stays as it is in `original`.
 */
export function carryOver(
  original: readonly string[],
  before: readonly string[],
  after: readonly string[],
): string[] {
  const toAfter = align(before, after, (line) => line);
  const toOriginal = align(before, original, (line) => line.replaceAll(/\s/g, ''));
  const merged: string[] = [];
  const from = { before: 0, after: 0, original: 0 };
  const mergeUpTo = (to: typeof from) => {
    const was = before.slice(from.before, to.before);
    const is = after.slice(from.after, to.after);
    const isChanged = was.join('\n') !== is.join('\n');
    merged.push(...(isChanged ? is : original.slice(from.original, to.original)));
  };
  for (const index of before.keys()) {
    const to = { before: index, after: toAfter.get(index), original: toOriginal.get(index) };
    if (to.after === undefined || to.original === undefined) continue;
    mergeUpTo({ ...to, after: to.after, original: to.original });
    merged.push(original[to.original] ?? '');
    Object.assign(from, { before: index + 1, after: to.after + 1, original: to.original + 1 });
  }
  mergeUpTo({ before: before.length, after: after.length, original: original.length });
  return merged;
}

/** For lines that both texts have, in the same order: index in the one → index in the other. */
function align(
  one: readonly string[],
  other: readonly string[],
  key: (line: string) => string,
): ReadonlyMap<number, number> {
  const left = one.map(key);
  const right = other.map(key);
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start++;
  let end = 0;
  while (end < shorter - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  const pairs = new Map<number, number>();
  for (let index = 0; index < start; index++) pairs.set(index, index);
  const middle = longestCommon(
    left.slice(start, left.length - end),
    right.slice(start, right.length - end),
  );
  for (const [a, b] of middle) pairs.set(start + a, start + b);
  for (let index = end; index > 0; index--) pairs.set(left.length - index, right.length - index);
  return pairs;
}

/** The longest common subsequence, as pairs of indices. */
function longestCommon(left: readonly string[], right: readonly string[]): [number, number][] {
  const width = right.length + 1;
  if (left.length === 0 || right.length === 0 || left.length * width > largestTable) return [];
  const table = new Uint32Array((left.length + 1) * width);
  const at = (row: number, column: number) => table[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      const same = left[row] === right[column];
      const longest = Math.max(at(row + 1, column), at(row, column + 1));
      table[row * width + column] = same ? at(row + 1, column + 1) + 1 : longest;
    }
  }
  const pairs: [number, number][] = [];
  let [row, column] = [0, 0];
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}
