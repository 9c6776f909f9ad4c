// Views → text for people: aligned, fitted to the terminal, coloured by meaning.
import { sanitize, sanitizeLine, withoutLineEnds } from '../sanitize.ts';
import type { Cell, Tone, View } from '../ops/view.ts';
import type { Paint } from './paint.ts';
import { cutTo, padTo, widthOfText } from './text-width.ts';

/** Where the text goes. */
export interface TextStyle {
  readonly paint: Paint;
  /** Characters in a line; undefined: as long as it needs. */
  readonly width: number | undefined;
}

interface Piece {
  readonly text: string;
  readonly tone: Tone | undefined;
}

const gap = '  ';
/** No column is cut below this: a name of one letter and `…` says nothing. */
const narrowest = 6;

/** Draws blocks with an empty line between them. Ends with a line end, unless there is nothing to draw. */
export function renderViews(views: readonly View[], style: TextStyle): string {
  const blocks = views.map((view) => renderView(view, style)).filter((block) => block.length > 0);
  return blocks.map((block) => `${block.join('\n')}\n`).join('\n');
}

function renderView(view: View, style: TextStyle): readonly string[] {
  switch (view.kind) {
    case 'text':
      return renderText(view.text, style);
    case 'fields': {
      const rows = view.fields.map(({ label, value }) => [
        piece({ text: label, tone: 'dim' }),
        piece(value),
      ]);
      const title = view.title === undefined ? [] : [style.paint(sanitize(view.title), 'strong')];
      return [...title, ...renderRows(rows, style)];
    }
    case 'table': {
      const header = view.columns.map((column) => piece({ text: column, tone: 'dim' }));
      return renderRows([header, ...view.rows.map((row) => row.map(piece))], style);
    }
  }
}

/** Free text keeps its lines; every other cell is one line. */
function renderText(cell: Cell, { paint }: TextStyle): readonly string[] {
  const { text, tone } = typeof cell === 'string' ? { text: cell, tone: undefined } : cell;
  const lines = withoutLineEnds(text)
    .split('\n')
    .map((line) => sanitize(line));
  return tone ? lines.map((line) => paint(line, tone)) : lines;
}

function piece(cell: Cell): Piece {
  const { text, tone } = typeof cell === 'string' ? { text: cell, tone: undefined } : cell;
  return { text: sanitizeLine(text), tone };
}

function renderRows(rows: readonly (readonly Piece[])[], style: TextStyle): readonly string[] {
  const widths = fit(naturalWidths(rows), style.width);
  return rows.map((row) => renderRow(row, widths, style.paint));
}

function renderRow(row: readonly Piece[], widths: readonly number[], paint: Paint): string {
  const last = row.length - 1;
  const cells = row.map(({ text, tone }, index) => {
    const width = widths[index] ?? 0;
    const cut = cutTo(text, width);
    const padding = index === last ? '' : padTo(cut, width).slice(cut.length);
    return (tone ? paint(cut, tone) : cut) + padding;
  });
  return cells.join(gap).trimEnd();
}

function naturalWidths(rows: readonly (readonly Piece[])[]): readonly number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, index) =>
    Math.max(0, ...rows.map((row) => widthOfText(row[index]?.text ?? ''))),
  );
}

/** Takes what is too much from the widest column, cell by cell, until the row fits or nothing can give. */
function fit(natural: readonly number[], total: number | undefined): readonly number[] {
  if (total === undefined) return natural;
  const widths = [...natural];
  const gaps = gap.length * Math.max(0, widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - total;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}
