// What the methods of a login share: what they get, what they tell, how they are run.
import type { Prompter } from '../../prompter.ts';
import type { Secret } from '../../secret.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';
import type { HandsOver } from './ssh-hand-over.ts';
import type { AuthReply, UserAuth } from './ssh2-userauth.ts';

/** What a login needs. */
export interface LoginContext {
  readonly place: SshPlace;
  readonly config: Pick<
    SshConfig,
    | 'user'
    | 'agentSocket'
    | 'identityFiles'
    | 'identitiesOnly'
    | 'certificateFiles'
    | 'pubkeyAuthentication'
    | 'pubkeyAcceptedAlgorithms'
    | 'requiredRsaSize'
    | 'preferredAuthentications'
    | 'kbdInteractiveAuthentication'
    | 'passwordAuthentication'
    | 'gssapiAuthentication'
    | 'hostbasedAuthentication'
    | 'numberOfPasswordPrompts'
    | 'batchMode'
  >;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
  /** Whether a password may be asked for. Default: false. */
  readonly passwordLogin?: boolean | undefined;
  /** Asked before a person is. Default: nothing is left to OpenSSH's own client. */
  readonly handsOver?: HandsOver | undefined;
}

/** The account of a login, to which its methods add. For people; not yet made safe for a terminal. */
export interface LoginAccount {
  /** What was offered to the server, in order. */
  readonly offered: string[];
  /** Keys that could not be offered or used, each with the reason. */
  readonly unusable: string[];
  /** Key files that a passphrase would have unlocked. */
  readonly lockedKeys: string[];
  /** Key files that were offered. */
  readonly keyFiles: string[];
  /** What certificates that were offered say against themselves: expired, for another user. */
  readonly certificateFaults: string[];
  /** Why OpenSSH's own client may get in where this login did not; empty when it would not either. */
  readonly needsOpenSsh: string[];
  /** A person answered something. */
  asked: boolean;
  /** The agent needed somebody for a signature: a key was touched, or the agent took as long as a confirmation does. */
  attended: boolean;
  /** The server asked something that there was nobody to answer. */
  unanswered: boolean;
  /** Aborted when the connection is gone: its questions are of no use any more. */
  readonly gone: AbortSignal;
  /** A question was asked and is not answered yet. */
  waiting: boolean;
  /** The server wants a new password first. */
  passwordExpired: boolean;
}

/** The server's answer to an attempt that did not log in. */
export type AuthFailure = Extract<AuthReply, { readonly kind: 'failure' }>;

/** One method of RFC 4252. */
export interface AuthMethod {
  /** As servers name it. */
  readonly name: string;
  /** Whether it always asks a person. */
  readonly asksPerson: boolean;
  /**
   * Makes one attempt. Resolves when it failed; undefined when there is nothing more to try. It stays pending where the
   * server lets us in.
   */
  attempt(auth: UserAuth): Promise<AuthFailure | undefined>;
  /** Another method succeeded and the server wants more: what was refused before may be taken now. */
  restart(): void;
}

/** Asks without echo, the clock standing still; undefined when there is nobody. */
export function askSecret(
  { prompter, deadline }: LoginContext,
  account: LoginAccount,
  question: string,
): Promise<Secret | undefined> {
  return deadline.whileAsking(() =>
    asked(account, prompter.secret(question, { signal: account.gone })),
  );
}

/** Asks with echo, the clock standing still; undefined when there is nobody. */
export function askLine(
  { prompter, deadline }: LoginContext,
  account: LoginAccount,
  question: string,
): Promise<string | undefined> {
  return deadline.whileAsking(() =>
    asked(account, prompter.line(question, { signal: account.gone })),
  );
}

async function asked<T>(account: LoginAccount, question: Promise<T>): Promise<T> {
  account.waiting = true;
  const answer = await question;
  account.waiting = false;
  if (answer === undefined) account.unanswered = true;
  else account.asked = true;
  return answer;
}
