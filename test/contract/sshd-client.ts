// What tests connect with: a client directory with its own configuration and state, and people that answer or do not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prompter } from '../../src/prompter.ts';
import { Secret } from '../../src/secret.ts';
import type { SshOptions, SshTarget } from '../../src/transport/ssh/ssh-transport.ts';

/** Nobody is there: no terminal. */
export const nobody: Prompter = {
  secret: () => Promise.resolve(undefined),
  line: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(undefined),
  stdinLine: () => Promise.resolve(new Secret('')),
};

/** A person who gives prepared answers and whose questions are kept. */
export class Person implements Prompter {
  readonly questions: string[] = [];
  readonly #answers: (string | boolean)[];

  constructor(...answers: (string | boolean)[]) {
    this.#answers = answers;
  }

  secret(question: string): Promise<Secret | undefined> {
    return Promise.resolve(new Secret(String(this.#next(question))));
  }

  line(question: string): Promise<string | undefined> {
    return Promise.resolve(String(this.#next(question)));
  }

  confirm(question: string): Promise<boolean | undefined> {
    return Promise.resolve(this.#next(question) === true);
  }

  stdinLine(): Promise<Secret> {
    return Promise.reject(new Error('Nothing was to be read from stdin'));
  }

  #next(question: string): string | boolean {
    this.questions.push(question);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`An unexpected question: ${question}`);
    return answer;
  }
}

/** A client's files: nothing of the user who runs the tests is read or written. */
export interface ClientDirectory {
  readonly path: string;
  readonly configFile: string;
  readonly knownHostsFile: string;
  readonly stateDir: string;
  /** Replaces the ssh configuration; `UserKnownHostsFile` and `GlobalKnownHostsFile` are set to the directory's own. */
  configure(text: string): Promise<void>;
  /** Replaces known_hosts. */
  know(...lines: string[]): Promise<void>;
  target(address: string, more?: Partial<SshTarget>): SshTarget;
  options(prompter?: Prompter, more?: Partial<SshOptions>): SshOptions;
  remove(): Promise<void>;
}

/** Makes an empty client directory. */
export async function makeClient(): Promise<ClientDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'occ-client-'));
  const configFile = join(path, 'config');
  const knownHostsFile = join(path, 'known_hosts');
  const stateDir = join(path, 'state');
  const env = { PATH: process.env['PATH'], HOME: path };
  const client: ClientDirectory = {
    path,
    configFile,
    knownHostsFile,
    stateDir,
    configure: (text) =>
      writeFile(
        configFile,
        `${text}\nHost *\n  UserKnownHostsFile ${knownHostsFile}\n  GlobalKnownHostsFile /dev/null\n`,
      ),
    know: (...lines) => writeFile(knownHostsFile, lines.map((line) => `${line}\n`).join('')),
    target: (address, more = {}) => ({
      host: 'web-1',
      address,
      configFile,
      connectTimeoutSeconds: 20,
      ...more,
    }),
    options: (prompter = nobody, more = {}) => ({ prompter, stateDir, env, ...more }),
    remove: () => rm(path, { recursive: true, force: true }),
  };
  await client.configure('');
  return client;
}
