// The method publickey: one key after the other, first asked about, then used (RFC 4252, 7).
import { CancelledError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { AgentRefusal } from './ssh-agent-client.ts';
import { keyAlgorithm, keyFault } from './ssh-auth-algorithms.ts';
import { loginKeys, type LoginKey } from './ssh-auth-keys.ts';
import type { AuthFailure, AuthMethod, LoginAccount, LoginContext } from './ssh-auth-method.ts';
import { certificateFault } from './ssh-certificate.ts';
import { PersonNeeded } from './ssh-hand-over.ts';
import type { PublicKey } from './ssh-public-key.ts';
import type { UserAuth } from './ssh2-userauth.ts';

/** Offers keys. Each attempt ends with the first key that the server refuses. */
export class PublicKeyMethod implements AuthMethod {
  readonly name = 'publickey';
  readonly asksPerson = false;
  readonly #context: LoginContext;
  readonly #account: LoginAccount;
  #left: LoginKey[] | undefined;
  #tried: LoginKey[] = [];
  /** Keys that were one of several steps. */
  readonly #used: LoginKey[] = [];

  constructor(context: LoginContext, account: LoginAccount) {
    this.#context = context;
    this.#account = account;
  }

  async attempt(auth: UserAuth): Promise<AuthFailure | undefined> {
    this.#left ??= await loginKeys(this.#context, this.#account);
    for (let key = this.#left.shift(); key !== undefined; key = this.#left.shift()) {
      const failure = await this.#try(key, auth);
      (failure?.partial === true ? this.#used : this.#tried).push(key);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** As ssh does: the keys that come next, then those that were refused, those that were taken last. */
  restart(): void {
    this.#left = [...(this.#left ?? []), ...this.#tried, ...this.#used.splice(0)];
    this.#tried = [];
  }

  async #try(key: LoginKey, auth: UserAuth): Promise<AuthFailure | undefined> {
    const { config } = this.#context;
    const publicKey = key.publicKey ?? (await this.#unlocked(key));
    if (publicKey === undefined) return undefined;
    const { signatureAlgorithms, serverSoftware } = auth;
    const algorithm = keyAlgorithm(publicKey, config, signatureAlgorithms, serverSoftware);
    if (algorithm === undefined) {
      this.#cannot(key, 'the server takes no SHA-2 signature of an RSA key, and SHA-1 is broken');
      return undefined;
    }
    this.#note(key);
    const offer = { algorithm: algorithm.offered, blob: publicKey.blob };
    const said = await auth.askAboutKey(offer);
    if (said.kind !== 'key-accepted') return said.kind === 'failure' ? said : undefined;
    if (key.openSshOnly !== undefined) {
      this.#account.needsOpenSsh.push(key.openSshOnly);
      return undefined;
    }
    const sign = (data: Buffer): Promise<Buffer> => key.sign(data, algorithm.signature);
    const reply = await auth
      .useKey(offer, sign)
      .catch((error: unknown) => this.#failed(key, error));
    return reply?.kind === 'failure' ? reply : undefined;
  }

  async #unlocked(key: LoginKey): Promise<PublicKey | undefined> {
    const publicKey = await key.unlock().catch((error: unknown) => this.#failed(key, error));
    if (publicKey === undefined) return undefined;
    const fault = keyFault(publicKey, this.#context.config);
    if (fault !== undefined) this.#cannot(key, fault);
    return fault === undefined ? publicKey : undefined;
  }

  /** A key that could not sign is no reason to stop; a person who did not want to go on is. */
  #failed(key: LoginKey, error: unknown): undefined {
    const { signal } = this.#context.deadline;
    if (error instanceof CancelledError || error instanceof PersonNeeded) throw error;
    if (signal.aborted) throw error;
    this.#cannot(key, messageOf(error));
    // A key may be bound to certain hosts (ssh-add -h): only ssh proves to the agent which host it is.
    if (error instanceof AgentRefusal) {
      this.#account.needsOpenSsh.push(`the agent may sign with ${key.label} for ssh`);
    }
  }

  #cannot(key: LoginKey, why: string): void {
    this.#account.unusable.push(`${key.label}: ${why}`);
  }

  #note({ label, file, certificate }: LoginKey): void {
    const { offered, keyFiles, certificateFaults } = this.#account;
    if (offered.includes(label)) return;
    offered.push(label);
    if (file !== undefined) keyFiles.push(file);
    if (certificate === undefined) return;
    const fault = certificateFault(certificate, this.#context.config.user, new Date());
    if (fault !== undefined)
      certificateFaults.push(`The certificate “${certificate.keyId}” ${fault}`);
  }
}
