// Writes a changed inventory: lines that the change does not touch stay byte for byte, new ones follow the file's style.
import { isDeepStrictEqual } from 'node:util';
import type { Document, ToStringOptions } from 'yaml';
import { parseInventoryText } from './inventory-document.ts';
import { carryOver } from './line-merge.ts';

/** First lines of a file that occ creates. */
export const newFileHeader = ` Hosts that occ manages, and their settings. Passwords do not belong here.
 Every key: docs/inventory.md. Changes by hand and by "occ host" and "occ config" live together.`;

/** The document as YAML's writer puts it: right, but comments and spaces may stand elsewhere than in the file. */
export function stringifyInventory(doc: Document, original: string): string {
  return doc.toString(styleOf(original));
}

/**
 * The text of the changed file.
 * @param original - the file as it is
 * @param before - what {@link stringifyInventory} made of it before the change
 * @param after - and after the change
 */
export function changedText(original: string, before: string, after: string): string {
  const lines = linesOf(original);
  const [was, is] = [before, after].map((text) => rejoin(linesOf(text), lines));
  const merged = carryOver(lines, was ?? [], is ?? []).join('\n');
  const text = isSameData(merged, after) ? merged : after;
  return original.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}

/** YAML's writer moves the comment in `web-1: # rented` to a line of its own; here it goes back. */
function rejoin(lines: readonly string[], original: readonly string[]): string[] {
  const squeeze = (line: string) => line.replaceAll(/\s/g, '');
  const known = new Set(original.map(squeeze));
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1) ?? '';
    const isMoved = last.endsWith(':') && /^\s*#/.test(line) && known.has(squeeze(last + line));
    if (isMoved) joined[joined.length - 1] = `${last} ${line.trim()}`;
    else joined.push(line);
  }
  return joined;
}

/** Lines are put together without knowing what they mean, so what came out is compared with what was meant. */
function isSameData(text: string, meant: string): boolean {
  const [one, other] = [parseInventoryText(text), parseInventoryText(meant)];
  return one.problems.length === 0 && isDeepStrictEqual(one.data, other.data);
}

function styleOf(text: string): ToStringOptions {
  return { lineWidth: 0, indent: indentOf(text), flowCollectionPadding: /[[{] /.test(text) };
}

function indentOf(text: string): number {
  // The first indented line under a key at the margin, comments and empty lines between them aside.
  const first =
    /^[^\s#][^\n]*:[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( +)[^\s#-]/m.exec(text);
  return Math.min(first?.[1]?.length ?? 2, 8);
}
