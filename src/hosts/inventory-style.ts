// Writes an inventory's document back in the style that the file has already: indentation, line ends, spacing.
import type { Document, ToStringOptions } from 'yaml';

/** First lines of a file that occ creates. */
export const newFileHeader = ` Hosts that occ manages, and their settings. Passwords do not belong here.
 Every key: docs/inventory.md. Changes by hand and by "occ host" and "occ config" live together.`;

/** The document as text; what was not changed looks as it did, as far as YAML's writer can know. */
export function stringifyInventory(doc: Document, original: string): string {
  const text = doc.toString(styleOf(original));
  return original.includes('\r\n') ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}

function styleOf(text: string): ToStringOptions {
  return {
    lineWidth: 0,
    indent: indentOf(text),
    // `- item` under `key:` may stand at the key's own column.
    indentSeq: !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text),
    flowCollectionPadding: /[[{] /.test(text),
  };
}

function indentOf(text: string): number {
  const first =
    /^[^\s#][^\n]*:[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( +)[^\s#-]/m.exec(text);
  return Math.min(first?.[1]?.length ?? 2, 8);
}
