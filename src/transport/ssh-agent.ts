// The keys of an ssh-agent, and a stand-in agent that makes ssh2 offer one key and sign with it on demand.
import ssh2 from 'ssh2';
import type { IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';

/** Makes a signature; `hash` is given for RSA keys (RFC 8332). */
export type Sign = (data: Buffer, hash: SigningRequestOptions['hash']) => Promise<Buffer>;

/** A key that can be offered to a server. */
export interface LoginKey {
  /** For messages: where it comes from. */
  readonly label: string;
  /** Set for a key that is a file on this machine. */
  readonly file?: string;
  readonly publicKey: ParsedKey;
  /** Called when the server says that it accepts the key: only then a person is asked for a passphrase. */
  readonly sign: Sign;
}

/**
 * Lists the keys of an agent that ssh2 can use; it leaves out certificates and FIDO keys.
 * @throws Error when the agent cannot be reached
 */
export async function agentKeys(socket: string): Promise<LoginKey[]> {
  const agent = new ssh2.OpenSSHAgent(socket);
  const keys = await new Promise<ParsedKey[]>((resolve, reject) => {
    agent.getIdentities((error, found) => {
      if (error) reject(error);
      else resolve((found ?? []) as ParsedKey[]);
    });
  });
  return keys.map((publicKey) => ({
    label: `agent key “${publicKey.comment}”`,
    publicKey,
    sign: (data, hash) =>
      new Promise<Buffer>((resolve, reject) => {
        agent.sign(publicKey, data, hash === undefined ? {} : { hash }, (error, signature) => {
          if (signature === undefined) reject(error ?? new Error('The agent refused to sign'));
          else resolve(signature);
        });
      }),
  }));
}

/**
 * An agent that holds one key. ssh2 then asks the server about the key before it signs, as OpenSSH does, and counts
 * one attempt for it.
 */
export class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #key: LoginKey;

  constructor(key: LoginKey) {
    super();
    this.#key = key;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(null, [this.#key.publicKey]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    const callback = typeof options === 'function' ? options : done;
    const hash = typeof options === 'function' ? undefined : options.hash;
    this.#key.sign(data, hash).then(
      (signature) => callback?.(null, signature),
      (error: unknown) => callback?.(error as Error),
    );
  }
}
