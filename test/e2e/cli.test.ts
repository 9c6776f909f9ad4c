// The built command as a process: what it prints where, how it exits, what it loads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../src/version.ts';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const help = /^Runs opencode as a secured Docker service/;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'occ-cli-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts occ in an empty home directory. */
function start(argv: readonly string[], env: Record<string, string> = {}, program = [main]) {
  const child = spawn(process.execPath, [...program, ...argv], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...env },
  });
  return { child, ended: ended(child) };
}

async function ended(child: ReturnType<typeof spawn>): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

async function occ(argv: readonly string[], env?: Record<string, string>): Promise<Ended> {
  const { child, ended: end } = start(argv, env);
  child.stdin.end();
  return end;
}

async function inventory(name: string, text: string): Promise<string> {
  const file = join(home, name);
  await writeFile(file, text);
  return file;
}

describe('what needs no host', () => {
  test.each([['--version'], ['-V']])('%s', async (flag) => {
    expect(await occ([flag])).toStrictEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('help, also without any argument where there is no inventory', async () => {
    for (const argv of [['--help'], ['help'], []]) {
      expect(await occ(argv)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(help) as string,
        stderr: '',
      });
    }
  });

  test('without any argument it is status where an inventory was named', async () => {
    const missing = await occ([], { OCC_INVENTORY: join(home, 'nowhere.yaml') });
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('nowhere.yaml: does not exist');
  });

  test('help on every command, with its examples', async () => {
    const { manifest } = await import('../../src/cli/manifest.ts');
    const words = manifest.map(({ name }) => name.split('.'));
    const helps = await Promise.all(words.slice(0, 6).map((argv) => occ([...argv, '--help'])));
    helps.forEach((answer, index) => {
      expect(answer.code).toBe(0);
      expect(answer.stdout).toContain(`Usage: occ ${words[index]?.join(' ') ?? ''}`);
      expect(answer.stdout).toContain('\nExamples\n');
    });
  });
});

describe('what is loaded', () => {
  const heavy =
    /(?:node_modules|libraries)\/(ssh2|dockerode|docker-modem|zod|yaml|p-queue|tar-stream)[/-]/;

  /** URLs of the modules that a run of occ resolved. */
  async function loaded(argv: readonly string[]): Promise<string> {
    const log = join(home, `modules-${argv.length}-${argv.join('').replaceAll(/\W/g, '')}`);
    const hooks = `import { appendFileSync } from 'node:fs';
      export async function resolve(name, context, next) {
        const found = await next(name, context);
        appendFileSync(${JSON.stringify(log)}, found.url + '\\n');
        return found;
      }`;
    const toUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
    const register = toUrl(
      `import { register } from 'node:module'; register(${JSON.stringify(toUrl(hooks))});`,
    );
    const { child, ended: end } = start(argv, {}, ['--import', register, main]);
    child.stdin.end();
    await end;
    return readFile(log, 'utf8');
  }

  test.each([
    [['--version']],
    [['--help']],
    [['user', 'add', '--help']],
    [['strat']],
    [['logs', '--tail', 'x']],
  ])('occ %j loads no library but cac', async (argv) => {
    const modules = await loaded(argv);
    expect(modules).toContain('/dist/cli/main.js');
    expect(modules).not.toMatch(heavy);
  });

  test('the same question sees libraries where they are needed', async () => {
    expect(await loaded(['host', 'list'])).toMatch(heavy);
  });
});

describe('mistakes change nothing, exit with 2 and say what to do', () => {
  const cases: [argv: string[], error: string, hint?: string][] = [
    [['strat'], 'error: Unknown command "strat"', 'hint: Did you mean occ start?'],
    [['user', 'ad', 'bob'], 'error: Unknown command "user ad"', 'hint: Did you mean occ user add?'],
    [['start', '--jsn'], 'error: Unknown option --jsn', 'hint: Did you mean --json?'],
    [['logs', '--tail', '0x10'], 'error: --tail needs a whole number, got "0x10"'],
    [['logs', '--tail=-1'], 'error: --tail: must be at least 0'],
    [['host', 'add', ''], 'error: NAME: must not be empty'],
    [['user', 'add'], 'error: occ user add: NAME is missing', 'hint: See occ user add --help'],
    [['--host', 'nobody', 'status'], 'error: Unknown host "nobody"'],
    [['open', 'locla'], 'error: There is no host "locla"', 'hint: Did you mean local?'],
    [['config', 'set', 'prot', '3001'], 'prot', 'hint: '],
    [['--inventory', 'nowhere.yaml', 'status'], 'nowhere.yaml: does not exist'],
  ];
  test.each(cases)('occ %j', async (argv, error, hint = '') => {
    const answer = await occ(argv);
    expect(answer).toMatchObject({ code: 2, stdout: '' });
    expect(answer.stderr).toContain(error);
    expect(answer.stderr).toContain(hint);
    await expect(stat(join(home, '.config'))).rejects.toThrow('ENOENT');
  });
});

describe('a malformed inventory is told with file, line and key', () => {
  const cases: [what: string, text: string, message: RegExp][] = [
    ['syntax', 'version: 1\nhosts: [a\n', /^error: \S+\/bad\.yaml:\d+:\d+: /],
    ['type', 'version: 1\ndefaults:\n  port: yes please\n', /bad\.yaml:3:\d+: defaults\.port: /],
    ['key', 'version: 1\nhosts:\n  a:\n    prot: 1\n', /bad\.yaml:4:\d+: hosts\.a\.prot: [^]*port/],
    ['duplicate', 'version: 1\nhosts:\n  a:\n  a:\n', /bad\.yaml:4:\d+: /],
    ['two', 'version: 1\ndefaults:\n  port: 0\n  ssh_port: x\n', /^error: \S+ has 2 mistakes\n/],
  ];
  test.each(cases)('%s', async (_what, text, message) => {
    const file = await inventory('bad.yaml', text);
    const answer = await occ(['--inventory', file, 'status']);
    expect(answer).toMatchObject({ code: 2, stdout: '' });
    expect(answer.stderr).toMatch(message);
  });
});

describe('--json', () => {
  const parsed = (text: string): unknown => JSON.parse(text);

  test('an error is one document on standard output', async () => {
    const answer = await occ(['strat', '--json']);
    expect(answer).toMatchObject({ code: 2, stderr: '' });
    expect(parsed(answer.stdout)).toStrictEqual({
      error: {
        code: 'usage',
        message: 'Unknown command "strat"',
        hint: 'Did you mean occ start?',
      },
    });
    // Also where JSON Lines are expected.
    expect(answer.stdout.split('\n')).toHaveLength(2);
  });

  test('an operation on the inventory has a value', async () => {
    const file = await inventory('two.yaml', 'version: 1\nhosts:\n  a:\n  b:\n');
    const answer = await occ(['--inventory', file, 'host', 'list', '--json']);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(parsed(answer.stdout)).toMatchObject({
      operation: 'host.list',
      changed: false,
      ok: true,
    });
  });

  test('hosts that are not reached are told one by one, with exit code 3', async () => {
    const file = await inventory('dead.yaml', deadHosts(['a', 'b']));
    const answer = await occ(['--inventory', file, '--all', 'status', '--json']);
    expect(answer.code).toBe(3);
    expect(parsed(answer.stdout)).toMatchObject({
      operation: 'status',
      dryRun: false,
      hosts: [
        { host: 'a', ok: false, changed: false, error: { code: 'connect.refused', host: 'a' } },
        { host: 'b', ok: false, changed: false, error: { code: 'connect.refused', host: 'b' } },
      ],
    });
  });

  test('a streaming command prints JSON Lines with a summary at the end', async () => {
    const file = await inventory('dead.yaml', deadHosts(['a']));
    const answer = await occ(['--inventory', file, '--host', 'a', 'logs', '--json']);
    const lines = answer.stdout.trimEnd().split('\n').map(parsed);
    expect(answer).toMatchObject({ code: 3, stderr: '' });
    expect(lines.at(-1)).toMatchObject({ type: 'summary', hosts: [{ host: 'a', ok: false }] });
  });
});

/** Hosts whose SSH port is closed: nothing may listen on port 1 of the loopback address. */
function deadHosts(names: readonly string[]): string {
  const hosts = names.map((name) => `  ${name}:\n    address: 127.0.0.1:1\n`).join('');
  return `version: 1\nhosts:\n${hosts}`;
}

test('a dry run writes nothing, the real run writes for the owner only', async () => {
  const file = join(home, 'new.yaml');
  const add = ['--inventory', file, 'host', 'add', 'web-1', '--no-test'];
  const dry = await occ([...add, '--dry-run']);
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toMatch(/^would\n {2}- /);
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect(await occ(add)).toMatchObject({ code: 0 });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const again = await occ(add);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(/already/);
});

describe('streams that go away', () => {
  test('a reader that has gone is no error', async () => {
    const { child, ended: end } = start(['--help']);
    child.stdout.destroy();
    expect(await end).toMatchObject({ code: 0, stderr: '' });
  });

  test('a full disk is one', async () => {
    const shell = spawn('sh', ['-c', `"$0" "$1" --help > /dev/full`, process.execPath, main]);
    const answer = await ended(shell);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toMatch(/^error: Standard output could not be written: .*ENOSPC/);
  });

  test('an empty password on standard input is refused before any host is asked', async () => {
    const file = await inventory('dead.yaml', deadHosts(['a']));
    const argv = ['--inventory', file, '--host', 'a', 'user', 'add', 'bob', '--password-stdin'];
    const answer = await occ(argv);
    expect(answer).toMatchObject({ code: 2, stdout: '' });
    expect(answer.stderr).toMatch(/password/i);
  });
});

test('Ctrl-C ends a connection that hangs, with 130', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const text = `version: 1\nhosts:\n  a:\n    address: 127.0.0.1:${port}\n    connect_timeout: 600\n`;
  const file = await inventory('silent.yaml', text);
  const { child, ended: end } = start(['--inventory', file, '--host', 'a', 'status']);
  await once(silent, 'connection');
  child.kill('SIGINT');
  expect(await end).toStrictEqual({
    code: 130,
    stdout: '',
    stderr: 'Stopping… Ctrl-C again leaves at once\n',
  });
  silent.close();
});

describe('on a terminal', () => {
  /** Runs a shell line under script(1), which gives it a terminal; what it prints arrives as one stream. */
  function onTerminal(line: string, env: Record<string, string> = {}) {
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      cwd: home,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        TERM: 'xterm',
        NODE: process.execPath,
        MAIN: main,
        ...env,
      },
    });
    const end = ended(child);
    const shows = (text: string) =>
      new Promise<void>((resolve) => {
        let seen = '';
        child.stdout.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
          if (seen.includes(text)) resolve();
        });
      });
    return { child, end, shows };
  }

  test('help has colours, unless NO_COLOR or --no-color', async () => {
    const run = async (argv: string, env?: Record<string, string>) => {
      const { child, end } = onTerminal(`"$NODE" "$MAIN" ${argv}`, env);
      const answer = await end;
      child.stdin.destroy();
      return answer.stdout;
    };
    expect(await run('--help')).toContain('\u001B[1mCommands\u001B[22m');
    expect(await run('--help', { NO_COLOR: '1' })).not.toContain('\u001B');
    expect(await run('--help --no-color')).not.toContain('\u001B');
  });

  test('Ctrl-C in the middle of a step says that it stops and that it is not finished', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const file = join(home, 'interrupted.yaml');
    const line = `trap : INT; "$NODE" "$MAIN" --inventory '${file}' host add b --address 127.0.0.1:${port}; echo "code $?"`;
    const { child, end } = onTerminal(line);
    await once(silent, 'connection');
    child.stdin.write('\u0003');
    const { stdout } = await end;
    silent.close();
    // Each live line is taken away before anything else is printed.
    const screen = stdout
      .replaceAll(/[^\n]*\n(\^C)?\u001B\[1A\r\u001B\[J/g, '')
      .replaceAll('\r', '');
    expect(screen).toMatch(
      /Stopping… Ctrl-C again leaves at once\nInterrupted before it was finished\ncode 130\n$/,
    );
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('a password is not shown, and Ctrl-C at the question puts the terminal back', async () => {
    const file = await inventory('dead.yaml', deadHosts(['a']));
    const command = `"$NODE" "$MAIN" --inventory '${file}' --host a user add bob; echo "code $?"; stty -a`;
    const { child, end, shows } = onTerminal(command);
    const asked = shows('assword');
    await asked;
    child.stdin.write('hunter22');
    child.stdin.write('\u0003');
    const { stdout } = await end;
    expect(stdout).toContain('code 130');
    expect(stdout).not.toContain('hunter22');
    expect(stdout).toMatch(/[^-]echo\b/);
    expect(stdout).toMatch(/[^-]icanon\b/);
  });
});
