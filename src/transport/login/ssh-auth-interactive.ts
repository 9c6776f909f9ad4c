// The method keyboard-interactive: the server asks, a person answers (RFC 4256). One-time codes come this way.
import { sanitizeLine, withoutLineEnds } from '../../sanitize.ts';
import { askLine, askSecret } from './ssh-auth-method.ts';
import type { AuthFailure, AuthMethod, LoginAccount, LoginContext } from './ssh-auth-method.ts';
import { describePlace } from '../ssh/ssh-place.ts';
import type { AuthReply, UserAuth } from './ssh2-userauth.ts';

type Prompts = Extract<AuthReply, { readonly kind: 'prompts' }>;

/** More questions at once than any server has. */
const mostPrompts = 16;
/** Characters of a server's text, and its lines, that a person is shown. */
const shown = { characters: 2_000, lines: 20 } as const;

/** Asks a person what the server asks. Without a terminal there is nobody to answer, and it gives up. */
export class InteractiveMethod implements AuthMethod {
  readonly name = 'keyboard-interactive';
  readonly asksPerson = true;
  readonly #context: LoginContext;
  readonly #account: LoginAccount;
  #attempts = 0;
  #wasAsked = false;

  constructor(context: LoginContext, account: LoginAccount) {
    this.#context = context;
    this.#account = account;
  }

  async attempt(auth: UserAuth): Promise<AuthFailure | undefined> {
    this.#attempts += 1;
    if (this.#attempts > this.#context.config.numberOfPasswordPrompts) return undefined;
    // A server that refused before it asked anything will do so again.
    if (this.#attempts > 1 && !this.#wasAsked) return undefined;
    const { offered } = this.#account;
    if (!offered.includes(said)) offered.push(said);
    let reply = await auth.keyboardInteractive();
    while (reply.kind === 'prompts') {
      this.#wasAsked = true;
      const answers = await this.#answers(reply);
      if (answers === undefined) return undefined;
      reply = await auth.answer(answers);
    }
    return reply.kind === 'failure' ? reply : undefined;
  }

  restart(): void {
    this.#wasAsked = true;
  }

  async #answers({ name, instruction, prompts }: Prompts): Promise<string[] | undefined> {
    if (prompts.length > mostPrompts)
      throw new Error(`the server asks ${prompts.length} questions`);
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      const first = answers.length === 0 ? [name, instruction] : [];
      const question = this.#question([...first, prompt]);
      const answer =
        echo === true
          ? await askLine(this.#context, this.#account, question)
          : (await askSecret(this.#context, this.#account, question))?.reveal();
      if (answer === undefined) return undefined;
      answers.push(answer);
    }
    return answers;
  }

  /** Every line of the server's is indented under a line of ours, so that none can pass for a question of occ. */
  #question(parts: readonly string[]): string {
    const { place, config } = this.#context;
    const theirs = parts
      .flatMap((part) => withoutLineEnds(part.slice(0, shown.characters)).split(/\r\n|\r|\n/))
      .map((line) => sanitizeLine(line).trimEnd())
      .filter((line) => line !== '')
      .slice(-shown.lines);
    const lines = theirs.length === 0 ? ['Answer:'] : theirs;
    const ours = `${describePlace(place)} asks for the login as ${config.user}:`;
    return [ours, ...lines.map((line) => `  ${line}`)].join('\n');
  }
}

const said = 'answers to its questions';
