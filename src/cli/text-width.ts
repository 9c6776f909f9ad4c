// How many terminal cells a text takes, by grapheme (UAX #29) and East Asian width (UAX #11). No escape sequences.

let segmenter: Intl.Segmenter | undefined;

/** Marks, joiners and controls on their own take no cell. */
const zeroWidth = /^[\p{Mark}\p{Default_Ignorable_Code_Point}\p{Control}]+$/u;

/** Scripts, forms and emoji that take two cells. */
const doubleWidth =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]|\uFE0F/u;

/** Cells of a text in one line. */
export function widthOfText(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + cellsOf(grapheme), 0);
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
  for (const grapheme of graphemes(text)) {
    used += cellsOf(grapheme);
    if (used > cells - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** The segmenter is made when a text needs it: most are ASCII, and making it takes milliseconds. */
function graphemes(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function cellsOf(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0;
  return doubleWidth.test(grapheme) ? 2 : 1;
}
