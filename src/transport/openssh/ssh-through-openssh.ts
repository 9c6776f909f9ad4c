// Connects by a master of OpenSSH's own client, for what occ's own SSH does not do.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectError } from '../../errors.ts';
import { attachMaster } from '../mux/mux-client.ts';
import { longestMasterPath } from '../mux/mux-socket.ts';
import { hasJumpHost, openOnce, type JumpMaster } from './openssh-jump.ts';
import { startMaster } from './openssh-master.ts';
import { opensshVersion } from './openssh-version.ts';
import { SshConnection, type Carrier } from '../ssh/ssh-connection.ts';
import { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import { describePlace, type SshPlace } from '../ssh/ssh-place.ts';
import type { SshOptions } from '../ssh/ssh-target.ts';
import { noteLogin } from '../warm/ssh-attended.ts';
import { makeScratch } from '../warm/ssh-scratch.ts';
import { makePrivateDirectory } from '../warm/ssh-warm-directory.ts';
import { freePath, socketPath, type KnownHop } from '../warm/ssh-warm-identity.ts';
import { endMaster, answeringMaster } from '../warm/ssh-warm-live.ts';
import { startOf } from '../warm/ssh-warm-start.ts';

/** Milliseconds that a master that was just started has to answer. */
const masterMs = 5000;

/** Seconds that a master of this run alone outlives its last client, should nobody end it. */
const shortPersistSeconds = 10;

/** As long as the longest path within it that {@link makeScratch} gives. */
const longestName = 'occ-master-4194304-XXXXXX/master';

/** What is needed. */
export interface ThroughContext {
  readonly hop: KnownHop;
  readonly place: SshPlace;
  readonly options: SshOptions;
  readonly deadline: ConnectDeadline;
  /** Seconds that each server on the way has. */
  readonly seconds: number;
  /** Called when a person answered a question for a secret. */
  readonly onAnswer?: (() => void) | undefined;
}

/** Ends what belongs to this connection alone. */
type Closer = () => Promise<void>;

/**
 * Starts a master and connects through it. It stays for the next command where connections are kept; else it is this
 * connection's own, and ends with it. Jump hosts are gone through in the same way.
 * @param why - for the error when there is no OpenSSH client
 * @throws ConnectError, CancelledError
 */
export async function throughOpenSsh(context: ThroughContext, why: string): Promise<Carrier> {
  const { place, deadline, options } = context;
  if ((await opensshVersion(options.env)) === undefined) throw noClient(place, why);
  const closers: Closer[] = [];
  const close: Closer = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    // A jump host's carries the masters behind it, and must have no other kind of client (mux-clients.ts).
    const mayStay = context.hop.jump === undefined;
    const { controlPath } = await openMaster(context, closers, mayStay);
    const { signal } = deadline;
    const { client, socket } = await attachMaster(controlPath, {
      signal,
      timeoutMs: masterMs,
      owned: true,
    });
    return new SshConnection(client, socket, place, { close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts a master after those of its jump hosts. */
async function openMaster(
  context: ThroughContext,
  closers: Closer[],
  mayStay: boolean,
): Promise<JumpMaster> {
  const { hop, place, options, deadline, onAnswer } = context;
  const { target, config } = hop;
  deadline.pause();
  const via = await openJump(context, closers);
  deadline.resume();
  const kept = mayStay ? await freePath(hop, options) : undefined;
  const controlPath = kept ?? (await privatePath(closers, options));
  let asked = false;
  await startMaster({
    ...{ target, config, place, controlPath, via, deadline },
    persistSeconds: kept === undefined ? shortPersistSeconds : (target.warmSeconds ?? 0),
    detach: kept !== undefined,
    prompter: options.prompter,
    onAnswer: () => {
      asked = true;
      onAnswer?.();
    },
    env: options.env,
    stateDir: options.stateDir,
    fastKex: true,
  });
  if (kept !== undefined) await noteLogin(options.stateDir, hop.socket, asked);
  return { controlPath, isKept: kept !== undefined };
}

async function openJump(
  context: ThroughContext,
  closers: Closer[],
): Promise<{ controlPath: string; jump: string } | undefined> {
  const { via } = context.hop;
  if (via?.jump === undefined) return undefined;
  const { jump } = via;
  const path = socketPath(via, context.options);
  const open = () => openJumpMaster({ ...context, hop: { ...via, jump } }, path, closers);
  const { controlPath } = path === undefined ? await open() : await openOnce(path, open);
  return { controlPath, jump };
}

async function openJumpMaster(
  { hop, options, seconds, onAnswer }: ThroughContext & { readonly hop: { readonly jump: string } },
  path: string | undefined,
  closers: Closer[],
): Promise<JumpMaster> {
  const { jump, config, target } = hop;
  const { hostname, port } = config;
  const place: SshPlace = { host: target.host, jump, hostname, port };
  const text = () => ({ host: target.host, place: describePlace(place) });
  using deadline = new ConnectDeadline(seconds, text, options.signal);
  if (path !== undefined) await deadline.race(startOf(path));
  const wantsNew = options.fresh === true && options.replaces !== true;
  const live = wantsNew ? undefined : await answeringMaster(hop, options, deadline.signal);
  if (live !== undefined && (await deadline.race(hasJumpHost(live, options.env)))) {
    return { controlPath: live.controlPath, isKept: true };
  }
  return await openMaster({ hop, place, options, deadline, seconds, onAnswer }, closers, true);
}

/**
 * In a directory of its own, where sockets of kept connections are. Where there is no such place, directly under `/tmp`:
 * the temporary directory of macOS is too long for sockets.
 */
async function privatePath(closers: Closer[], { runtimeDir }: SshOptions): Promise<string> {
  const isThere = runtimeDir !== undefined && (await makePrivateDirectory(runtimeDir));
  const fits = isThere && Buffer.byteLength(join(runtimeDir, longestName)) <= longestMasterPath;
  const directory = await makeScratch('master', fits ? runtimeDir : '/tmp');
  const controlPath = join(directory, 'master');
  closers.push(async () => {
    await endMaster(controlPath);
    await rm(directory, { recursive: true, force: true });
  });
  return controlPath;
}

function noClient(place: SshPlace, why: string): ConnectError {
  const message = `${describePlace(place)} needs OpenSSH’s own client (${why}), which is not installed here`;
  const hint =
    'Install it: apt-get install openssh-client (Debian, Ubuntu), dnf install openssh-clients (Fedora).';
  return new ConnectError('config', message, { host: place.host, hint });
}
