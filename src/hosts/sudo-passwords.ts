// Passwords for sudo on one host: from the keychain, else from the person at the terminal, once per run.
import type { Prompter } from '../prompter.ts';
import type { Secret } from '../secret.ts';
import type { SudoPasswords, SudoQuestion } from '../transport/sudo-password.ts';
import { openKeychain, type SecretStore } from './secret-store.ts';

/** A password, and where it is from. */
interface Held {
  readonly password: Secret;
  readonly from: 'store' | 'person';
}

/**
 * @param place - tells this host from another of the same name: the address that ssh connects to
 * @param openStore - opens the keychain; undefined where there is none
 */
export function passwordsForSudo(
  prompter: Prompter,
  place: string,
  openStore: () => Promise<SecretStore | undefined> = openKeychain,
): SudoPasswords {
  let accepted: Secret | undefined;
  let last: Held | undefined;
  const storeTried = new Set<string>();
  const accountOf = ({ host, user }: SudoQuestion) => `sudo: ${user} on ${host} (${place})`;

  const stored = async (question: SudoQuestion): Promise<Secret | undefined> => {
    if (storeTried.has(accountOf(question))) return undefined;
    storeTried.add(accountOf(question));
    const store = await openStore();
    return store?.get(accountOf(question)).catch(() => undefined);
  };

  return {
    get: async (question) => {
      if (accepted) return accepted;
      const kept = await stored(question);
      if (kept) last = { password: kept, from: 'store' };
      else {
        const typed = await prompter.secret(
          `sudo password of ${question.user} on ${question.host}:`,
        );
        last = typed && { password: typed, from: 'person' };
      }
      return last?.password;
    },
    accepted: async (question, password) => {
      const isNew = accepted === undefined && last?.from === 'person';
      accepted = password;
      const store = isNew ? await openStore() : undefined;
      if (!store) return;
      const keep = `Keep the sudo password of ${question.user} on ${question.host} in the keychain?`;
      // A keychain that refuses is no reason to fail: the password has served.
      if (await prompter.confirm(keep)) {
        await store.set(accountOf(question), password).catch(() => undefined);
      }
    },
    rejected: async (question) => {
      accepted = undefined;
      if (last?.from !== 'store') return;
      const store = await openStore();
      await store?.delete(accountOf(question)).catch(() => undefined);
    },
  };
}
