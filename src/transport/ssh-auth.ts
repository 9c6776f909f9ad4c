// Logs in: which keys are offered, in which order, and what is said when none is accepted (RFC 4252).
import type { AnyAuthMethod, AuthenticationType, NextAuthHandler, ParsedKey } from 'ssh2';
import type { Prompter } from '../prompter.ts';
import { messageOf } from '../thrown.ts';
import { agentKeys, OneKeyAgent, type LoginKey } from './ssh-agent.ts';
import type { SshConfig } from './ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import { readKeyFile, type KeyFile } from './ssh-key-file.ts';
import { unlockWithPerson } from './ssh-passphrase.ts';

/** ssh2 takes false as the end, although its types do not say so. */
const noMore = false as unknown as AuthenticationType;

/** What a login needs. */
export interface LoginContext {
  readonly config: Pick<
    SshConfig,
    | 'user'
    | 'agentSocket'
    | 'identityFiles'
    | 'identitiesOnly'
    | 'pubkeyAuthentication'
    | 'batchMode'
  >;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
}

/** One login attempt, and the account of it. */
export class Login {
  /** What was offered, in order. */
  readonly offered: string[] = [];
  /** Keys that could not be offered or used, each with the reason. */
  readonly unusable: string[] = [];
  /** Methods the server accepts; empty when it never said. */
  accepts: readonly string[] = [];
  /** True once every key was offered, and the server was asked what it accepts. */
  probed = false;
  /** Key files that a passphrase would have unlocked. */
  readonly lockedKeys: string[] = [];
  /** Key files that were offered. */
  readonly keyFiles: string[] = [];
  /** Login name on the server. */
  readonly user: string;
  readonly #context: LoginContext;
  readonly #keys: AsyncGenerator<LoginKey, undefined>;
  #signed = false;

  constructor(context: LoginContext) {
    this.#context = context;
    this.user = context.config.user;
    this.#keys = this.#loginKeys();
  }

  /** For ssh2's `authHandler`. */
  readonly handler = (
    // Null at the first call, although ssh2's types do not say so.
    methodsLeft: readonly AuthenticationType[] | null,
    _partial: boolean | null,
    next: NextAuthHandler,
  ): void => {
    this.accepts = methodsLeft ?? [];
    this.#nextMethod().then(
      (method) => next(method ?? noMore),
      () => next(noMore),
    );
  };

  /** True when a key was accepted and the server wants something more. */
  get partial(): boolean {
    return this.#signed && !this.accepts.includes('publickey');
  }

  async #nextMethod(): Promise<AnyAuthMethod | undefined> {
    const username = this.user;
    const key = (await this.#keys.next()).value;
    if (key !== undefined) {
      this.offered.push(key.label);
      if (key.file !== undefined) this.keyFiles.push(key.file);
      return { type: 'agent', username, agent: new OneKeyAgent(this.#watched(key)) };
    }
    if (this.probed) return undefined;
    // ssh2 keeps to itself what the server said about keys, so this makes it say what else it accepts.
    this.probed = true;
    return { type: 'none', username };
  }

  /** A server asks for a signature when it accepts a key; if that does not log in, it wants something more. */
  #watched(key: LoginKey): LoginKey {
    const sign: LoginKey['sign'] = async (data, hash) => {
      const made = await key.sign(data, hash);
      this.#signed = true;
      return made;
    };
    return { ...key, sign };
  }

  /** Agent keys that the configuration names, then the agent's others, then files: the order of OpenSSH. */
  async *#loginKeys(): AsyncGenerator<LoginKey, undefined> {
    const { config, deadline } = this.#context;
    if (!config.pubkeyAuthentication) return undefined;
    const fromAgent = await deadline.race(this.#agentKeys());
    const files = await Promise.all(config.identityFiles.map(readKeyFile));
    const named = files.flatMap((file) => findKey(fromAgent, publicKeyOf(file)));
    yield* named;
    if (!config.identitiesOnly) yield* fromAgent.filter((key) => !named.includes(key));
    for (const file of files) {
      if (findKey(fromAgent, publicKeyOf(file)).length > 0) continue;
      const key = await this.#fileKey(file);
      if (key !== undefined) yield key;
    }
    return undefined;
  }

  async #agentKeys(): Promise<LoginKey[]> {
    const socket = this.#context.config.agentSocket;
    if (socket === undefined) return [];
    return agentKeys(socket).catch((error: unknown) => {
      this.unusable.push(`agent at ${socket}: ${messageOf(error)}`);
      return [];
    });
  }

  async #fileKey(file: KeyFile): Promise<LoginKey | undefined> {
    switch (file.kind) {
      case 'plain':
        return signWith(file.path, file.key);
      case 'encrypted':
        return this.#encryptedKey(file.path, file.publicKey);
      case 'unusable':
        this.unusable.push(`${file.path}: ${file.why}`);
        return undefined;
      case 'public':
        this.unusable.push(`${file.path}: its private key is neither there nor in an agent`);
        return undefined;
      case 'missing':
        return undefined;
    }
  }

  async #encryptedKey(path: string, known?: ParsedKey): Promise<LoginKey | undefined> {
    if (known === undefined) {
      const key = await this.#unlock(path).catch(() => undefined);
      return key === undefined ? undefined : signWith(path, key);
    }
    const sign: LoginKey['sign'] = async (data, hash) =>
      signature(await this.#unlock(path), data, hash);
    return { label: path, file: path, publicKey: known, sign };
  }

  async #unlock(path: string): Promise<ParsedKey> {
    const { prompter, deadline, config } = this.#context;
    const unlocked = config.batchMode
      ? { why: 'encrypted, and BatchMode forbids to ask for its passphrase' }
      : await deadline.whileAsking(() => unlockWithPerson(path, prompter));
    if ('key' in unlocked) return unlocked.key;
    this.unusable.push(`${path}: ${unlocked.why}`);
    this.lockedKeys.push(path);
    throw new Error(unlocked.why);
  }
}

function signWith(path: string, key: ParsedKey): LoginKey {
  const sign: LoginKey['sign'] = (data, hash) =>
    Promise.resolve().then(() => signature(key, data, hash));
  return { label: path, file: path, publicKey: key, sign };
}

/** ssh2 returns its errors here, although its types do not say so. */
function signature(key: ParsedKey, ...what: Parameters<LoginKey['sign']>): Buffer {
  const made: Buffer | Error = key.sign(...what);
  if (made instanceof Error) throw made;
  return made;
}

function publicKeyOf(file: KeyFile): ParsedKey | undefined {
  return 'publicKey' in file ? file.publicKey : undefined;
}

function findKey(keys: readonly LoginKey[], wanted: ParsedKey | undefined): LoginKey[] {
  if (wanted === undefined) return [];
  const blob = wanted.getPublicSSH();
  return keys.filter((key) => key.publicKey.getPublicSSH().equals(blob)).slice(0, 1);
}
