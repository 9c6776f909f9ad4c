// Chooses the way to a server: a connection that is open already, OpenSSH's own client where it is needed, else ssh2.
import { ConnectError } from '../../errors.ts';
import { ownKnownHostsFile, readKnownHosts } from '../host-keys/known-hosts-store.ts';
import type { KnownHostLine } from '../host-keys/known-hosts.ts';
import type { Login } from '../login/ssh-auth.ts';
import { needsPerson, type HandsOver } from '../login/ssh-hand-over.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { Carrier } from './ssh-connection.ts';
import { attendedWay, handOverOf } from '../warm/ssh-keeps-attended.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import type { Hop } from './ssh-hops.ts';
import { needsOpenSsh } from '../openssh/ssh-needs-openssh.ts';
import { describeAddress, type SshPlace } from './ssh-place.ts';
import { bothFailed, secondChance } from '../openssh/ssh-second-chance.ts';
import type { StageClock } from './ssh-stages.ts';
import type { SshOptions } from './ssh-target.ts';
import { knownHop, type KnownHop } from '../warm/ssh-warm-identity.ts';
import { liveMasters, useMaster, type LiveMaster } from '../warm/ssh-warm-live.ts';
import { keepWarm } from '../warm/ssh-warm-start.ts';

/** A server whose configuration is known. */
export interface RouteContext {
  readonly hop: Hop & { readonly config: SshConfig };
  readonly options: SshOptions;
  readonly place: SshPlace;
  readonly deadline: ConnectDeadline;
  readonly stages: StageClock;
  /** Seconds that each server on the way has. */
  readonly seconds: number;
}

/** How occ's own SSH is to log in. */
export interface DirectOptions {
  /** Gets the login before it begins. */
  readonly onLogin?: ((login: Login) => void) | undefined;
  /** Whether OpenSSH's own client is to ask instead, told by a PersonNeeded, also of a jump host. */
  readonly handsOver?: HandsOver | undefined;
}

/** The ways that this file does not know how to go. */
export interface Ways {
  /** Connects by occ's own SSH, over the jump hosts. */
  direct(how: DirectOptions): Promise<Carrier>;
  /** The same server from the beginning, past every connection that is open. */
  anew(): Promise<Carrier>;
}

/**
 * Goes the first of these ways that there is: the user's own master, the connection that occ keeps, a master made for
 * what only OpenSSH can do, occ's own SSH. When the last one is refused where OpenSSH could do more, it gets its chance;
 * also when a person has to be asked, because only what OpenSSH connects can be kept.
 * @throws ConnectError, CancelledError
 */
export async function connectByRoute(context: RouteContext, ways: Ways): Promise<Carrier> {
  const { options, deadline } = context;
  const hop = await knownHop(context.hop, options, deadline.signal);
  const live = options.fresh === true ? undefined : await useLive(hop, context, ways);
  if (live !== undefined) return live;
  const why = needsOpenSsh({
    config: hop.config,
    known: await knownHostsOf(hop.config, options),
    isPinned: (hop.target.pinnedHostKeys ?? []).length > 0,
  });
  if (why !== undefined) return viaOpenSsh(hop, context, why);
  const handsOver = await handOverOf(hop, options);
  if (handsOver !== undefined && (await attendedWay(hop, options))) {
    return connectAttended(hop, context, ways);
  }
  return connectDirectly(hop, context, ways, handsOver);
}

async function useLive(
  hop: KnownHop,
  context: RouteContext,
  ways: Ways,
): Promise<Carrier | undefined> {
  const { options, deadline, place, stages } = context;
  for (const master of await liveMasters(hop, options, deadline.signal)) {
    // What occ keeps for a jump host carries the masters behind it, and must have no other kind of client (mux-clients.ts).
    if (master.isOurs && hop.jump !== undefined) continue;
    const carrier = await useMaster(master, context, () => ways.anew());
    if (carrier === undefined) continue;
    stages.passed('warm', place, wordsFor(master));
    return carrier;
  }
  return undefined;
}

function wordsFor({ controlPath, isOurs }: LiveMaster): string {
  return isOurs ? 'kept since an earlier command' : `your own ssh master at ${controlPath}`;
}

async function connectDirectly(
  hop: KnownHop,
  context: RouteContext,
  ways: Ways,
  handsOver?: HandsOver,
): Promise<Carrier> {
  const { place, options } = context;
  let login: Login | undefined;
  try {
    const carrier = await ways.direct({ onLogin: (made) => (login = made), handsOver });
    if (login !== undefined) keepWarm(hop, place, login, options);
    return carrier;
  } catch (error) {
    if (needsPerson(error)) {
      if (hop.jump !== undefined) throw error;
      return await connectAttended(hop, context, ways);
    }
    const why = await secondChance(error, login?.needsOpenSsh ?? [], options.env);
    if (why === undefined || !(error instanceof ConnectError)) throw error;
    return await viaOpenSsh(hop, context, why).catch((second: unknown) => {
      throw bothFailed(error, second, why);
    });
  }
}

/** By ssh, which asks the person through occ. Where it cannot, occ's own SSH asks, and nothing is kept. */
async function connectAttended(hop: KnownHop, context: RouteContext, ways: Ways): Promise<Carrier> {
  const person = { answered: false };
  try {
    const why = 'a login that needs you can be kept then';
    return await viaOpenSsh(hop, context, why, () => (person.answered = true));
  } catch (error) {
    const mayDiffer = error instanceof ConnectError && ['auth', 'config'].includes(error.reason);
    if (person.answered || !mayDiffer) throw error;
    return await connectDirectly(hop, context, ways);
  }
}

async function viaOpenSsh(
  hop: KnownHop,
  context: RouteContext,
  why: string,
  onAnswer?: () => void,
): Promise<Carrier> {
  const { place, stages, options } = context;
  const { throughOpenSsh } = await import('../openssh/ssh-through-openssh.ts');
  stages.handOver();
  const carrier = await throughOpenSsh({ ...context, hop, onAnswer }, why);
  stages.passed(
    'login',
    place,
    `${hop.config.user}@${describeAddress(place)} by ssh itself: ${why}`,
  );
  // For the masters of hosts behind it; what had to be asked keeps it from coming up, and is not asked again.
  if (hop.jump !== undefined) keepWarm(hop, place, { asked: false, attended: false }, options);
  return carrier;
}

async function knownHostsOf(
  { userKnownHostsFiles, globalKnownHostsFiles }: SshConfig,
  { stateDir }: SshOptions,
): Promise<KnownHostLine[]> {
  const files = [...userKnownHostsFiles, ...globalKnownHostsFiles, ownKnownHostsFile(stateDir)];
  return readKnownHosts(files);
}
