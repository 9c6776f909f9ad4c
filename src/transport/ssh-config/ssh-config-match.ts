// Decides whether a Match line holds, for occ's own reader of the OpenSSH client configuration (ssh_config(5)). Pure.
import { matchesPatternList } from './ssh-config-pattern.ts';

/** A line that only the OpenSSH client itself can follow. */
export class NeedsOpenSsh extends Error {}

/** What a Match line can ask about, as far as the configuration has been read. */
export interface MatchSubject {
  /** After HostName, as far as it is known. */
  readonly host: string;
  readonly originalHost: string;
  readonly user: string;
  readonly localUser: string;
  readonly tag: string;
  readonly finalPass: boolean;
}

/** The answer. */
export interface MatchAnswer {
  readonly matches: boolean;
  /** Whether the line asks for a second pass. */
  readonly wantsFinal: boolean;
}

interface Criterion {
  readonly name: string;
  readonly negated: boolean;
  readonly value: string | undefined;
}

const valued = ['host', 'originalhost', 'user', 'localuser', 'tagged', 'exec', 'localnetwork'];
/** Newer criteria, which depend on what ssh is asked to do. */
const unsupported = ['version', 'command', 'sessiontype'];

/**
 * Evaluates the criteria from left to right: all must hold.
 * @throws Error when a criterion is malformed; NeedsOpenSsh when it needs ssh itself and everything before it holds
 */
export function evaluateMatch(args: readonly string[], subject: MatchSubject): MatchAnswer {
  const criteria = readCriteria(args);
  const all = criteria.findIndex(({ name }) => name === 'all');
  if (all !== -1 && (all > 1 || criteria.length > all + 1)) {
    throw new Error('“all” cannot be combined with other criteria');
  }
  let matches = true;
  for (const criterion of criteria) {
    // What a shell or the network would have to say is asked only when it counts.
    if (!matches && needsSsh(criterion.name)) continue;
    if (holds(criterion, subject) === criterion.negated) matches = false;
  }
  return { matches, wantsFinal: criteria.some(({ name }) => name === 'final') };
}

function readCriteria(args: readonly string[]): Criterion[] {
  const criteria: Criterion[] = [];
  const words = args.flatMap((word) => splitAssignment(word));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const negated = word.startsWith('!');
    const name = (negated ? word.slice(1) : word).toLowerCase();
    const isValued = valued.includes(name) || unsupported.includes(name);
    if (!isValued && !['all', 'final', 'canonical'].includes(name)) {
      throw new Error(`Match knows no “${word}”`);
    }
    const value = isValued ? words[++at] : undefined;
    if (isValued && value === undefined) throw new Error(`Match ${name} needs a value`);
    criteria.push({ name, negated, value });
  }
  if (criteria.length === 0) throw new Error('Match needs a criterion');
  return criteria;
}

/** `host=name`: one of two spellings. */
function splitAssignment(word: string): string[] {
  const [, name, value] = /^(!?[a-z]+)=(.*)$/is.exec(word) ?? [];
  const isName = valued.includes(name?.replace('!', '').toLowerCase() ?? '');
  return name !== undefined && value !== undefined && isName ? [name, value] : [word];
}

function needsSsh(name: string): boolean {
  return name === 'exec' || name === 'localnetwork' || unsupported.includes(name);
}

function holds({ name, value = '' }: Criterion, subject: MatchSubject): boolean {
  switch (name) {
    case 'all':
      return true;
    case 'final':
    case 'canonical':
      return subject.finalPass;
    case 'host':
      return matchesPatternList(subject.host.toLowerCase(), value.toLowerCase());
    case 'originalhost':
      return matchesPatternList(subject.originalHost.toLowerCase(), value.toLowerCase());
    case 'user':
      return matchesPatternList(subject.user, value);
    case 'localuser':
      return matchesPatternList(subject.localUser, value);
    case 'tagged':
      return matchesPatternList(subject.tag, value);
    default:
      throw new NeedsOpenSsh(`Match ${name} needs the OpenSSH client`);
  }
}
