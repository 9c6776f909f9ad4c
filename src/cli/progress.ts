// How far each host is, on standard error. Two ways: redrawn in place on a terminal, plain lines elsewhere.
import { sanitizeLine } from '../sanitize.ts';
import { progressText, type ProgressEvent } from './progress-text.ts';

/** Shows what hosts do. Everything else that is printed goes through `print`, so that lines never mix. */
export interface Progress {
  update(event: ProgressEvent): void;
  /** Prints above the live lines. */
  print(write: () => void): void;
  /** Takes the live lines away until `resume`: somebody is asked something. */
  pause(): void;
  resume(): void;
  /** Takes the live lines away for good. */
  stop(): void;
}

/** For `--quiet`: shows nothing. */
export const noProgress: Progress = {
  update: () => undefined,
  print: (write) => write(),
  pause: () => undefined,
  resume: () => undefined,
  stop: () => undefined,
};

/** Least milliseconds between two plain lines about the same work on a host. */
const quietMs = 2000;

/** `web-1: build image: step 3/20` lines: steps always, progress now and then, nothing twice. */
export function plainProgress(
  write: (text: string) => void,
  now: () => number = Date.now,
): Progress {
  const last = new Map<string, { text: string; summary: string; time: number }>();
  const update = (event: ProgressEvent) => {
    if (event.type === 'step' && event.state === 'done') return;
    const text = `${event.host === '' ? '' : `${event.host}: `}${progressText(event)}`;
    const before = last.get(event.host);
    if (before?.text === text) return;
    const finished = event.type === 'progress' && event.current === event.total;
    const same = before?.summary === event.summary && event.type === 'progress' && !finished;
    if (same && now() - before.time < quietMs) return;
    last.set(event.host, { text, summary: event.summary, time: now() });
    write(`${sanitizeLine(text)}\n`);
  };
  return { ...noProgress, update };
}
