// The method password (RFC 4252, 8): only where the inventory allows it, and only what a person types.
import { askSecret } from './ssh-auth-method.ts';
import type { AuthFailure, AuthMethod, LoginAccount, LoginContext } from './ssh-auth-method.ts';
import { describePlace } from '../ssh/ssh-place.ts';
import type { UserAuth } from './ssh2-userauth.ts';

/** Asks a person for the password of the account. */
export class PasswordMethod implements AuthMethod {
  readonly name = 'password';
  readonly asksPerson = true;
  readonly #context: LoginContext;
  readonly #account: LoginAccount;
  #attempts = 0;

  constructor(context: LoginContext, account: LoginAccount) {
    this.#context = context;
    this.#account = account;
  }

  async attempt(auth: UserAuth): Promise<AuthFailure | undefined> {
    const { place, config } = this.#context;
    this.#attempts += 1;
    if (this.#attempts > config.numberOfPasswordPrompts) return undefined;
    const again = this.#attempts === 1 ? '' : 'Wrong password. ';
    const question = `${again}Password of ${config.user} on ${describePlace(place)}:`;
    const password = await askSecret(this.#context, this.#account, question);
    if (password === undefined) return undefined;
    if (this.#attempts === 1) this.#account.offered.push('a password');
    const reply = await auth.password(password.reveal());
    if (reply.kind === 'password-expired') this.#account.passwordExpired = true;
    return reply.kind === 'failure' ? reply : undefined;
  }

  restart(): void {
    this.#attempts = 0;
  }
}
