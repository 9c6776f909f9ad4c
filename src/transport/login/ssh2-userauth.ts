// User authentication (RFC 4252) as requests and replies, in place of ssh2's own: that can neither offer certificates and
// FIDO keys, nor choose the signature of an RSA key, nor go on with another method after a partial success.
import type { Client } from 'ssh2';
import { protocolOf, sendPublicKeyRequest, type Ssh2Protocol } from '../ssh/ssh2-internals.ts';
import { wireString } from '../ssh/ssh-wire.ts';

/** One question of a server (RFC 4256, 3.2). */
export interface AuthPrompt {
  readonly prompt: string;
  /** Whether the answer is shown as it is typed. */
  readonly echo?: boolean | undefined;
}

/** What a server says to a request. Success is no reply: ssh2 then emits `ready`. */
export type AuthReply =
  | {
      readonly kind: 'failure';
      /** Methods that can go on. */
      readonly methods: readonly string[];
      /** The request succeeded, and more is wanted. */
      readonly partial: boolean;
    }
  | { readonly kind: 'key-accepted' }
  | {
      readonly kind: 'prompts';
      readonly name: string;
      readonly instruction: string;
      readonly prompts: readonly AuthPrompt[];
    }
  | { readonly kind: 'password-expired'; readonly prompt: string };

/** What publickey requests name: the algorithm, and the key or certificate in wire format. */
export interface OfferedKey {
  readonly algorithm: string;
  readonly blob: Buffer;
}

const requestCode = 50;

/**
 * Sends authentication requests over a client whose `connect` was called with an `authHandler` that does nothing. Made
 * before the first byte arrives. One request at a time.
 */
export class UserAuth {
  /** Signature algorithms that the server takes (RFC 8308, 3.1); undefined when it does not say. */
  signatureAlgorithms: readonly string[] | undefined;
  readonly #protocol: Ssh2Protocol;
  readonly #user: string;
  #waiting: ((reply: AuthReply) => void) | undefined;

  /** @throws Error when this ssh2 is built in another way than what is known here */
  constructor(client: Client, user: string) {
    this.#protocol = protocolOf(client);
    this.#user = user;
    this.#listen();
  }

  /** The server's software, for example `OpenSSH_9.2p1`; empty when not known yet. */
  get serverSoftware(): string {
    const ident = this.#protocol._remoteIdentRaw?.toString('latin1') ?? '';
    return /^SSH-[\d.]+-(\S+)/.exec(ident)?.[1] ?? '';
  }

  /** Asks what the server accepts; some accept this. */
  none(): Promise<AuthReply> {
    return this.#request(() => this.#protocol.authNone(this.#user));
  }

  /** Asks whether a key would do, without a signature. */
  askAboutKey(key: OfferedKey): Promise<AuthReply> {
    return this.#request(() => sendPublicKeyRequest(this.#protocol, this.#keyRequest(key, false)));
  }

  /** Logs in with a key. `sign` gets what is to be signed and answers a signature in wire format. */
  async useKey(key: OfferedKey, sign: (data: Buffer) => Promise<Buffer>): Promise<AuthReply> {
    const request = this.#keyRequest(key, true);
    const sessionId = this.#protocol._kex?.sessionID ?? Buffer.alloc(0);
    const signature = await sign(Buffer.concat([wireString(sessionId), request]));
    return this.#request(() =>
      sendPublicKeyRequest(this.#protocol, Buffer.concat([request, wireString(signature)])),
    );
  }

  password(password: string): Promise<AuthReply> {
    return this.#request(() => this.#protocol.authPassword(this.#user, password));
  }

  keyboardInteractive(): Promise<AuthReply> {
    return this.#request(() => this.#protocol.authKeyboard(this.#user));
  }

  /** Answers the prompts of a reply, all of them, in their order. */
  answer(answers: readonly string[]): Promise<AuthReply> {
    return this.#sent(() => this.#protocol.authInfoRes(answers));
  }

  /** A new request ends one that was not answered to its end (RFC 4256, 3.1). */
  #request(send: () => void): Promise<AuthReply> {
    this.#protocol._authsQueue.length = 0;
    return this.#sent(send);
  }

  #sent(send: () => void): Promise<AuthReply> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      send();
    });
  }

  /** What comes unasked is ignored. */
  #replied(reply: AuthReply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(reply);
  }

  #listen(): void {
    const handlers = this.#protocol._handlers;
    const extensions = handlers.EXT_INFO;
    handlers.EXT_INFO = (protocol, all) => {
      this.signatureAlgorithms ??= all.find(({ name }) => name === 'server-sig-algs')?.algs;
      extensions(protocol, all);
    };
    handlers.USERAUTH_FAILURE = (_protocol, methods, partial) =>
      this.#replied({ kind: 'failure', methods: methods ?? [], partial });
    handlers.USERAUTH_PK_OK = () => this.#replied({ kind: 'key-accepted' });
    handlers.USERAUTH_INFO_REQUEST = (_protocol, name = '', instruction = '', prompts) =>
      this.#replied({ kind: 'prompts', name, instruction, prompts });
    handlers.USERAUTH_PASSWD_CHANGEREQ = (_protocol, prompt = '') =>
      this.#replied({ kind: 'password-expired', prompt });
  }

  #keyRequest({ algorithm, blob }: OfferedKey, signed: boolean): Buffer {
    return Buffer.concat([
      Buffer.of(requestCode),
      wireString(this.#user),
      wireString('ssh-connection'),
      wireString('publickey'),
      Buffer.of(signed ? 1 : 0),
      wireString(algorithm),
      wireString(blob),
    ]);
  }
}
