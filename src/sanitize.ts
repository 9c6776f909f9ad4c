// Makes text from elsewhere safe to show: nothing in it can move a cursor, recolour, retitle or reorder a terminal.

// Sequences of ECMA-48: control sequences, then strings (OSC, DCS, SOS, PM, APC) with their terminator, then two-byte
// escapes. Each starts with ESC and a character, or with the one-character C1 form.
const sequences = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[\\u0030-\\u003f]*[\\u0020-\\u002f]*[\\u0040-\\u007e]',
    // A string stops where another could start, or text full of unfinished ones would be read to its end for each.
    '(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u0090\\u0098\\u009c-\\u009f]*(?:\\u0007|\\u001b\\\\|\\u009c)',
    '\\u001b[\\u0020-\\u002f]*[\\u0030-\\u007e]',
  ].join('|'),
  'g',
);

// C0 without tab and line feed, DEL, C1.
const controls = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]', 'g');

// Unicode bidirectional controls (UAX #9), line and paragraph separators, byte order mark, tag characters.
const invisible = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;

/** Removes escape sequences, control characters and bidirectional overrides. Tabs and line feeds stay. */
export function sanitize(text: string): string {
  return text.replace(sequences, '').replace(controls, '').replace(invisible, '');
}

/** Text without the line ends at its end. No pattern: one that ends in `$` reads runs of line ends again and again. */
export function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1;
  return text.slice(0, end);
}

/** {@link sanitize} for text that must stay on one line: runs of tabs and line ends become one space. */
export function sanitizeLine(text: string): string {
  return sanitize(text.replace(/[\t\r\n\u0085\u2028\u2029]+/g, ' '));
}
