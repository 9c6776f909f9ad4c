// One line per host at the bottom of the terminal: spinner, what it does, for how long. Redrawn in place.
import { sanitizeLine } from '../sanitize.ts';
import { detailedText, elapsedText, type ProgressEvent } from './progress-text.ts';
import type { Progress } from './progress.ts';
import { widthOf, type OutputStream } from './terminal.ts';
import { cutTo } from './text-width.ts';

const frames = Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏');
const frameMs = 100;
/** More lines than this would scroll, and what has scrolled away cannot be redrawn. */
const mostLines = 12;

interface Row {
  text: string;
  readonly since: number;
}

/** What the live lines are drawn with. */
export interface LiveOptions {
  readonly stream: OutputStream;
  /** Draws a host's name. */
  readonly tag: (host: string) => string;
  readonly now?: () => number;
}

/** Progress for a terminal. It holds no process open: its timer is not waited for. */
export function liveProgress({ stream, tag, now = Date.now }: LiveOptions): Progress {
  const rows = new Map<string, Row>();
  let drawn = 0;
  let paused = false;
  let timer: NodeJS.Timeout | undefined;

  const erase = () => {
    if (drawn > 0) stream.write(`\u001B[${drawn}A\r\u001B[J`);
    drawn = 0;
  };
  const draw = () => {
    if (paused) return;
    const lines = linesOf(rows, widthOf(stream) ?? 80, tag, now());
    const up = drawn > 0 ? `\u001B[${drawn}A\r\u001B[J` : '';
    stream.write(up + lines.map((line) => `${line}\n`).join(''));
    drawn = lines.length;
  };
  const update = (event: ProgressEvent) => {
    const since = rows.get(event.host)?.since ?? now();
    if (event.type === 'step' && event.state !== 'started') rows.delete(event.host);
    else rows.set(event.host, { text: sanitizeLine(detailedText(event)), since });
    timer ??= setInterval(draw, frameMs).unref();
  };
  return {
    update,
    print: (write) => {
      erase();
      write();
      if (rows.size > 0) draw();
    },
    pause: () => {
      erase();
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    stop: () => {
      clearInterval(timer);
      rows.clear();
      erase();
    },
  };
}

function linesOf(
  rows: ReadonlyMap<string, Row>,
  columns: number,
  tag: (host: string) => string,
  now: number,
): readonly string[] {
  const frame = frames[Math.floor(now / frameMs) % frames.length] ?? '';
  const all = [...rows].map(([host, { text, since }]) => {
    const tail = `  ${elapsedText(now - since)}`;
    const name = cutTo(host, Math.max(1, Math.floor(columns / 3)));
    const room = columns - `${frame} ${name}: ${tail}`.length - 1;
    const prefix = host === '' ? '' : `${tag(host).replace(host, name)}: `;
    return `${frame} ${prefix}${cutTo(text, room)}${tail}`;
  });
  const more = all.length - mostLines;
  return more > 0 ? [...all.slice(0, mostLines), `… and ${more} more`] : all;
}
