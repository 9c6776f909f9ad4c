// Becoming root: how the answers of sudo are read, and that a password is never handed to the command.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { RootAccess } from '../../../src/transport/root-access.ts';
import { parseProbe, refusalIn, withPassword } from '../../../src/transport/sudo.ts';

const output = (text: string) => ({
  stdout: Buffer.from(text),
  stderr: Buffer.alloc(0),
  exitCode: 0,
});

describe('the probe', () => {
  test('is read', () => {
    expect(parseProbe(output('user=ops\nstate=password\n'))).toEqual({
      user: 'ops',
      state: 'password',
    });
  });

  test.each([
    ['CORP\\o.ps-1$', 'CORP\\o.ps-1$'],
    ['root on prod: (not', 'root_on_prod___not'],
    ['\u001b[2Kx\u202e', '__2Kx_'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('gives no name that reads as something else: %j', (said, user) => {
    expect(parseProbe(output(`user=${said}\nstate=password\n`)).user).toBe(user);
  });

  test.each(['', 'user=ops\n', 'user=ops\nstate=maybe\n', 'state=root\n'])(
    'is refused when it says %j',
    (text) => {
      expect(() => parseProbe(output(text))).toThrow();
    },
  );
});

test.each([
  ['Sorry, try again.\nsudo: no password was provided\n', 'wrong-password'],
  ['sudo: 1 incorrect password attempt', 'wrong-password'],
  ['guest is not in the sudoers file.', 'not-allowed'],
  ['Sorry, user guest may not run sudo on web-1.', 'not-allowed'],
  ["Sorry, user ops is not allowed to execute '/bin/sh' as root on web-1.", 'not-allowed'],
  ["I'm sorry guest. I'm afraid I can't do that", 'not-allowed'],
  ['sudo: sorry, you must have a tty to run sudo', 'tty'],
  ['sudo: PERM_SUDOERS: setresuid: Operation not permitted', 'failed'],
])('sudo that says %j', (said, reason) => {
  expect(refusalIn(said)).toBe(reason);
});

describe('a command with a password before its input', () => {
  const words = { marker: 'the-marker', ready: 'ready' };
  /** As a sudo would run it that asks for nothing, so that the password stays on stdin. */
  const behindSudo = (argv: string[]) => {
    const [, ...rest] = withPassword(argv, words);
    return rest.slice(rest.indexOf('--') + 1);
  };
  const feed = (argv: string[], input: string | Buffer) => {
    const [program = '', ...rest] = behindSudo(argv);
    return execFileSync(program, rest, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  };

  test('does not get the password that sudo left, and gets all of its own input', () => {
    const payload = randomBytes(300_000);
    const input = Buffer.concat([Buffer.from('pass word\\n $x\nthe-marker\n'), payload]);
    expect(feed(['cat'], input).equals(payload)).toBe(true);
  });

  test('gets its own input when sudo took the password', () => {
    expect(feed(['cat'], 'the-marker\nthe-marker\nx').toString()).toBe('the-marker\nx');
  });

  test('keeps its arguments, and finds the password in no variable', () => {
    const argv = ['sh', '-c', 'printf "%s|" "$@"; env; set', 'sh', "a'b", '$x', ' ', '*', '--'];
    const said = feed(argv, 'pass-word\nthe-marker\n').toString();
    expect(said).toMatch(/^a'b\|\$x\| \|\*\|--\|/);
    expect(said).not.toContain('pass-word');
  });

  test('is not begun without the marker', () => {
    expect(() => feed(['echo', 'begun'], 'pass-word\nthe-mark')).toThrow();
  });
});

test('a secret in the environment of what sudo runs is refused: ps would show it', async () => {
  const transport = new LocalTransport({ host: 'local', env: process.env });
  const root = new RootAccess('local', (spec, options) => {
    const isProbe = spec.argv.includes('probe-sudo');
    const said = isProbe ? ['echo', 'user=ops\nstate=sudo'] : spec.argv;
    return transport.start({ argv: said }, options);
  });
  const start = root.start({ argv: ['true'], env: { TOKEN: new Secret('hidden') } });
  await expect(start).rejects.toMatchObject({ code: 'usage' });
  await transport.close();
});
