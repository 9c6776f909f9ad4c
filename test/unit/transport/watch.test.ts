// What ends a command on a host when nobody can end it from here: through the real shells of this machine.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { bootstrap, type BootstrapOptions } from '../../../src/transport/bootstrap.ts';
import { watchLifeLine } from '../../../src/transport/watch.ts';
import { readUntil } from '../../contract/cases/support.ts';

// Processes that have seconds to end, on machines that may be busy.
vi.setConfig({ testTimeout: 20_000 });

const shells = ['sh', 'dash', 'bash', 'tcsh', 'fish', 'zsh', 'mksh'].filter(
  (shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0,
);

/** What sshd does: a session leader that runs the user's shell with the command as one word. */
function begin(shell: string, script: string, options: BootstrapOptions) {
  const boot = bootstrap({ argv: ['sh', '-c', script] }, options);
  const child = spawn(shell, ['-c', boot.command], { detached: true });
  child.stdin.on('error', () => undefined);
  child.stdin.write(boot.script);
  child.stderr.resume();
  return child;
}

/** States of the processes of a group; those that ended, and that nobody has reaped, do not count. */
function livingIn({ pid }: ChildProcessWithoutNullStreams): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' });
  const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  return lines
    .filter(([group, state = 'Z']) => group === String(pid) && !state.startsWith('Z'))
    .map((words) => words.slice(2).join(' '));
}

const gone = (child: ChildProcessWithoutNullStreams, timeout = 10_000) =>
  expect.poll(() => livingIn(child), { timeout }).toEqual([]);

const options = { input: 'none', deadlineMs: 600_000 } as const;

describe.each(shells)('a command without input, through %s', (shell) => {
  test('reads end of file, and sees neither the life line nor a variable of ours', async () => {
    const script = 'cat; (: <&3) 2>/dev/null && echo leaked; set | grep -c __occ_; exit 7';
    const child = begin(shell, script, options);
    child.stdout.setEncoding('utf8');
    let text = '';
    child.stdout.on('data', (chunk: string) => (text += chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(text.split('\n').slice(1)).toEqual(['0', '']);
    expect(code).toBe(7);
    child.stdin.end();
    await gone(child);
  });

  test('ends when its stdin does, with its children', async () => {
    const child = begin(shell, 'sleep 9001 & echo up; sleep 9002', options);
    await readUntil(child.stdout, 'up');
    child.stdin.end();
    await gone(child);
  });
});

describe('a command without input', () => {
  test('ends with its stdin although it ignores SIGTERM', async () => {
    const child = begin('sh', `trap '' TERM; sleep 9001 & echo up; sleep 9002`, options);
    await readUntil(child.stdout, 'up');
    child.stdin.end();
    await gone(child);
  });

  test('goes on while its stdin is open', async () => {
    const child = begin('sh', 'sleep 1; echo still', options);
    await readUntil(child.stdout, 'still');
    child.stdin.end();
    await gone(child);
  });

  test('that has ended leaves in peace what it has left behind on purpose', async () => {
    const child = begin('sh', 'sleep 2.5 >/dev/null 2>&1 & echo left', options);
    await readUntil(child.stdout, 'left');
    await new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await expect.poll(() => livingIn(child), { timeout: 2000 }).toEqual(['sleep 2.5']);
    await gone(child);
  });
});

test('a command without input and without a deadline ends when its stdin does', async () => {
  const child = begin('sh', 'echo up; sleep 9003', { input: 'none' });
  await readUntil(child.stdout, 'up');
  child.stdin.end();
  await gone(child);
});

test.each([{ input: 'none' as const }, {}])(
  'the host ends by itself what is long past its deadline: %o',
  async (input) => {
    const child = begin('sh', 'echo up; exec sleep 9004', { ...input, deadlineMs: -9000 });
    await readUntil(child.stdout, 'up');
    const exit = await new Promise((resolve) =>
      child.once('exit', (_code, signal) => resolve(signal)),
    );
    expect(exit).toBe('SIGTERM');
    child.stdin.end();
    await gone(child);
  },
);

test('the deadline on the host comes some seconds after the one of the client', () => {
  expect(watchLifeLine(1500)).toContain('sleep 12 ');
  expect(watchLifeLine(undefined)).not.toMatch(/sleep 1\d/);
});
