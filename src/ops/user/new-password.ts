// Where a new password comes from: typed twice, one line of stdin, or made up. Acquired once for all hosts.
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import type { Prompter } from '../../prompter.ts';
import { Secret } from '../../secret.ts';

/** Without the characters that are mistaken for each other: 0 O o, 1 l I. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const generatedLength = 24;
const flagsHint =
  'Give it with --password-stdin (first line of standard input) or let occ make one up with --generate';

/** RFC 7617, 2: neither part of a login may hold them. A line end would cut the password short without a word. */
const controls = /\p{Cc}/u;

/** Input fields of operations that set a password. */
export const passwordFields = {
  password_stdin: z
    .boolean()
    .default(false)
    .describe('Read the password from the first line of standard input'),
  generate: z.boolean().default(false).describe('Make up a password and print it once'),
};

/** The options that choose the source. Neither: ask the person. */
export interface PasswordSource {
  readonly password_stdin: boolean;
  readonly generate: boolean;
}

/** A password to be set. */
export interface NewPassword {
  readonly password: Secret;
  /** True when occ made it up, so that the person has to be told. */
  readonly generated: boolean;
}

/**
 * Acquires the password of `user`.
 * @throws UsageError when it is empty or holds control characters, the repetition differs, both sources are asked for, or nobody can be asked
 */
export async function acquirePassword(
  prompter: Prompter,
  user: string,
  source: PasswordSource,
): Promise<NewPassword> {
  if (source.generate && source.password_stdin) {
    throw new UsageError('--generate and --password-stdin exclude each other', {
      hint: 'Give one of them',
    });
  }
  if (source.generate) return { password: generatePassword(), generated: true };
  const password = source.password_stdin
    ? await prompter.stdinLine()
    : await askTwice(prompter, user);
  if (password.isEmpty) throw new UsageError('The password is empty', { hint: flagsHint });
  if (controls.test(password.reveal())) {
    throw new UsageError('The password holds control characters, which no browser sends', {
      hint: flagsHint,
    });
  }
  return { password, generated: false };
}

/** A random password of 24 characters: about 139 bits. */
export function generatePassword(): Secret {
  const characters = Array.from({ length: generatedLength }, () =>
    alphabet.charAt(randomInt(alphabet.length)),
  );
  return new Secret(characters.join(''));
}

async function askTwice(prompter: Prompter, user: string): Promise<Secret> {
  const first = await prompter.secret(`New password for ${user}: `);
  if (first === undefined) throw nobodyToAsk(user);
  if (first.isEmpty) return first;
  const second = await prompter.secret('The same password again: ');
  if (second === undefined) throw nobodyToAsk(user);
  if (first.reveal() !== second.reveal()) {
    throw new UsageError('The two passwords differ; nothing was changed', { hint: 'Try again' });
  }
  return first;
}

function nobodyToAsk(user: string): UsageError {
  return new UsageError(`There is no terminal to ask for the password of ${user}`, {
    hint: flagsHint,
  });
}
