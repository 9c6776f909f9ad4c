// What the command line makes of the process around it: colours, signals, a reader that goes away, Node's version.
import { describe, expect, test } from 'vitest';
import { listenForInterrupt } from '../../../src/cli/interrupt.ts';
import { nodeVersionProblem } from '../../../src/cli/node-version.ts';
import { browserCommand } from '../../../src/cli/open-browser.ts';
import { watchOutput } from '../../../src/cli/output-stream.ts';
import { wantsColor } from '../../../src/cli/terminal.ts';
import { fakeOutput } from './fake-terminal.ts';

describe('colour', () => {
  const cases: [
    what: string,
    isTTY: boolean,
    env: Record<string, string>,
    allowed: boolean,
    want: boolean,
  ][] = [
    ['a terminal', true, {}, true, true],
    ['a pipe', false, {}, true, false],
    ['--no-color', true, { FORCE_COLOR: '1' }, false, false],
    ['NO_COLOR', true, { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, true, true],
    ['NO_COLOR before FORCE_COLOR', false, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, true, true],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, true, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, true, false],
  ];
  test.each(cases)('%s', (_what, isTTY, env, allowed, want) => {
    expect(wantsColor(fakeOutput({ isTTY }).stream, env, allowed)).toBe(want);
  });
});

describe('Ctrl-C', () => {
  test('the first stops, the second leaves, none is left behind', () => {
    const listeners = new Map<string, () => void>();
    const source = {
      on: (event: string, listener: () => void) => listeners.set(event, listener),
      off: (event: string) => listeners.delete(event),
      exit: (code: number): never => {
        throw new Error(`exit ${code}`);
      },
    };
    const interrupt = listenForInterrupt(source);
    expect(interrupt.signal.aborted).toBe(false);
    listeners.get('SIGINT')?.();
    expect(interrupt.signal.aborted).toBe(true);
    expect(() => listeners.get('SIGINT')?.()).toThrow('exit 130');
    interrupt[Symbol.dispose]();
    expect(listeners.size).toBe(0);
  });
});

describe('output', () => {
  test('a reader that has gone is no failure', async () => {
    const { stream } = fakeOutput();
    const watch = watchOutput(stream);
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(watch.closed.aborted).toBe(true);
    await expect(watch.flush()).resolves.toBeUndefined();
  });

  test('a full disk is one', async () => {
    const { stream } = fakeOutput();
    const watch = watchOutput(stream);
    stream.emit('error', Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }));
    expect(watch.closed.aborted).toBe(false);
    await expect(watch.flush()).rejects.toThrow('Standard output could not be written: ENOSPC');
  });
});

describe('Node.js', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '25.1.0'])('%s is new enough', (version) => {
    expect(nodeVersionProblem(version)).toBeUndefined();
  });
  test.each(['20.18.3', '18.20.4', '8.0.0'])('%s is too old', (version) => {
    expect(nodeVersionProblem(version)).toContain(
      `needs Node.js 20.19 or newer, and this is ${version}`,
    );
  });
});

describe('browser', () => {
  const cases: [
    platform: NodeJS.Platform,
    env: Record<string, string>,
    isTTY: boolean,
    argv: string[] | undefined,
  ][] = [
    ['darwin', {}, true, ['open']],
    ['darwin', {}, false, undefined],
    ['linux', { DISPLAY: ':0' }, true, ['xdg-open']],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true, ['xdg-open']],
    ['linux', {}, true, undefined],
    ['linux', { DISPLAY: ':0' }, false, undefined],
  ];
  test.each(cases)('%s %j, terminal: %s', (platform, env, isTTY, argv) => {
    expect(browserCommand({ platform, env, isTTY })).toStrictEqual(argv);
  });
});
