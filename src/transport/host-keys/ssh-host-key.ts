// Decides on the host key that a server shows: pins of the inventory, or known_hosts, then the policy, then the person.
import type { Prompter } from '../../prompter.ts';
import { judgeHostKey, type HostKeyVerdict, type KnownHostLine } from './known-hosts.ts';
import { ownKnownHostsFile, trustHostKey } from './known-hosts-store.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import { fingerprintOf } from './ssh-fingerprint.ts';
import { keyTypeOf } from './ssh-host-key-blob.ts';
import {
  changedKey,
  changedPin,
  refusedKey,
  revokedKey,
  unknownKey,
  type ShownKey,
} from './ssh-host-key-errors.ts';
import { algorithmsForPins, type PinnedKey } from './ssh-pins.ts';
import { describePlace, type SshPlace } from '../ssh/ssh-place.ts';

/** What a decision is made from. */
export interface HostKeyContext {
  readonly place: SshPlace;
  readonly config: Pick<SshConfig, 'keyName' | 'strictHostKeyChecking' | 'batchMode'> &
    Partial<Pick<SshConfig, 'hashKnownHosts' | 'userKnownHostsFiles'>>;
  readonly known: readonly KnownHostLine[];
  /** The only keys that are accepted, and nothing is asked or stored; undefined: known_hosts decides. */
  readonly pins?: readonly PinnedKey[] | undefined;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
  readonly stateDir: string;
}

/** One connection's host key decision. The first key that is accepted holds for the life of the connection. */
export class HostKeyCheck {
  /** Why the key was not accepted. */
  failure: Error | undefined;
  readonly #context: HostKeyContext;
  #accepted: Buffer | undefined;
  #toStore = false;

  constructor(context: HostKeyContext) {
    this.#context = context;
  }

  /**
   * For ssh2's `hostVerifier`, which takes every answer but a literal false for yes, a promise included. So this
   * returns nothing, and `answer` is called exactly once, with a boolean.
   */
  readonly verify = (key: Buffer, answer: (accepted: boolean) => void): void => {
    let verdict: true | Error | Promise<true | Error>;
    try {
      verdict = this.#decide(key);
    } catch (error) {
      verdict = error as Error;
    }
    if (!(verdict instanceof Promise)) {
      this.#answer(key, verdict, answer);
      return;
    }
    verdict
      .catch((error: unknown) => error as Error)
      .then((decided) => this.#answer(key, decided, answer))
      // What ssh2 throws while it goes on has no other way out of a promise.
      .catch((error: unknown) => (this.failure ??= error as Error));
  };

  /** Which of the configured host key algorithms to ask the server for. */
  algorithms(configured: readonly string[]): readonly string[] {
    return algorithmsForPins(configured, this.#context.pins);
  }

  /** Stores a key that was accepted now. Call it once the server has proved that it owns the key. */
  async store(): Promise<void> {
    if (!this.#toStore || this.#accepted === undefined) return;
    this.#toStore = false;
    const { stateDir, config } = this.#context;
    const { keyName, hashKnownHosts } = config;
    await trustHostKey(stateDir, keyName.name, this.#accepted, hashKnownHosts);
  }

  #answer(key: Buffer, decided: true | Error, answer: (accepted: boolean) => void): void {
    if (decided === true) this.#accepted ??= Buffer.from(key);
    else this.failure = decided;
    answer(decided === true);
  }

  #decide(key: Buffer): true | Error | Promise<true | Error> {
    const shown = this.#shown(key);
    // A rekey shows the key again; the question was answered then.
    if (this.#accepted !== undefined)
      return this.#accepted.equals(key) || refusedKey(shown, 'rekey');
    const { known, config, pins } = this.#context;
    const verdict: HostKeyVerdict = judgeHostKey(known, config.keyName, { key });
    // Not even a pin brings back a key that was given up.
    if (verdict.kind === 'revoked') return revokedKey(shown, verdict.line);
    if (pins !== undefined)
      return pins.some((pin) => pin.key.equals(key)) || changedPin(shown, pins);
    switch (verdict.kind) {
      case 'ok':
        return true;
      case 'changed':
        return changedKey(shown, verdict.known, ownKnownHostsFile(this.#context.stateDir));
      case 'new':
        return this.#decideNew(shown);
    }
  }

  #decideNew(shown: ShownKey): true | Error | Promise<true | Error> {
    const { strictHostKeyChecking, batchMode, userKnownHostsFiles } = this.#context.config;
    // `UserKnownHostsFile none`: ssh learns no key then, and neither asks nor takes one unasked.
    if (userKnownHostsFiles?.length === 0) return unknownKey(shown);
    switch (strictHostKeyChecking) {
      case 'yes':
        return unknownKey(shown);
      case 'ask':
        return batchMode ? unknownKey(shown) : this.#ask(shown);
      case 'accept-new':
      case 'no':
        this.#toStore = true;
        return true;
    }
  }

  async #ask(shown: ShownKey): Promise<true | Error> {
    const { deadline, prompter } = this.#context;
    const question =
      `The host key of ${describePlace(shown.place)} is not known yet.\n` +
      `Its ${shown.keyType} fingerprint is ${shown.fingerprint}\n` +
      `Is that the right one? Trust it from now on?`;
    const answer = await deadline.whileAsking(() => prompter.confirm(question));
    this.#toStore = answer === true;
    if (answer === true) return true;
    return answer === undefined ? unknownKey(shown) : refusedKey(shown, 'person');
  }

  #shown(key: Buffer): ShownKey {
    const { place, config } = this.#context;
    const keyType = keyTypeOf(key);
    return { place, name: config.keyName.name, keyType, fingerprint: fingerprintOf(key) };
  }
}
