// Connects to a target: its configuration, its jump hosts one after the other, then the target itself.
import type { Duplex } from 'node:stream';
import { ConnectError, type ConnectReason } from '../../errors.ts';
import { ownKnownHostsFile, readKnownHosts } from '../host-keys/known-hosts-store.ts';
import { ChannelSocket } from './ssh-channel-socket.ts';
import { resolveSshConfig, type SshConfig } from '../ssh-config/ssh-config.ts';
import { isRefusal, SshConnection, type Carrier, type ChannelRefusal } from './ssh-connection.ts';
import { ConnectDeadline } from './ssh-deadline.ts';
import { unreachable } from './ssh-errors.ts';
import { dropIn } from './ssh-handshake-error.ts';
import { shakeHands, type HandshakeContext, type KeyVerifier } from './ssh-handshake.ts';
import { hopBefore, type Hop } from './ssh-hops.ts';
import { parsePins } from '../host-keys/ssh-pins.ts';
import { describeAddress, describePlace, type SshPlace } from './ssh-place.ts';
import { backOff } from './ssh-pool.ts';
import { usualPatience, type Patience } from './ssh-pulse.ts';
import { openSocket } from './ssh-socket.ts';
import { connectByRoute, type DirectOptions } from './ssh-route.ts';
import { StageClock } from './ssh-stages.ts';
import { sendKeepalive } from './ssh2-keepalive.ts';
import { parseAddress, type SshOptions, type SshTarget } from './ssh-target.ts';

/** Seconds, where neither the inventory nor the configuration says. */
const defaultConnectTimeout = 10;

/** Times that a server is tried which drops connections: about five seconds. */
const maxAttempts = 8;

/** One server on the way, before its connection is opened. */
interface Stop extends Hop {
  readonly options: SshOptions;
}

/** Looks at the target's host key in its own way; jump hosts are always verified. */
export type MakeVerifier = (
  context: HandshakeContext,
  socket: Duplex,
) => KeyVerifier | Promise<KeyVerifier>;

/**
 * Connects and logs in, over as many jump hosts as the configuration says. Each server on the way has its own deadline,
 * its own `ssh -G` and its own host key check.
 * @throws ConnectError, CancelledError
 */
export function connectTarget(
  target: SshTarget,
  options: SshOptions,
  makeVerifier?: MakeVerifier,
): Promise<Carrier> {
  return connectStop({ target, options, jump: undefined, depth: 0 }, makeVerifier);
}

async function connectStop(stop: Stop, makeVerifier?: MakeVerifier): Promise<Carrier> {
  const { target, options, jump } = stop;
  const address = parseAddress(target.address, target.host);
  let place: SshPlace = {
    host: target.host,
    jump,
    hostname: address.host,
    port: address.port ?? 22,
  };
  const stages = new StageClock(options.observe);
  const text = () => ({
    host: target.host,
    place: describePlace(place),
    missing: stages.waitingFor,
  });
  const { connectTimeoutSeconds } = target;
  const seconds = connectTimeoutSeconds ?? defaultConnectTimeout;
  using deadline = new ConnectDeadline(seconds, text, options.signal);
  const config = await resolveSshConfig(target, { ...options, signal: deadline.signal });
  if (connectTimeoutSeconds === undefined) deadline.allow(config.connectTimeout ?? seconds);
  place = { ...place, hostname: config.hostname, port: config.port };
  stages.passed('config', place, `${config.user}@${describeAddress(place)}`);
  const leg = { place, config, deadline, stages };
  const direct = (how: DirectOptions = {}): Promise<Carrier> => {
    const onWay = { ...options, handsOver: how.handsOver !== undefined };
    return connectDirectly({ ...stop, options: onWay }, { ...leg, ...how }, makeVerifier);
  };
  // What looks at a key wants to see it from the server itself.
  if (makeVerifier !== undefined) return await direct();
  const anew = () => connectStop({ ...stop, options: { ...options, fresh: true, replaces: true } });
  const limit = connectTimeoutSeconds ?? config.connectTimeout ?? seconds;
  const route = { ...leg, hop: { ...stop, config }, options, seconds: limit };
  return await connectByRoute(route, { direct, anew });
}

/** By ssh2, over the jump hosts. */
async function connectDirectly(
  stop: Stop,
  leg: Omit<Leg, 'via'>,
  makeVerifier?: MakeVerifier,
): Promise<Carrier> {
  leg.deadline.pause();
  const via = await connectJump(stop, leg.config);
  leg.deadline.resume();
  leg.stages.restart();
  try {
    return await connectPlace(stop, { ...leg, via }, makeVerifier);
  } catch (error) {
    await via?.close();
    throw error;
  }
}

async function connectJump(stop: Stop, config: SshConfig): Promise<Carrier | undefined> {
  const { options } = stop;
  const hop = hopBefore(stop, config, options);
  if (hop === undefined) return undefined;
  const open = async (signal: AbortSignal | undefined): Promise<Carrier> => {
    const connection = await connectStop({ ...hop, options: { ...options, signal } });
    stopDelaying(connection);
    return connection;
  };
  const { pool, signal, observe, handsOver } = options;
  if (pool === undefined) return open(signal);
  const { host, ...way } = hop.target;
  const { carrier, isNew } = await pool.share(JSON.stringify([way, handsOver]), open, {
    host,
    signal,
  });
  if (!isNew) new StageClock(observe).passed('warm', carrier.place, 'shared with another host');
  return carrier;
}

/** sshd turns its own delaying off for a connection that has run a command only: else each answer takes 44 ms. */
function stopDelaying(connection: Carrier): void {
  connection.exec('true').then(
    (channel) => {
      channel.resume();
      channel.stderr.resume();
    },
    // A jump host that runs no commands still forwards.
    () => undefined,
  );
}

interface Leg extends DirectOptions {
  readonly place: SshPlace;
  readonly config: SshConfig;
  readonly deadline: ConnectDeadline;
  readonly stages: StageClock;
  readonly via: Carrier | undefined;
}

/** A busy server drops connections before it says a word (MaxStartups): those are tried again while there is time. */
async function connectPlace(stop: Stop, leg: Leg, makeVerifier?: MakeVerifier): Promise<Carrier> {
  const { pool } = stop.options;
  const { place, via, deadline } = leg;
  const server = `${via === undefined ? '' : describeAddress(via.place)}>${describeAddress(place)}`;
  const once = (): Promise<Carrier> => connectOnce(stop, leg, makeVerifier);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await (pool === undefined ? once() : pool.login(server, deadline.signal, once));
    } catch (error) {
      const drop = dropIn(error, place);
      if (drop === undefined || attempt === maxAttempts) throw drop ?? error;
      pool?.dropped(server);
      await backOff(attempt, deadline.signal).catch(() => {
        throw stop.options.signal?.aborted === true ? deadline.signal.reason : drop;
      });
    }
  }
}

async function connectOnce(
  { target, options }: Stop,
  { place, config, deadline, stages, onLogin, handsOver, via }: Leg,
  makeVerifier?: MakeVerifier,
): Promise<Carrier> {
  const { stateDir, prompter, env } = options;
  const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
  const known = await readKnownHosts([...files, ownKnownHostsFile(stateDir)]);
  const pins = parsePins(target.pinnedHostKeys, target.host, options.inventoryFile);
  const socket =
    via === undefined
      ? await openSocket({ place, config, deadline, stages, env })
      : await forward(via, place, deadline);
  if (via !== undefined) stages.passed('tcp', place, `through ${describePlace(via.place)}`);
  const shared = { place, config, known, pins, prompter, deadline, stages, stateDir };
  const context = { ...shared, passwordLogin: target.passwordLogin, onLogin, handsOver };
  const client = await shakeHands(socket, context, await makeVerifier?.(context, socket));
  const alive = { ...patienceOf(config), ask: () => sendKeepalive(client) };
  return new SshConnection(client, socket, place, via, alive);
}

function patienceOf({ serverAliveInterval, serverAliveCountMax }: SshConfig): Patience {
  return serverAliveInterval > 0
    ? { seconds: serverAliveInterval, count: serverAliveCountMax }
    : usualPatience;
}

async function forward(
  via: Carrier,
  place: SshPlace,
  { signal }: ConnectDeadline,
): Promise<Duplex> {
  try {
    return new ChannelSocket(await via.forwardTcp(place.hostname, place.port, { signal }));
  } catch (error) {
    if (signal.aborted) throw signal.reason as Error;
    throw isRefusal(error) ? jumpRefused(via.place, place, error) : error;
  }
}

function jumpRefused(jump: SshPlace, place: SshPlace, cause: ChannelRefusal): ConnectError {
  if (cause.reason === 1) {
    const message = `${describePlace(jump)} does not forward to ${describePlace(place)}`;
    const hint = 'Set `AllowTcpForwarding yes` (and no PermitOpen) in its sshd_config.';
    return new ConnectError('unreachable', message, { host: place.host, hint, cause });
  }
  return unreachable(
    jumpReason(cause.message),
    `${describePlace(jump)} says: ${cause.message}`,
    place,
    cause,
  );
}

function jumpReason(said: string): ConnectReason {
  if (/refused/i.test(said)) return 'refused';
  if (/timed out/i.test(said)) return 'timeout';
  return /not known|resolve|temporary failure/i.test(said) ? 'dns' : 'unreachable';
}
