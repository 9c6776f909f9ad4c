// Logs in: which methods are tried, in which order, and what is told when none succeeds (RFC 4252).
import type { AuthenticationType, Client, NextAuthHandler } from 'ssh2';
import { OccError } from '../../errors.ts';
import { InteractiveMethod } from './ssh-auth-interactive.ts';
import type { AuthFailure, AuthMethod, LoginAccount, LoginContext } from './ssh-auth-method.ts';
import { PasswordMethod } from './ssh-auth-password.ts';
import { leavePerson } from './ssh-hand-over.ts';
import { PublicKeyMethod } from './ssh-auth-publickey.ts';
import { UserAuth } from './ssh2-userauth.ts';

/** ssh2 takes false as the end, although its types do not say so. */
const noMore = false as unknown as AuthenticationType;

/** The order of ssh, where the configuration does not say. */
const usualOrder = ['publickey', 'keyboard-interactive', 'password'];

/** One login attempt, and the account of it. */
export class Login implements LoginAccount {
  readonly offered: string[] = [];
  readonly unusable: string[] = [];
  readonly lockedKeys: string[] = [];
  readonly keyFiles: string[] = [];
  readonly certificateFaults: string[] = [];
  readonly needsOpenSsh: string[] = [];
  asked = false;
  attended = false;
  unanswered = false;
  passwordExpired = false;
  waiting = false;
  /** Methods that can go on, by the server's last word; empty when it never said. */
  accepts: readonly string[] = [];
  /** The server took something and wants more. */
  partial = false;
  /** What it took was a key. */
  tookKey = false;
  /** True once the server was asked what it accepts. */
  probed = false;
  /** What ended the login, where it was not the server. */
  failure: OccError | undefined;
  /** Login name on the server. */
  readonly user: string;
  /** Whether a password may be asked for. */
  readonly passwordLogin: boolean;
  readonly #context: LoginContext;
  readonly #methods: readonly AuthMethod[];
  readonly #exhausted = new Set<AuthMethod>();
  readonly #gone = new AbortController();
  #auth: UserAuth | undefined;
  #begun = false;

  constructor(context: LoginContext) {
    this.#context = context;
    this.user = context.config.user;
    this.passwordLogin = context.passwordLogin === true;
    this.#methods = methodsOf(context, this);
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Takes the login of a client over. Call it right after its `connect`. */
  attach(client: Client): void {
    this.#auth = new UserAuth(client, this.user);
    client.once('close', () => this.#gone.abort());
  }

  /** For ssh2's `authHandler`: called when the server is ready, answers when all was in vain. */
  readonly handler = (
    _methodsLeft: readonly AuthenticationType[] | null,
    _partial: boolean | null,
    next: NextAuthHandler,
  ): void => {
    const begun = this.#begun;
    this.#begun = true;
    if (this.#auth === undefined || begun) {
      next(noMore);
      return;
    }
    this.#logIn(this.#auth)
      .catch((error: unknown) => {
        if (error instanceof OccError) this.failure = error;
        else this.unusable.push((error as Error).message);
      })
      .then(() => next(noMore))
      // The connection is gone already, and says so by itself.
      .catch(() => undefined);
  };

  /** Ends when there is nothing more to try. Where the server lets us in, it never does. */
  async #logIn(auth: UserAuth): Promise<void> {
    for (;;) {
      const method = this.#next();
      if (method?.asksPerson === true) await leavePerson(this.#context, 'answer');
      const failure = method === undefined ? await this.#probe(auth) : await method.attempt(auth);
      if (failure !== undefined) this.#heard(failure, method);
      else if (method !== undefined) this.#exhausted.add(method);
      else break;
      if (this.passwordExpired) break;
    }
    this.#noteOtherMethods();
  }

  #next(): AuthMethod | undefined {
    const left = this.#methods.filter((method) => !this.#exhausted.has(method));
    // Before the server has said what it accepts, a key saves the round trip of asking.
    const heard = this.accepts.length > 0;
    if (!heard) return left[0]?.name === 'publickey' ? left[0] : undefined;
    const accepted = left.filter(({ name }) => this.accepts.includes(name));
    // ssh would get in without asking anybody.
    return this.needsOpenSsh.length > 0
      ? accepted.find((method) => !method.asksPerson)
      : accepted[0];
  }

  #heard({ methods, partial }: AuthFailure, from: AuthMethod | undefined): void {
    this.accepts = methods;
    if (!partial) return;
    this.partial = true;
    this.tookKey ||= from?.name === 'publickey';
    this.#exhausted.clear();
    for (const method of this.#methods) method.restart();
  }

  /** Asks what the server accepts, in the way that some let everybody in (RFC 4252, 5.2). */
  async #probe(auth: UserAuth): Promise<AuthFailure | undefined> {
    if (this.probed || this.asked || this.partial) return undefined;
    this.probed = true;
    const reply = await auth.none();
    return reply.kind === 'failure' ? reply : undefined;
  }

  #noteOtherMethods(): void {
    const { gssapiAuthentication, hostbasedAuthentication } = this.#context.config;
    const others = [
      { name: 'gssapi-with-mic', allowed: gssapiAuthentication },
      { name: 'hostbased', allowed: hostbasedAuthentication },
    ];
    for (const { name, allowed } of others) {
      if (allowed && this.accepts.includes(name)) {
        this.needsOpenSsh.push(`the server accepts ${name}`);
      }
    }
  }
}

function methodsOf(context: LoginContext, account: LoginAccount): AuthMethod[] {
  const { config, passwordLogin } = context;
  const mayAsk = !config.batchMode;
  const enabled: AuthMethod[] = [
    ...(config.pubkeyAuthentication ? [new PublicKeyMethod(context, account)] : []),
    ...(config.kbdInteractiveAuthentication && mayAsk
      ? [new InteractiveMethod(context, account)]
      : []),
    ...(config.passwordAuthentication && mayAsk && passwordLogin === true
      ? [new PasswordMethod(context, account)]
      : []),
  ];
  const { preferredAuthentications: preferred } = config;
  const order = preferred.length > 0 ? preferred : usualOrder;
  return order.flatMap((name) => enabled.filter((method) => method.name === name));
}
