// Asks for the passphrase of a key, once per run and key, however many hosts need it.
import type { PrivateKey } from './ssh-private-key.ts';
import type { Prompter } from '../../prompter.ts';
import type { Secret } from '../../secret.ts';
import { unlockKeyFile } from './ssh-key-file.ts';

const attempts = 3;

/** An unlocked key, or why there is none. */
export type Unlocked =
  | { readonly key: PrivateKey; readonly passphrase: Secret }
  | { readonly why: 'nobody to ask for its passphrase' | 'wrong passphrase' };

// A prompter lives as long as one run, and its person answers for all hosts of it.
const asked = new WeakMap<Prompter, Map<string, Promise<Unlocked>>>();

/** Unlocks an encrypted key with the person's help; a wrong passphrase is asked for again, three times in all. */
export function unlockWithPerson(path: string, prompter: Prompter): Promise<Unlocked> {
  const answers = asked.get(prompter) ?? new Map<string, Promise<Unlocked>>();
  asked.set(prompter, answers);
  const answer = answers.get(path) ?? ask(path, prompter);
  answers.set(path, answer);
  return answer;
}

async function ask(path: string, prompter: Prompter): Promise<Unlocked> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const again = attempt === 1 ? '' : 'Wrong passphrase. ';
    const passphrase = await prompter.secret(`${again}Passphrase of the key ${path}: `);
    if (passphrase === undefined) return { why: 'nobody to ask for its passphrase' };
    const key = await unlockKeyFile(path, passphrase.reveal());
    if (key !== undefined) return { key, passphrase };
  }
  return { why: 'wrong passphrase' };
}
