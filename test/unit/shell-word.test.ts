// Words for a person to copy, read back by a real shell.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addCommands, changeCommands } from '../../src/ops/host/new-host.ts';
import { shellWord } from '../../src/shell-word.ts';
import { sshCommand } from '../../src/transport/ssh/ssh-place.ts';

const readBack = (text: string) => execFileSync('sh', ['-c', `printf %s ${text}`]).toString();

test.each(['web-1', 'ops@203.0.113.7:22', '/home/me/.ssh/id', 'ssh://h:1', 'a,b'])(
  '%s needs no quotes',
  (word) => expect(shellWord(word)).toBe(word),
);

test('a home directory stays one for the shell to find', () => {
  expect(shellWord('~/.ssh/web')).toBe('~/.ssh/web');
  expect(shellWord('~root/x')).toBe("'~root/x'");
});

test('any other word comes back as it was, and is one word', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(...Array.from('a \'"$`\\;&|<>(){}*?[]!#~\n')),
  });
  fc.assert(
    fc.property(hostile, (word) => {
      expect(readBack(shellWord(word))).toBe(word);
    }),
    { numRuns: 200 },
  );
});

test('what an inventory says runs nothing when a hint is copied', () => {
  const path = '/tmp/x; touch /tmp/owned; $(id)';
  const entry = { identity_file: path, extra_ca_file: '`id`' };
  const commands = [
    ...addCommands({ name: 'a', entry }),
    ...changeCommands('a', {}, { identity_file: path }),
  ];
  expect(commands).toEqual([
    `occ host add a --identity-file '${path}'`,
    "occ --host a config set extra_ca_file '`id`'",
    `occ --host a config set identity_file '${path}'`,
  ]);
  expect(sshCommand('j;id')).toBe("ssh 'j;id'");
});
