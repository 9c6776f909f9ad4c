// Errors → text for people: what failed, on which host, why, what to do next.
import { InventoryError, OccError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import { messageOf } from '../thrown.ts';
import type { Paint } from './paint.ts';

/** How much is said. */
export interface ErrorStyle {
  readonly paint: Paint;
  /** Causes and stacks as well. */
  readonly verbose: boolean;
}

/** Draws an error; ends with a line end. */
export function renderError(error: unknown, { paint, verbose }: ErrorStyle): string {
  const lines = wholeMessage(error)
    .split('\n')
    .map((line) => sanitize(line));
  const [first = '', ...rest] = lines;
  const out = [`${paint('error:', 'bad')} ${first}`, ...rest.map((line) => `  ${line}`)];
  const hint = error instanceof OccError ? error.hint : undefined;
  if (hint !== undefined) {
    out.push(...hint.split('\n').map((line, index) => hintLine(sanitize(line), index, paint)));
  }
  if (verbose) out.push(...causesOf(error).map((line) => paint(line, 'dim')));
  return `${out.join('\n')}\n`;
}

function hintLine(line: string, index: number, paint: Paint): string {
  return index === 0 ? `${paint('hint:', 'strong')} ${line}` : `      ${line}`;
}

/** `WHAT, on HOST: why`; a message that names its host already stays as it is. */
function wholeMessage(error: unknown): string {
  if (error instanceof InventoryError && error.problems.length > 1) {
    return `${error.file} has ${error.problems.length} mistakes\n${error.message}`;
  }
  if (!(error instanceof OccError)) return messageOf(error);
  const { message, host } = error;
  if (host === undefined || mentions(message, host)) return message;
  const [firstLine = '', ...rest] = message.split('\n');
  return [placed(firstLine, host), ...rest].join('\n');
}

function placed(line: string, host: string): string {
  const colon = line.indexOf(': ');
  if (colon === -1) return `${line}, on ${host}`;
  return `${line.slice(0, colon)}, on ${host}${line.slice(colon)}`;
}

function mentions(message: string, host: string): boolean {
  const escaped = host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(^|[^\\w.-])${escaped}($|[^\\w-])`).test(message);
}

function causesOf(error: unknown): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = error; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    const prefix = seen.size === 0 ? '' : 'caused by ';
    seen.add(cause);
    const stack = (cause.stack ?? `${cause.name}: ${cause.message}`).split('\n');
    lines.push(...stack.map((line, index) => sanitize(index === 0 ? prefix + line : line)));
  }
  return lines;
}
