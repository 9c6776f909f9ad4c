// Answers the questions of ssh with the person's help, in occ's own words where ssh's are known.
import type { Prompter } from '../../prompter.ts';
import { sanitizeLine } from '../../sanitize.ts';
import type { Secret } from '../../secret.ts';
import { readKeyFile } from '../login/ssh-key-file.ts';
import { unlockWithPerson } from '../login/ssh-passphrase.ts';
import type { AskpassQuestion } from './openssh-askpass.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import { describePlace, type SshPlace } from '../ssh/ssh-place.ts';
import { wordsOf } from './openssh-words.ts';

/** What an answer needs. */
export interface QuestionContext {
  readonly place: SshPlace;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
  /** Login name on the server. */
  readonly user: string;
  readonly notice?: ((text: string) => void) | undefined;
  /** Called when a person answered a question for a secret. */
  readonly onAnswer?: (() => void) | undefined;
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

/** Lines that a server says before a question, of which a person is shown the last. */
const mostLines = 20;

/** The person answers for all hosts of a run, so a passphrase is asked for once. */
const passphrases = new WeakMap<Prompter, Map<string, Promise<Secret | undefined>>>();

/** The questions of one start. */
export class Questions {
  /** The last host key that ssh asked about. */
  askedKey: AskedKey | undefined;
  /** Key files that stayed locked. */
  readonly lockedKeys: string[] = [];
  /** Those of them that a person could not unlock. */
  readonly wrongPassphrases = new Set<string>();
  /** Other questions that were left without an answer. */
  readonly declined: string[] = [];
  /** Somebody answered a question for a secret. */
  answered = false;
  readonly #context: QuestionContext;
  readonly #tried = new Set<string>();
  /** What ssh said since its last question. */
  #said = '';
  #passwords = 0;

  constructor(context: QuestionContext) {
    this.#context = context;
  }

  /** Keeps what ssh says: what a server has to say about its question comes this way. */
  readonly heard = (text: string): void => {
    this.#said = (this.#said + text).slice(-mostCharacters);
  };

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
    const answer = await this.#context.prompter.secret(
      /^[^\s()]+@[^\s()]+'s password: ?$/.test(text)
        ? this.#passwordQuestion()
        : this.#quoted(text),
    );
    if (answer === undefined) this.declined.push(sanitizeLine(text).trim());
    return this.#given(answer);
  }

  #passwordQuestion(): string {
    const { place, user } = this.#context;
    this.#passwords += 1;
    const wrong = this.#passwords === 1 ? '' : 'Wrong password. ';
    return `${wrong}Password of ${user} on ${describePlace(place)}:`;
  }

  #given(answer: Secret | undefined): string | undefined {
    if (answer === undefined) return undefined;
    this.#answered();
    return answer.reveal();
  }

  #answered(): void {
    this.answered = true;
    this.#context.onAnswer?.();
  }

  /** What may be the server's words is indented under a line of ours, so that none can pass for a question of occ. */
  #quoted(text: string): string {
    const { place, user } = this.#context;
    const said = wordsOf(this.#said).split('\n').slice(-mostLines);
    this.#said = '';
    // By what ssh puts in front it tells a server's question from its own; ours names both already.
    const question = text.replace(/^\([^\s()]+@[^\s()]+\) /, '');
    const asked = question.slice(0, mostCharacters).split(/\r\n|\r|\n/);
    const theirs = [...said, ...asked]
      .map((line) => sanitizeLine(line).trimEnd())
      .filter((line) => line !== '')
      .map((line) => `  ${line}`);
    return [`${describePlace(place)} asks for the login as ${user}:`, ...theirs].join('\n');
  }

  /** What occ reads as well, it tries by itself, and asks for once in a run. */
  async #passphrase(file: string): Promise<string | undefined> {
    const { kind } = await readKeyFile(file);
    if (kind !== 'encrypted') return this.#untriedPassphrase(file);
    const unlocked = await unlockWithPerson(file, this.#context.prompter);
    if ('key' in unlocked) return this.#given(unlocked.passphrase);
    this.lockedKeys.push(file);
    if (unlocked.why === 'wrong passphrase') {
      this.wrongPassphrases.add(file);
      this.#answered();
    }
    return undefined;
  }

  /** A passphrase that was given for another host is tried first; when ssh asks again, it was wrong. */
  async #untriedPassphrase(file: string): Promise<string | undefined> {
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
    return this.#given(answer);
  }
}
