// Where passwords may be kept between commands: the keychain of this machine, when the optional package keytar is there.
import type { Keytar } from 'keytar';
import { Secret } from '../secret.ts';

/** Keeps secrets by name. Its failures are the caller's: a password can always be typed. */
export interface SecretStore {
  get(account: string): Promise<Secret | undefined>;
  set(account: string, secret: Secret): Promise<void>;
  delete(account: string): Promise<void>;
}

/** What the keychain shows as the program that the secrets belong to. */
const service = 'opencode-cloud';

/** The keychain: macOS Keychain, libsecret, Windows Credential Manager. Undefined when there is none. */
export async function openKeychain(): Promise<SecretStore | undefined> {
  try {
    const { default: keytar } = await import('keytar');
    const keychain = keychainOf(keytar);
    await keychain.get('a first question');
    return keychain;
  } catch {
    // Not installed, or built for another Node, or no keychain runs: libsecret needs D-Bus.
    return undefined;
  }
}

function keychainOf(keytar: Keytar): SecretStore {
  return {
    get: async (account) => {
      const password = await keytar.getPassword(service, account);
      return password === null ? undefined : new Secret(password);
    },
    set: (account, secret) => keytar.setPassword(service, account, secret.reveal()),
    delete: async (account) => {
      await keytar.deletePassword(service, account);
    },
  };
}
