// The built command as people run it: a process with a home directory of its own, an inventory, and no terminal.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { RuntimeBase } from '../lab/runtime-base.ts';
import type { HostEntry } from './fleet.ts';

/** How a run ended, and what it printed. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that may not be over. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until it has printed this, on either output, and answers what matched. Fails when it ends before. */
  says(pattern: RegExp): Promise<string>;
}

/** What `--json` prints. */
export type Document = Readonly<Record<string, unknown>>;

/** An error in JSON. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly host?: string;
  readonly hint?: string;
}

/** What a refusal must say. */
export interface Refusal {
  readonly exit: number;
  /** Stable code of the error. */
  readonly code: string;
  /** Host that the error names; undefined where no host is concerned. */
  readonly host?: string;
  /** What failed and why. */
  readonly message: RegExp;
  /** What to do next. */
  readonly hint: RegExp;
}

/** Answers of `ssh -G` and where engines were found: a question may leave them behind. */
const remembered = /\/opencode-cloud\/(ssh-config|engines)\/[^/]+$/;

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Somebody who works with one inventory. */
export class BuiltOcc implements AsyncDisposable {
  readonly home: string;
  readonly #inventory: string;
  readonly #runtime: RuntimeBase;

  private constructor(home: string, inventory: string, runtime: RuntimeBase) {
    this.home = home;
    this.#inventory = inventory;
    this.#runtime = runtime;
  }

  /** @param inventory - path of the inventory file; default: one in the home directory, which is not there yet */
  static async with(inventory?: string): Promise<BuiltOcc> {
    const home = await mkdtemp(join(tmpdir(), 'occ-built-'));
    return new BuiltOcc(home, inventory ?? join(home, 'inventory.yaml'), await RuntimeBase.make());
  }

  /** With an inventory of its own that has these hosts. */
  static async of(hosts: Readonly<Record<string, HostEntry>>): Promise<BuiltOcc> {
    const occ = await BuiltOcc.with();
    await occ.write(stringify({ version: 1, hosts }));
    return occ;
  }

  /** Replaces the inventory. */
  async write(text: string): Promise<void> {
    await writeFile(this.#inventory, text, { mode: 0o600 });
  }

  /** Starts `occ` with these words; standard input is left open. */
  start(words: readonly string[]): Running {
    const { PATH } = process.env;
    const env = {
      ...{ PATH, HOME: this.home, OCC_INVENTORY: this.#inventory },
      XDG_RUNTIME_DIR: this.#runtime.path,
    };
    return watch(spawn(process.execPath, [main, ...words], { cwd: this.home, env }));
  }

  /** Runs `occ` with these words to its end. */
  async run(words: readonly string[], stdin = ''): Promise<Ended> {
    const { child, ended } = this.start(words);
    // It may have ended without reading.
    child.stdin?.on('error', () => undefined).end(stdin);
    return ended;
  }

  /** Runs with `--json`; standard output must be one document. */
  async json(
    words: readonly string[],
    stdin?: string,
  ): Promise<{ code: number | null; document: Document }> {
    const { code, stdout, stderr } = await this.run([...words, '--json'], stdin);
    expect(stdout, stderr).not.toBe('');
    return { code, document: JSON.parse(stdout) as Document };
  }

  /** Runs the words as they are and with `--json`: both must refuse, say so, and leave the inventory as it is. */
  async refuses(words: readonly string[], wanted: Refusal, stdin?: string): Promise<void> {
    const before = await this.files();
    const said = await this.run(words, stdin);
    expect(said, said.stderr).toMatchObject({ code: wanted.exit, stdout: '' });
    const [first = '', next = ''] = said.stderr.split(/^(?=hint: )/m);
    expect(first).toMatch(/^error: /m);
    expect(first).toMatch(wanted.message);
    if (wanted.host !== undefined) expect(first).toContain(wanted.host);
    expect(next).toMatch(wanted.hint);
    const { code, document } = await this.json(words, stdin);
    expect(code).toBe(wanted.exit);
    const error = errorIn(document, wanted.host);
    expect(error.code).toEqual(wanted.code);
    expect(error.host).toBe(wanted.host);
    expect(error.message).toMatch(wanted.message);
    expect(error.hint).toMatch(wanted.hint);
    expect(await this.files()).toEqual(before);
  }

  /** The inventory's text, and the files of the home directory but for what is only remembered to be quicker. */
  async files(): Promise<unknown> {
    const text = await readFile(this.#inventory, 'utf8').catch(() => undefined);
    const found = await readdir(this.home, { recursive: true, withFileTypes: true });
    const files = found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return { text, home: files.filter((file) => !remembered.test(file)).sort() };
  }

  /** Names of the connections that are kept for the next command. */
  async sockets(): Promise<string[]> {
    const files = await readdir(this.#runtime.sockets).catch((): string[] => []);
    return files.filter((name) => !name.includes('.'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime[Symbol.asyncDispose]();
    await rm(this.home, { recursive: true, force: true });
  }
}

/** The error of a document: of the whole, or of one host. */
export function errorIn(document: Document, host?: string): ToldError {
  const hosts = (document['hosts'] ?? []) as { host: string; error?: ToldError }[];
  const error = (document['error'] as ToldError | undefined) ?? errorOf(hosts, host);
  if (!error) throw new Error(`no error in ${JSON.stringify(document)}`);
  return error;
}

function errorOf(hosts: readonly { host: string; error?: ToldError }[], host?: string) {
  return hosts.find((each) => each.host === host)?.error;
}

function watch(child: ChildProcess): Running {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, ...text })));
  const says = (pattern: RegExp) =>
    new Promise<string>((found, missing) => {
      const look = () => {
        const match = pattern.exec(`${text.stdout}\n${text.stderr}`);
        if (match) found(match[0]);
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      look();
      void ended.then(({ stdout, stderr }) =>
        missing(new Error(`it ended without ${String(pattern)}:\n${stdout}\n${stderr}`)),
      );
    });
  return { child, ended, says };
}
