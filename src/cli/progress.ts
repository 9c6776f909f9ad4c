// How far each host is, on standard error. Two ways: redrawn in place on a terminal, plain lines elsewhere.
import { sanitizeLine } from '../sanitize.ts';
import { detailedText, progressText, type ProgressEvent } from './progress-text.ts';

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

/**
 * `web-1: build image: step 3/20: RUN apt-get update` lines: each step once, bytes now and then, nothing twice. A step that
 * fails is told at once, because the error comes when all hosts are done.
 */
export function plainProgress(
  write: (text: string) => void,
  now: () => number = Date.now,
): Progress {
  const last = new Map<string, { text: string; summary: string; time: number }>();
  const update = (event: ProgressEvent) => {
    if (event.type === 'step' && event.state === 'done') return;
    const text = progressText(event);
    const before = last.get(event.host);
    // What is new may be the detail only: a line of what a step prints.
    if (before?.text === text) return;
    const isSameWork = before?.summary === event.summary;
    if (isSameWork && isMeasured(event) && now() - before.time < quietMs) return;
    last.set(event.host, { text, summary: event.summary, time: now() });
    const place = event.host === '' ? '' : `${event.host}: `;
    write(`${sanitizeLine(place + detailedText(event))}\n`);
  };
  return { ...noProgress, update };
}

/** Whether there will be many more like it: bytes on their way, as opposed to steps. */
function isMeasured(event: ProgressEvent): boolean {
  if (event.type === 'step' || event.unit === 'steps') return false;
  return event.current === undefined || event.current !== event.total;
}
