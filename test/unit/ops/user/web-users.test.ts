// The users' commands as values, and how their answers are read.
import { expect, test } from 'vitest';
import {
  addWebUser,
  listWebUsers,
  parseWebUsers,
  removeWebUser,
  setWebUserPassword,
} from '../../../../src/ops/user/web-users.ts';
import { Secret } from '../../../../src/secret.ts';
import type { CommandOutput } from '../../../../src/transport/command.ts';

function output(exitCode: number, stdout = '', stderr = ''): CommandOutput {
  return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
}

test('the password goes to stdin as one line and is nowhere else in the command', () => {
  for (const build of [addWebUser, setWebUserPassword]) {
    const command = build('alice', new Secret('correct horse'));
    expect((command.stdin as Secret).reveal()).toBe('correct horse\n');
    expect(JSON.stringify(command)).not.toContain('correct horse');
  }
});

test('the commands are occ-users with its verbs', () => {
  const secret = new Secret('pw');
  const commands = [
    listWebUsers(),
    addWebUser('a', secret),
    setWebUserPassword('a', secret),
    removeWebUser('a'),
  ];
  expect(commands.map(({ argv }) => argv)).toEqual([
    ['occ-users', 'list'],
    ['occ-users', 'add', 'a'],
    ['occ-users', 'passwd', 'a'],
    ['occ-users', 'remove', 'a'],
  ]);
});

test.each([
  [0, 'done'],
  [3, 'bad-name'],
  [6, 'not-found'],
  [9, 'exists'],
  [65, 'bad-password'],
] as const)('exit code %i means %s', (exitCode, outcome) => {
  const command = removeWebUser('a');
  expect(command.okCodes).toContain(exitCode);
  const answer = command.parse(output(exitCode, '', 'occ-users: because\n'));
  expect(answer).toEqual({ outcome, reason: 'because' });
});

test('other exit codes are not success', () => {
  expect(removeWebUser('a').okCodes).not.toContain(1);
  expect(removeWebUser('a').okCodes).not.toContain(127);
});

test('a list of users is read in its order; no output is no users', () => {
  const list = listWebUsers();
  expect(list.parse(output(0, ''))).toEqual([]);
  expect(list.parse(output(0, 'zoe\tenabled\nalice\tdisabled\n'))).toEqual([
    { name: 'zoe', enabled: true },
    { name: 'alice', enabled: false },
  ]);
});

test.each(['alice', 'alice\tmaybe', '\tenabled', 'a\tenabled\tmore', 'a enabled'])(
  'a line that is not a user is refused: %j',
  (line) => {
    expect(() => parseWebUsers(line)).toThrow(/not a user/);
  },
);
