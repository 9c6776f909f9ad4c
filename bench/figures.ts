// Repeated measurements, and the rows and tables that are made of them.

/** What was measured, one number for each run. */
export interface Figures {
  readonly values: readonly number[];
}

/** Runs one after the other; `measure` answers the figure. */
export async function repeat(runs: number, measure: () => Promise<number>): Promise<Figures> {
  const values: number[] = [];
  for (let run = 0; run < runs; run += 1) values.push(await measure());
  return { values };
}

/**
 * Runs two kinds in turns, A B A B …, so that a busy machine is busy for both. The ratio is B to A pair by pair.
 */
export async function inTurns(
  runs: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: Figures; b: Figures; ratio: Figures }> {
  const pairs: [number, number][] = [];
  for (let run = 0; run < runs; run += 1) pairs.push([await a(), await b()]);
  return {
    a: { values: pairs.map(([value]) => value) },
    b: { values: pairs.map(([, value]) => value) },
    ratio: { values: pairs.map(([first, second]) => second / first) },
  };
}

export function median({ values }: Figures): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/** `MEDIAN (MIN–MAX)`. */
export function spread(figures: Figures, digits = 0): string {
  const text = (value: number): string => value.toFixed(digits);
  const { values } = figures;
  return `${text(median(figures))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
}

/** A Markdown table. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
