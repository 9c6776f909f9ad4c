// Answers the questions of ssh with the person's help, in occ's own words where ssh's are known.
import type { Prompter } from '../../prompter.ts';
import { sanitizeLine } from '../../sanitize.ts';
import type { Secret } from '../../secret.ts';
import type { AskpassQuestion } from './openssh-askpass.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import { describePlace, type SshPlace } from '../ssh/ssh-place.ts';

/** What an answer needs. */
export interface QuestionContext {
  readonly place: SshPlace;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
  /** Login name on the server. */
  readonly user: string;
  readonly notice?: ((text: string) => void) | undefined;
}

/** A host key that ssh asked about. */
export interface AskedKey {
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** What was answered; undefined when there was nobody to ask. */
  readonly accepted: boolean | undefined;
}

/** Characters of a question that a person is shown. */
const mostCharacters = 2000;

/** The person answers for all hosts of a run, so a passphrase is asked for once. */
const passphrases = new WeakMap<Prompter, Map<string, Promise<Secret | undefined>>>();

/** The questions of one start. */
export class Questions {
  /** The last host key that ssh asked about. */
  askedKey: AskedKey | undefined;
  /** Key files whose passphrase nobody could give. */
  readonly lockedKeys: string[] = [];
  /** Other questions that were left without an answer. */
  readonly declined: string[] = [];
  readonly #context: QuestionContext;
  readonly #tried = new Set<string>();

  constructor(context: QuestionContext) {
    this.#context = context;
  }

  /** For the helper. */
  readonly answer = ({ text, kind }: AskpassQuestion): Promise<string | undefined> => {
    if (kind === 'none') {
      this.#context.notice?.(sanitizeLine(text));
      return Promise.resolve(undefined);
    }
    return this.#context.deadline.whileAsking(() =>
      kind === 'confirm' || /\(yes\/no(?:\/[^)]*)?\)/.test(text)
        ? this.#confirm(text)
        : this.#secret(text),
    );
  };

  async #confirm(text: string): Promise<string | undefined> {
    const key = /^(\S+) key fingerprint is (\S+?)\.?$/m.exec(text);
    const { prompter } = this.#context;
    if (!text.startsWith('The authenticity of host') || key === null) {
      return (await prompter.confirm(this.#quoted(text))) === true ? 'yes' : undefined;
    }
    const [, keyType = '', fingerprint = ''] = key;
    const accepted = await prompter.confirm(this.#keyQuestion(text, keyType, fingerprint));
    this.askedKey = { keyType, fingerprint, accepted };
    return accepted === true ? 'yes' : 'no';
  }

  /** ssh names the server that it means: it may be a jump host of the configuration. */
  #keyQuestion(text: string, keyType: string, fingerprint: string): string {
    const [, named = ''] = /^The authenticity of host '([^']*)'/.exec(text) ?? [];
    const others = text.includes('but keys of different type are already known')
      ? 'Keys of other types are known for it.\n'
      : '';
    return (
      `The host key of ${describePlace(this.#context.place)} is not known yet (ssh: ${sanitizeLine(named)}).\n` +
      `Its ${keyType} fingerprint is ${fingerprint}\n${others}` +
      'Is that the right one? Trust it from now on?'
    );
  }

  async #secret(text: string): Promise<string | undefined> {
    // A server's question cannot begin like this: ssh puts `(user@host)` in front, and older ones pass none on.
    const [, file] = /^Enter passphrase for (?:key )?'(.*)': ?$/s.exec(text) ?? [];
    if (file !== undefined) return this.#passphrase(file);
    const answer = await this.#context.prompter.secret(this.#quoted(text));
    if (answer === undefined) this.declined.push(sanitizeLine(text).trim());
    return answer?.reveal();
  }

  /** What may be the server's words is indented under a line of ours, so that none can pass for a question of occ. */
  #quoted(text: string): string {
    const { place, user } = this.#context;
    const theirs = text
      .slice(0, mostCharacters)
      .split(/\r\n|\r|\n/)
      .map((line) => `  ${sanitizeLine(line).trimEnd()}`);
    return [`${describePlace(place)} asks for the login as ${user}:`, ...theirs].join('\n');
  }

  /** A passphrase that was given for another host is tried first; when ssh asks again, it was wrong. */
  async #passphrase(file: string): Promise<string | undefined> {
    const { prompter } = this.#context;
    const given = passphrases.get(prompter) ?? new Map<string, Promise<Secret | undefined>>();
    passphrases.set(prompter, given);
    const again = this.#tried.has(file);
    const earlier = again ? undefined : given.get(file);
    const wrong = again ? 'Wrong passphrase. ' : '';
    const asked = earlier ?? prompter.secret(`${wrong}Passphrase of the key ${file}: `);
    given.set(file, asked);
    this.#tried.add(file);
    const answer = await asked;
    if (answer === undefined) this.lockedKeys.push(file);
    return answer?.reveal();
  }
}
