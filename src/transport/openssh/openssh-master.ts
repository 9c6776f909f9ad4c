// Starts the user's own ssh as a master in the background: for what ssh2 cannot do, and for connections that stay.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Prompter } from '../../prompter.ts';
import { ownKnownHostsFile } from '../host-keys/known-hosts-store.ts';
import { askMaster } from '../mux/mux-client.ts';
import { masterArguments, type ViaMaster } from './openssh-arguments.ts';
import { serveAskpass } from './openssh-askpass.ts';
import { checkControlPath, isRunning } from './openssh-control-path.ts';
import { masterError } from './openssh-errors.ts';
import type { FailedMaster } from './openssh-failed-master.ts';
import { hostKeyOptions } from './openssh-host-keys.ts';
import { Questions } from './openssh-questions.ts';
import { runMaster, type MasterRun } from './openssh-run.ts';
import { isSince, opensshVersion, type OpenSshVersion } from './openssh-version.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import { dropIn } from '../ssh/ssh-handshake-error.ts';
import { backOff } from '../ssh/ssh-pool.ts';
import { parsePins } from '../host-keys/ssh-pins.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';
import type { SshTarget } from '../ssh/ssh-target.ts';

/** What a master is started with. */
export interface MasterSpec {
  readonly target: SshTarget;
  /** The target's effective configuration; ssh reads the same files itself. */
  readonly config: SshConfig;
  readonly place: SshPlace;
  /**
   * At most `longestMasterPath` bytes (mux-socket.ts), in a directory that belongs to the user and is closed to all others. Beside it
   * may come to lie `.refused` (mux-forwards.ts), `.keys`, `.via`, and the helper that ssh asks through.
   */
  readonly controlPath: string;
  /** Seconds after its last client that the master ends by itself. */
  readonly persistSeconds: number;
  /** False: it ends a few seconds after its last client, whatever `persistSeconds` says. */
  readonly detach: boolean;
  /** The jump host's master to go through; ProxyJump and ProxyCommand of the configuration do not count then. */
  readonly via?: ViaMaster | undefined;
  /** Undefined: ssh asks nothing (BatchMode), and the start does not keep this process alive. */
  readonly prompter: Prompter | undefined;
  /** Told what the person has to do meanwhile, for example to touch a security key. */
  readonly notice?: ((text: string) => void) | undefined;
  /** Called when a person answered a question for a secret. */
  readonly onAnswer?: (() => void) | undefined;
  readonly deadline: ConnectDeadline;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Holds occ's own known_hosts: keys that are accepted now are stored there. */
  readonly stateDir: string;
  /** Prefers curve25519 to post-quantum key exchange, where the configuration allows it: 18 ms instead of 98. */
  readonly fastKex: boolean;
  /** More options, each `Name=value`; they win over all others. */
  readonly extraOptions?: readonly string[] | undefined;
}

/** Seconds that a master stays which is for one run only: enough to attach to it, and it never stays for good. */
const shortStaySeconds = 5;

/** Times that a server is tried which drops connections, as for occ's own. */
const maxAttempts = 8;

/**
 * Starts a master; when one is there already, that is enough. It is logged in and listens when this resolves, and ends by
 * itself.
 * @throws ConnectError with the same reasons and hints as occ's own connections; the deadline's reason. Nothing is left
 * running then.
 */
export async function startMaster(spec: MasterSpec): Promise<void> {
  await checkControlPath(spec);
  if (await isRunning(spec)) return;
  // ssh makes no directories for known_hosts.
  await mkdir(spec.stateDir, { recursive: true, mode: 0o700 });
  const { prompter } = spec;
  if (prompter === undefined) {
    await start(spec, {}, undefined);
    return;
  }
  const { place, deadline, notice, onAnswer } = spec;
  const { user } = spec.config;
  const questions = new Questions({ place, user, prompter, deadline, notice, onAnswer });
  await using askpass = await serveAskpass(questions.answer, dirname(spec.controlPath));
  await startThoughBusy(spec, askpass.env, questions);
}

/** A busy server drops connections before it says a word (MaxStartups): it is tried again while there is time. */
async function startThoughBusy(
  spec: MasterSpec,
  askEnv: Readonly<Record<string, string>>,
  questions: Questions,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await start(spec, askEnv, questions);
      return;
    } catch (error) {
      const isBusy = dropIn(error, spec.place) !== undefined;
      if (!isBusy || attempt === maxAttempts) throw error;
      await backOff(attempt, spec.deadline.signal).catch(() => {
        throw error;
      });
    }
  }
}

async function start(
  spec: MasterSpec,
  askEnv: Readonly<Record<string, string>>,
  questions: Questions | undefined,
): Promise<void> {
  const version = await opensshVersion(spec.env);
  const { deadline } = spec;
  const argv = await argumentsOf(spec, version);
  const env = { ...spec.env, ...askEnv, ...displayFor(spec, version) };
  const undo = () => askMaster(spec.controlPath, 'exit');
  const waited = questions !== undefined;
  const heard = questions?.heard;
  const run = await runMaster({ argv, env, deadline, waited, undo, heard });
  if (run.kind === 'started') return;
  if (run.kind === 'taken' && (await isRunning(spec))) return;
  throw await masterError(...(await failureOf(spec, run, questions)));
}

async function argumentsOf(
  spec: MasterSpec,
  version: OpenSshVersion | undefined,
): Promise<string[]> {
  const { target, config, stateDir, controlPath, via } = spec;
  const pinFile = `${controlPath}.keys`;
  return masterArguments({
    ...{ target, config, controlPath, via, version },
    persistSeconds: spec.detach ? Math.max(1, spec.persistSeconds) : shortStaySeconds,
    viaLog: viaLogOf(spec),
    mayAsk: spec.prompter !== undefined,
    fastKex: spec.fastKex,
    hostKeyOptions: await hostKeyOptions({ target, config, stateDir, pinFile, version }),
    extraOptions: spec.extraOptions ?? [],
  });
}

/** Before 8.4, ssh asks through a helper only where there is a display to ask at. */
function displayFor(
  { env, prompter }: MasterSpec,
  version: OpenSshVersion | undefined,
): Record<string, string> {
  const asksAnyway = prompter === undefined || isSince(version, 8, 4);
  return asksAnyway || (env['DISPLAY'] ?? '') !== '' ? {} : { DISPLAY: ':0' };
}

async function failureOf(
  spec: MasterSpec,
  run: MasterRun,
  questions: Questions | undefined,
): Promise<[stderr: string, failed: FailedMaster]> {
  const { config, target, place, stateDir, via } = spec;
  const { userKnownHostsFiles, globalKnownHostsFiles } = config;
  const ownKnownHosts = ownKnownHostsFile(stateDir);
  const failed = run.kind === 'failed' ? run : { code: undefined, stderr: '' };
  const viaSaid = via === undefined ? '' : await readFile(viaLogOf(spec), 'utf8').catch(() => '');
  const context: FailedMaster = {
    ...{ place, questions, code: failed.code },
    user: config.user,
    keyName: config.keyName.name,
    pins: parsePins(target.pinnedHostKeys, target.host),
    knownHostsFiles: [ownKnownHosts, ...userKnownHostsFiles, ...globalKnownHostsFiles],
    ownKnownHosts,
    gssapi: config.gssapiAuthentication,
    viaSaid: viaSaid.slice(-4096),
  };
  return [failed.stderr, context];
}

function viaLogOf({ controlPath }: MasterSpec): string {
  return `${controlPath}.via`;
}
