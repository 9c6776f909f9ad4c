// Through real shells as login shells: those that this machine has, sh at least.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { bootstrap, type BootstrapOptions } from '../../../src/transport/bootstrap.ts';
import { exitOf } from '../../../src/transport/local-process.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { killGroup } from '../../../src/transport/kill.ts';
import { becomeProcess } from '../../../src/transport/remote-process.ts';
import { run } from '../../../src/transport/run.ts';
import type { ProcessSpec } from '../../../src/transport/transport.ts';
import { hostileWords } from '../../contract/cases/hostile-words.ts';
import { readAll, readUntil } from '../../contract/cases/support.ts';

const local = new LocalTransport({ host: 'here', env: process.env });
const shells = ['sh', 'dash', 'bash', 'tcsh', 'fish', 'zsh', 'mksh'].filter(
  (shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0,
);

/** What sshd does: a session leader that runs the user's shell with the command as one word. */
function login(shell: string, spec: ProcessSpec, before = '', options: BootstrapOptions = {}) {
  const boot = bootstrap(spec, options);
  const child = spawn(shell, ['-c', `${before}${boot.command}`], { detached: true });
  return { child, process: become(child, boot) };
}

function become(child: ChildProcessWithoutNullStreams, boot: ReturnType<typeof bootstrap>) {
  const { stdin, stdout, stderr } = child;
  const channel = {
    stdin,
    stdout,
    stderr,
    exit: exitOf(child),
    close: () => void child.kill('SIGKILL'),
  };
  return becomeProcess(channel, boot, { host: 'here', kill: (pid) => run(local, killGroup(pid)) });
}

test('sh is among the shells', () => {
  expect(shells).toContain('sh');
});

describe.each(shells)('through %s', (shell) => {
  test('a process gets words, variables, directory and input unchanged', async () => {
    const script = 'printf "%s\\0" "$SECRET" "$PWD" "$@"; exec cat';
    const { process } = login(shell, {
      argv: ['sh', '-c', script, 'sh', ...hostileWords],
      env: { SECRET: new Secret("p'w\n$x") },
      cwd: '/usr',
    });
    process.stdin.end('payload\n\u0001');
    process.stderr.resume();
    const words = (await readAll(process.stdout)).toString('utf8').split('\0');
    expect(words).toEqual(["p'w\n$x", '/usr', ...hostileWords, 'payload\n\u0001']);
    expect(await process.exit).toEqual({ kind: 'exited', code: 0 });
  });

  test('a command that may be seen holds its script, short or as long as it may be, and sends nothing', async () => {
    for (const padding of [0, 3000]) {
      const words = [...hostileWords.filter((word) => word.length < 500), 'x'.repeat(padding)];
      const spec = { argv: ['printf', '%s\\0', ...words], env: { LC_ALL: 'C' }, cwd: '/usr' };
      const options = { input: 'none', mayShow: true } as const;
      expect(bootstrap(spec, options).script).toHaveLength(0);
      const { process, child } = login(shell, spec, '', options);
      process.stderr.resume();
      const printed = (await readAll(process.stdout)).toString('utf8').split('\0');
      expect(printed.slice(0, -1)).toEqual(words);
      expect(await process.exit).toEqual({ kind: 'exited', code: 0 });
      child.stdin.end();
    }
  });

  test('what the shell printed before is dropped, on both outputs', async () => {
    const noise = 'echo Welcome; sh -c "echo oops >&2"; ';
    const { process } = login(shell, { argv: ['sh', '-c', 'echo out; echo err >&2'] }, noise);
    process.stdin.end();
    const [stdout, stderr] = await Promise.all([readAll(process.stdout), readAll(process.stderr)]);
    expect([stdout.toString(), stderr.toString()]).toEqual(['out\n', 'err\n']);
  });
});

test.each<[string, ProcessSpec, BootstrapOptions]>([
  ['a secret', { argv: ['env'], env: { P: new Secret('s3cret') } }, {}],
  ['input', { argv: ['cat'] }, { input: undefined }],
  ['more than a server takes', { argv: ['true', 'x'.repeat(9000)] }, {}],
  ['nobody’s leave', { argv: ['true'] }, { mayShow: false }],
])('with %s the script comes by stdin, and the command is always the same', (_, spec, options) => {
  const boot = bootstrap(spec, { input: 'none', mayShow: true, ...options });
  expect(boot.script.length).toBeGreaterThan(0);
  expect(boot.command).toBe(bootstrap({ argv: ['id'] }).command);
});

test('cancelling ends the process and its children', async () => {
  const { child, process } = login('sh', { argv: ['sh', '-c', 'sleep 9000 & echo up; wait'] });
  process.stderr.resume();
  await readUntil(process.stdout, 'up');
  process.stdout.resume();
  await process.cancel();
  expect(await process.exit).toEqual({ kind: 'signalled', signal: 'SIGTERM' });
  expect(groupExists(child.pid)).toBe(false);
});

test('a shell that runs nothing is not an exit code of the command', async () => {
  const boot = bootstrap({ argv: ['true'] });
  const child = spawn('sh', ['-c', 'echo "This account is closed."; exit 1']);
  const process = become(child, boot);
  process.stdout.resume();
  process.stderr.resume();
  const exit = await process.exit;
  expect(exit.kind === 'lost' && exit.cause).toBeInstanceOf(UnsupportedError);
  expect(exit.kind === 'lost' && exit.cause.message).toContain('This account is closed.');
});

test('a process does not outlive the one that it was started by', async () => {
  const boot = bootstrap({ argv: ['sh', '-c', 'sleep 9000 & sleep 9000'] });
  // The parent stands for sshd: it dies without a word, and its child's pipes stay open.
  const parent = spawn('sh', [
    '-c',
    'exec 3<&0; setsid sh -c "$1" <&3 & wait',
    'sshd',
    boot.command,
  ]);
  parent.stdin.write(boot.script);
  const pid = Number((await readUntil(parent.stdout, '\n')).split(':')[1]);
  expect(groupExists(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => groupExists(pid), { timeout: 15_000 }).toBe(false);
}, 20_000);

test('the watch beside a process ends soon after it', async () => {
  const { child, process } = login('sh', { argv: ['true'] });
  process.stdin.end();
  process.stdout.resume();
  process.stderr.resume();
  await process.exit;
  await expect.poll(() => groupExists(child.pid), { timeout: 15_000 }).toBe(false);
}, 20_000);

/** A process that has ended and that nobody has reaped yet does not count: a machine's process 1 may never do it. */
function groupExists(leader: number | undefined): boolean {
  const { stdout } = spawnSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([group, state = 'Z']) => group === String(leader) && !state.startsWith('Z'));
}
