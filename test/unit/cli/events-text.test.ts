// Events → text: where each goes, who said it, what --quiet leaves out.
import { expect, test } from 'vitest';
import { textEvents } from '../../../src/cli/events-text.ts';
import { hostPainter, painter } from '../../../src/cli/paint.ts';
import { noProgress } from '../../../src/cli/progress.ts';
import type { OccEvent } from '../../../src/events.ts';
import { fakeOutput } from './fake-terminal.ts';

function shown(
  events: readonly OccEvent[],
  options: { hosts?: string[]; color?: boolean; quiet?: boolean } = {},
) {
  const { hosts = ['web-1'], color = false, quiet = false } = options;
  const [stdout, stderr] = [fakeOutput(), fakeOutput()];
  const updates: string[] = [];
  const emit = textEvents({
    stdout: stdout.stream,
    stderr: stderr.stream,
    progress: { ...noProgress, update: (event) => updates.push(event.summary) },
    paint: painter(color),
    tag: hostPainter(hosts, color),
    tagged: hosts.length > 1,
    quiet,
  });
  events.forEach(emit);
  return { stdout: stdout.text(), stderr: stderr.text(), updates };
}

const line: OccEvent = { type: 'line', host: 'web-1', stream: 'stderr', text: 'a\tb', time: 'T1' };
const warning: OccEvent = { type: 'notice', host: 'web-1', level: 'warning', message: 'hot' };
const info: OccEvent = { type: 'notice', host: '', level: 'info', message: 'one\ntwo' };
const step: OccEvent = { type: 'step', host: 'web-1', state: 'started', summary: 'build' };
const ready: OccEvent = { type: 'ready', host: 'web-1', url: 'http://127.0.0.1:1' };

test('answers go to standard output, remarks to standard error', () => {
  expect(shown([line, warning, info, step, ready])).toStrictEqual({
    stdout: 'T1 a\tb\nhttp://127.0.0.1:1\n',
    stderr: 'warning: web-1: hot\none\n  two\n',
    updates: ['build'],
  });
});

test('no line of a host’s answer can pass for that of another host', () => {
  const message = 'it said\nwarning: web-2: all is lost\nerror: no';
  expect(shown([{ ...warning, message }], { hosts: ['web-1', 'web-2'] }).stderr).toBe(
    'warning: web-1: it said\n  warning: web-2: all is lost\n  error: no\n',
  );
});

test('several hosts are told apart', () => {
  const other = { ...line, host: 'web-2', text: 'c' };
  expect(shown([line, other, ready], { hosts: ['web-1', 'web-2'] }).stdout).toBe(
    'web-1 | T1 a\tb\nweb-2 | T1 c\nweb-1: http://127.0.0.1:1\n',
  );
  const coloured = shown([line, other], { hosts: ['web-1', 'web-2'], color: true }).stdout;
  expect(coloured).toBe(
    '\u001B[36mweb-1\u001B[39m | \u001B[2mT1\u001B[22m a\tb\n' +
      '\u001B[35mweb-2\u001B[39m | \u001B[2mT1\u001B[22m c\n',
  );
});

test('--quiet keeps answers and warnings', () => {
  expect(shown([line, warning, info, step], { quiet: true })).toStrictEqual({
    stdout: 'T1 a\tb\n',
    stderr: 'warning: web-1: hot\n',
    updates: [],
  });
});

test('text from a host cannot steer the terminal', () => {
  const hostile = '\u001B[2Jx\u001B]0;t\u0007\u009B1my\r';
  const events: OccEvent[] = [
    { ...line, text: hostile, time: hostile },
    { ...warning, message: hostile },
    { ...ready, url: hostile },
  ];
  expect(shown(events)).toMatchObject({ stdout: 'xy  xy\nxy \n', stderr: 'warning: web-1: xy\n' });
});
