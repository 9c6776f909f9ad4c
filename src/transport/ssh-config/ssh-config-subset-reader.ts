// Follows the files of an OpenSSH client configuration line by line, in one pass or two, and keeps what holds for a host.
import { userInfo } from 'node:os';
import { codeOf, messageOf } from '../../thrown.ts';
import { CollectedValues } from './ssh-config-collect.ts';
import { includedPattern, readOwnFile } from './ssh-config-file.ts';
import { globFiles } from './ssh-config-glob.ts';
import { keywordOf } from './ssh-config-keywords.ts';
import { readConfigLine, type ConfigLine } from './ssh-config-line.ts';
import { evaluateMatch, NeedsOpenSsh } from './ssh-config-match.ts';
import { matchesPattern, matchesPatternList } from './ssh-config-pattern.ts';
import { canonicalHost, expandHostname, readJump } from './ssh-config-place.ts';

/** Files that include each other end here, as in OpenSSH. */
const maxDepth = 16;

/** What to resolve: what the command line of ssh would say. */
export interface SubsetRequest {
  readonly originalHost: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly proxyJump?: string | undefined;
  /** Read instead of the user's and the system's files; `none` for no file. */
  readonly configFile?: string | undefined;
}

/** A line that cannot be followed: it is malformed, or (`needsSsh`) the subset does not reach so far. */
export class SubsetError extends Error {
  readonly needsSsh: boolean;

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.needsSsh = cause instanceof NeedsOpenSsh;
  }
}

/** What is known while a file is read. */
interface Place {
  readonly file: string;
  readonly isUserFile: boolean;
  readonly depth: number;
  /** In a block of other hosts: nothing in the file counts. */
  readonly never: boolean;
  active: boolean;
}

/** Reads the files of one request. */
export class SubsetReader {
  /** Those that were read, in order. */
  readonly files: string[] = [];
  readonly #request: SubsetRequest;
  readonly #systemFile: string;
  readonly #collected = new CollectedValues();
  readonly #me = userInfo();
  /** What Host lines are compared with. */
  #host: string;
  #finalPass = false;
  #wantsFinal = false;

  constructor(request: SubsetRequest, systemFile: string) {
    this.#request = request;
    this.#systemFile = systemFile;
    this.#host = request.originalHost;
  }

  /**
   * Values by keyword, as they are written; the first that is set wins.
   * @throws SubsetError for a file or a line; Error for a HostName or ProxyJump that cannot be taken
   */
  async resolve(): Promise<Map<string, string[]>> {
    const { user, port, proxyJump } = this.#request;
    const collected = this.#collected;
    if (user !== undefined) collected.set('user', user);
    if (port !== undefined) collected.set('port', String(port));
    if (proxyJump !== undefined) collected.set('proxyjump', readJump(proxyJump));
    await this.#readAll();
    const hostname = canonicalHost(expandHostname(collected.get('hostname'), this.#host));
    collected.set('hostname', hostname);
    if (this.#wantsFinal) {
      this.#finalPass = true;
      this.#host = hostname;
      await this.#readAll();
    }
    if (collected.get('user') === undefined) collected.set('user', this.#me.username);
    const alias = collected.get('hostkeyalias');
    if (alias !== undefined) collected.set('hostkeyalias', alias.toLowerCase());
    const jump = collected.get('proxyjump') ?? 'none';
    if (jump !== 'none') collected.set('proxyusefdpass', 'no');
    return collected.values;
  }

  async #readAll(): Promise<void> {
    const { configFile } = this.#request;
    const start = { depth: 0, never: false, active: true };
    if (configFile?.toLowerCase() === 'none') return;
    if (configFile !== undefined) {
      const found = await this.#readFile({ ...start, file: configFile, isUserFile: true }, false);
      if (!found) throw new SubsetError(`${configFile} does not exist`, undefined);
      return;
    }
    const own = `${this.#me.homedir}/.ssh/config`;
    await this.#readFile({ ...start, file: own, isUserFile: true }, true);
    await this.#readFile({ ...start, file: this.#systemFile, isUserFile: false }, false);
  }

  /** False when there is no such file. `mustBeOwn`: nobody but its owner and root may write it. */
  async #readFile(place: Place, mustBeOwn: boolean): Promise<boolean> {
    if (place.depth > maxDepth) throw new SubsetError(`${place.file} is included too deeply`, null);
    let text: string;
    try {
      text = await readOwnFile(place.file, mustBeOwn ? this.#me.uid : undefined);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw new SubsetError(`${place.file} cannot be used: ${messageOf(error)}`, error);
    }
    this.files.push(place.file);
    for (const [index, raw] of text.split('\n').entries()) {
      try {
        const line = readConfigLine(raw);
        if (line) await this.#takeLine(line, place);
      } catch (error) {
        if (error instanceof SubsetError) throw error;
        throw new SubsetError(`${place.file} line ${index + 1}: ${messageOf(error)}`, error);
      }
    }
    return true;
  }

  async #takeLine(line: ConfigLine, place: Place): Promise<void> {
    const keyword = keywordOf(line.keyword);
    if (keyword === undefined) {
      const tolerated = this.#collected.get('ignoreunknown')?.toLowerCase() ?? '';
      if (matchesPatternList(line.keyword, tolerated)) return;
      throw new Error(`${line.keyword} is no keyword of OpenSSH`);
    }
    if (keyword.name === 'host') place.active = !place.never && this.#isHost(line.args);
    else if (keyword.name === 'match') place.active = this.#matches(line.args) && !place.never;
    else if (keyword.name === 'include') await this.#include(line.args, place);
    else this.#collected.take(keyword, line, place);
  }

  #isHost(patterns: readonly string[]): boolean {
    const isNamed = (pattern: string): boolean => matchesPattern(this.#host, pattern);
    if (patterns.includes('')) throw new Error('Host has an empty pattern');
    if (patterns.some((each) => each.startsWith('!') && isNamed(each.slice(1)))) return false;
    return patterns.some((each) => !each.startsWith('!') && isNamed(each));
  }

  #matches(args: readonly string[]): boolean {
    const hostname = this.#collected.get('hostname');
    const answer = evaluateMatch(args, {
      host: this.#finalPass ? (hostname ?? '') : expandHostname(hostname, this.#host),
      originalHost: this.#request.originalHost,
      user: this.#collected.get('user') ?? this.#me.username,
      localUser: this.#me.username,
      tag: this.#collected.get('tag') ?? '',
      finalPass: this.#finalPass,
    });
    if (answer.wantsFinal) this.#wantsFinal = true;
    return answer.matches;
  }

  async #include(patterns: readonly string[], place: Place): Promise<void> {
    const { active, isUserFile, depth } = place;
    for (const pattern of patterns) {
      const systemFile = isUserFile ? undefined : this.#systemFile;
      const absolute = includedPattern(pattern, this.#me.homedir, systemFile);
      for (const file of await globFiles(absolute)) {
        const inner = { file, isUserFile, depth: depth + 1, never: !active || place.never, active };
        await this.#readFile(inner, true);
      }
    }
  }
}
