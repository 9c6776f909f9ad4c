// How many terminal cells a text takes, by grapheme (UAX #29) and East Asian width (UAX #11). No escape sequences.

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Marks, joiners and controls on their own take no cell. */
const zeroWidth = /^[\p{Mark}\p{Default_Ignorable_Code_Point}\p{Control}]+$/u;

/** Scripts, forms and emoji that take two cells. */
const doubleWidth =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]|\uFE0F/u;

/** Cells of a text in one line. */
export function widthOfText(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return [...segmenter.segment(text)].reduce((sum, { segment }) => sum + cellsOf(segment), 0);
}

/** Fills up with spaces on the right. */
export function padTo(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - widthOfText(text)));
}

/** Cuts a text that is too wide, with `…` as its last cell. */
export function cutTo(text: string, cells: number): string {
  if (widthOfText(text) <= cells) return text;
  if (cells < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += cellsOf(segment);
    if (used > cells - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function cellsOf(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0;
  return doubleWidth.test(grapheme) ? 2 : 1;
}
