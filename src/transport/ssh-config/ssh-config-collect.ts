// Collects the values of an OpenSSH client configuration line by line: the first one counts (ssh_config(5)). Pure.
import {
  canonicalizeWords,
  readChoice,
  readWordValue,
  type KeywordKind,
} from './ssh-config-keywords.ts';
import type { ConfigLine } from './ssh-config-line.ts';
import { NeedsOpenSsh } from './ssh-config-match.ts';
import { readJump } from './ssh-config-place.ts';

/** Where a line stands. */
export interface LineState {
  /** False in a block of other hosts: the line is checked and has no effect. */
  readonly active: boolean;
  /** Of the user's own file rather than the system's. */
  readonly isUserFile: boolean;
}

/** A keyword with its kind. */
export interface Keyword {
  readonly name: string;
  readonly kind: KeywordKind;
}

/** The values that count so far, by keyword in lower case. */
export class CollectedValues {
  readonly values = new Map<string, string[]>();
  /** Files that were named, with who named them: each counts once. */
  readonly #named = new Set<string>();

  get(name: string): string | undefined {
    return this.values.get(name)?.[0];
  }

  set(name: string, value: string): void {
    this.values.set(name, [value]);
  }

  /**
   * Takes a line other than Host, Match and Include.
   * @throws Error when it is malformed; NeedsOpenSsh when it asks for what only ssh can do
   */
  take({ name, kind }: Keyword, line: ConfigLine, state: LineState): void {
    if (kind === 'block' || kind === 'ignored') return;
    if (kind === 'command') this.#takeCommand(name, line, state);
    else if (kind === 'jump') this.#takeJump(name, line, state);
    else if (kind === 'files') this.#first(name, [readFiles(name, line)], state);
    else if (kind === 'file') this.#takeFile(name, readWordValue(name, kind, line), state);
    else if (kind === 'environment') this.#first(name, readEnvironment(line), state);
    else if (kind === 'canonical') this.#takeCanonical(name, line, state);
    else this.#takeWord(name, readWordValue(name, kind, line), state);
  }

  /** OpenSSH takes -1, which a time of `none` is, for not being set: a later line counts. */
  #takeWord(name: string, value: string, state: LineState): void {
    if (value !== '-1') this.#first(name, [value], state);
  }

  #first(name: string, values: string[], { active }: LineState): void {
    if (active && !this.values.has(name)) this.values.set(name, values);
  }

  /** Of ProxyCommand and ProxyJump, the one that comes first counts; `ProxyJump none` leaves the other alone. */
  #takeCommand(name: string, { rest }: ConfigLine, state: LineState): void {
    const jump = name === 'proxycommand' ? this.get('proxyjump') : undefined;
    if (jump === undefined || jump === 'none') this.#first(name, [rest], state);
  }

  #takeJump(name: string, { rest }: ConfigLine, state: LineState): void {
    const jump = readJump(rest);
    if (!this.values.has('proxycommand')) this.#first(name, [jump], state);
  }

  #takeFile(name: string, file: string, { active, isUserFile }: LineState): void {
    const key = `${name} ${isUserFile} ${file}`;
    if (!active || this.#named.has(key)) return;
    this.#named.add(key);
    this.values.set(name, [...(this.values.get(name) ?? []), file]);
  }

  #takeCanonical(name: string, { args }: ConfigLine, state: LineState): void {
    const word = args[0] ?? '';
    const value =
      name === 'canonicalizehostname' ? readChoice(name, word, canonicalizeWords) : word;
    const isOff = /^(no|false|none)$/i.test(value);
    if (state.active && !this.values.has(name) && !isOff) {
      throw new NeedsOpenSsh(`${name} ${value} needs the OpenSSH client`);
    }
    this.#first(name, [value], state);
  }
}

function readFiles(name: string, { args }: ConfigLine): string {
  if (args.includes('')) throw new Error(`${name} names an empty file`);
  if (args.length > 1 && args.some((file) => file.toLowerCase() === 'none')) {
    throw new Error(`“none” must stand alone in ${name}`);
  }
  return args.join(' ');
}

function readEnvironment({ args }: ConfigLine): string[] {
  const wrong = args.find((each) => !each.includes('='));
  if (wrong !== undefined) throw new Error(`“${wrong}” is not NAME=VALUE`);
  const names = args.map((each) => each.split('=')[0]);
  return args.filter((_each, index) => names.indexOf(names[index]) === index);
}
