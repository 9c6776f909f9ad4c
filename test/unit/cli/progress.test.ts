// Progress: plain lines without noise, live lines redrawn in place.
import { describe, expect, test } from 'vitest';
import { liveProgress } from '../../../src/cli/progress-live.ts';
import {
  bytesText,
  detailedText,
  elapsedText,
  progressText,
  type ProgressEvent,
} from '../../../src/cli/progress-text.ts';
import { plainProgress } from '../../../src/cli/progress.ts';
import { fakeOutput } from './fake-terminal.ts';

const step = (state: 'started' | 'done' | 'failed', summary = 'build image'): ProgressEvent => ({
  type: 'step',
  host: 'web-1',
  state,
  summary,
});
const progress = (current: number, total = 20, host = 'web-1') =>
  ({
    type: 'progress',
    host,
    summary: 'build image',
    current,
    total,
    unit: 'steps',
  }) satisfies ProgressEvent;

describe('in words', () => {
  const cases: [event: ProgressEvent, text: string][] = [
    [step('started'), 'build image'],
    [step('failed'), 'build image: failed'],
    [progress(3), 'build image: step 3/20'],
    [{ type: 'progress', host: 'a', summary: 'wait' }, 'wait'],
    [{ type: 'progress', host: 'a', summary: 'pull', current: 5, unit: 'steps' }, 'pull: step 5'],
    [
      { type: 'progress', host: 'a', summary: 'pull', current: 1500, unit: 'bytes' },
      'pull: 1.5 kB',
    ],
    [
      {
        type: 'progress',
        host: 'a',
        summary: 'pull',
        current: 12_500_000,
        total: 8e7,
        unit: 'bytes',
      },
      'pull: 12.5 MB of 80.0 MB',
    ],
    [{ type: 'progress', host: 'a', summary: 'sum', current: 1, total: 2 }, 'sum: 1 of 2'],
  ];
  test.each(cases)('%j', (event, text) => expect(progressText(event)).toBe(text));

  test('with what it is at', () => {
    expect(detailedText({ ...progress(3), detail: 'RUN apt-get update' })).toBe(
      'build image: step 3/20: RUN apt-get update',
    );
    expect(detailedText(step('failed'))).toBe('build image: failed');
  });

  test('bytes', () => {
    expect([0, 999, 1000, 999_949, 999_950, 1.5e12].map(bytesText)).toStrictEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '999.9 kB',
      '1.0 MB',
      '1.5 TB',
    ]);
  });

  test('time', () => {
    expect([0, 59_999, 65_000, 3_720_000].map(elapsedText)).toStrictEqual([
      '0s',
      '59s',
      '1m05s',
      '1h02m',
    ]);
  });
});

describe('plain', () => {
  const setUp = () => {
    const lines: string[] = [];
    const clock = { now: 0 };
    const shown = plainProgress(
      (text) => lines.push(text),
      () => clock.now,
    );
    return { lines, clock, update: (event: ProgressEvent) => shown.update(event) };
  };

  test('says each step once, whatever it prints', () => {
    const { lines, clock, update } = setUp();
    update(step('started'));
    update(step('started'));
    update({ ...progress(1), detail: 'FROM debian' });
    update({ ...progress(2), detail: 'RUN apt-get update' });
    for (let line = 1; line <= 300; line++) {
      clock.now += 100;
      update({ ...progress(2), detail: `Get:${line} http://mirror.example` });
    }
    update({ ...progress(20), detail: 'HEALTHCHECK' });
    update(step('done'));
    update(step('started', 'create container'));
    update(step('failed', 'create container'));
    expect(lines).toStrictEqual([
      'web-1: build image\n',
      'web-1: build image: step 1/20: FROM debian\n',
      'web-1: build image: step 2/20: RUN apt-get update\n',
      'web-1: build image: step 20/20: HEALTHCHECK\n',
      'web-1: create container\n',
      'web-1: create container: failed\n',
    ]);
  });

  test('says bytes now and then, and when they are there', () => {
    const { lines, clock, update } = setUp();
    const pull = (current?: number): ProgressEvent => ({
      type: 'progress',
      host: 'web-1',
      summary: 'pull',
      detail: current === undefined ? 'Waiting' : 'Downloading',
      ...(current !== undefined && { current, total: 8e6 }),
      unit: 'bytes',
    });
    update(pull(1e6));
    update(pull());
    update(pull(2e6));
    clock.now = 2500;
    update(pull(3e6));
    update(pull(8e6));
    update(pull());
    expect(lines).toStrictEqual([
      'web-1: pull: 1.0 MB of 8.0 MB: Downloading\n',
      'web-1: pull: 3.0 MB of 8.0 MB: Downloading\n',
      'web-1: pull: 8.0 MB of 8.0 MB: Downloading\n',
    ]);
  });

  test('keeps hosts apart, and names none where there is none', () => {
    const { lines, update } = setUp();
    update(progress(1));
    update(progress(1, 20, 'web-2'));
    update(progress(1, 20, ''));
    expect(lines).toStrictEqual([
      'web-1: build image: step 1/20\n',
      'web-2: build image: step 1/20\n',
      'build image: step 1/20\n',
    ]);
  });

  test('is safe for a terminal', () => {
    const { lines, update } = setUp();
    update(step('started', 'a\u001B[2Jb\nc'));
    expect(lines).toStrictEqual(['web-1: ab c\n']);
  });
});

describe('live', () => {
  const setUp = (columns = 40) => {
    const { stream, text } = fakeOutput({ isTTY: true, columns });
    const clock = { now: 0 };
    const live = liveProgress({ stream, tag: (host) => host, now: () => clock.now });
    return { live, clock, text, stream };
  };

  test('prints above the lines and draws them again', () => {
    const { live, clock, text, stream } = setUp();
    live.update(progress(3));
    clock.now = 5000;
    live.print(() => stream.write('hello\n'));
    expect(text()).toBe('hello\n⠋ web-1: build image: step 3/20  5s\n');
    live.print(() => stream.write('again\n'));
    expect(text()).toBe(
      'hello\n⠋ web-1: build image: step 3/20  5s\n' +
        '\u001B[1A\r\u001B[Jagain\n⠋ web-1: build image: step 3/20  5s\n',
    );
    live.stop();
  });

  test('takes its lines away while somebody is asked, and for good at the end', () => {
    const { live, text } = setUp();
    live.update(progress(3));
    live.print(() => undefined);
    const drawn = '⠋ web-1: build image: step 3/20  0s\n';
    live.pause();
    expect(text()).toBe(`${drawn}\u001B[1A\r\u001B[J`);
    live.print(() => undefined);
    expect(text()).toBe(`${drawn}\u001B[1A\r\u001B[J`);
    live.resume();
    live.print(() => undefined);
    live.stop();
    expect(text()).toBe(`${drawn}\u001B[1A\r\u001B[J${drawn}\u001B[1A\r\u001B[J`);
  });

  test('a line never wraps, and a step that is done has none', () => {
    const { live, text } = setUp(24);
    live.update(progress(3));
    live.print(() => undefined);
    expect(text()).toBe('⠋ web-1: build ima…  0s\n');
    live.update(step('done'));
    live.print(() => undefined);
    expect(text()).toBe('⠋ web-1: build ima…  0s\n\u001B[1A\r\u001B[J');
    live.stop();
  });

  test('a terminal that does not know its width has 80', () => {
    const { live, text } = setUp(0);
    live.update(progress(3));
    live.print(() => undefined);
    expect(text()).toBe('⠋ web-1: build image: step 3/20  0s\n');
    live.stop();
  });

  test('many hosts do not fill the screen', () => {
    const { live, text } = setUp();
    for (let index = 1; index <= 20; index += 1) live.update(progress(1, 2, `h${index}`));
    live.print(() => undefined);
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe('… and 8 more');
    live.stop();
  });
});
