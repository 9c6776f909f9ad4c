// The arguments of ssh for a master: the user's own configuration, without what it does besides connecting. Pure.
import { shellWord } from '../../shell-word.ts';
import { isSince, type OpenSshVersion } from './openssh-version.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import { sshArguments } from '../ssh-config/ssh-config.ts';
import type { SshTarget } from '../ssh/ssh-target.ts';

/** A jump host's master. */
export interface ViaMaster {
  readonly controlPath: string;
  /** As the configuration names the jump host. */
  readonly jump: string;
}

/** What the arguments are made from. */
export interface MasterArguments {
  readonly target: SshTarget;
  readonly config: Pick<SshConfig, 'kexAlgorithms' | 'serverAliveInterval'> &
    Partial<Pick<SshConfig, 'connectTimeout'>>;
  readonly controlPath: string;
  readonly persistSeconds: number;
  readonly via?: ViaMaster | undefined;
  /** Where what is said on the way through `via` is written. */
  readonly viaLog: string;
  readonly mayAsk: boolean;
  readonly fastKex: boolean;
  /** Which host keys are trusted, as `Name=value`. */
  readonly hostKeyOptions: readonly string[];
  readonly extraOptions: readonly string[];
  readonly version: OpenSshVersion | undefined;
}

/** Nothing that the user's configuration does for a session: forwardings, commands, terminals, questions about keys. */
const connectOnly = [
  'ClearAllForwardings=yes',
  'ExitOnForwardFailure=no',
  'ForwardAgent=no',
  'ForwardX11=no',
  'Tunnel=no',
  'PermitLocalCommand=no',
  'UpdateHostKeys=no',
  'VisualHostKey=no',
  // The lowest at which it says why it failed, whatever the configuration says.
  'LogLevel=INFO',
];

/** As for occ's own connections: a dead one shows within a minute. */
const keepalive = ['ServerAliveInterval=15', 'ServerAliveCountMax=4'];

const fastest = 'curve25519-sha256';

/** The first value that ssh obtains wins, so what occ says stands before what the configuration says. */
export function masterArguments(master: MasterArguments): string[] {
  const { target, config, controlPath, persistSeconds, via, version } = master;
  const options = [
    ...master.extraOptions,
    ...connectOnly,
    ...(isSince(version, 7, 6) ? ['RemoteCommand=none'] : []),
    `ControlPersist=${persistSeconds}`,
    `ConnectTimeout=${lastResortSeconds(master)}`,
    ...master.hostKeyOptions,
    ...questions(master),
    ...(config.serverAliveInterval > 0 ? [] : keepalive),
    ...(master.fastKex ? fastKex(config.kexAlgorithms) : []),
    ...(target.identityFile === undefined ? [] : ['IdentitiesOnly=yes']),
    ...(via === undefined ? [] : proxyOptions(via, master.viaLog)),
  ];
  const route = via === undefined ? target : { ...target, proxyJump: undefined };
  return [
    ...['-M', '-N', '-S', controlPath.replaceAll('%', '%%')],
    ...options.flatMap((option) => ['-o', option]),
    ...(target.identityFile === undefined ? [] : ['-i', target.identityFile]),
    ...sshArguments(route).filter((argument) => argument !== '-G'),
  ];
}

/** It is occ that gives up; but where occ is gone by then, ssh would wait for a silent server without an end. */
function lastResortSeconds({ target, config }: MasterArguments): number {
  return Math.max(60, 2 * (target.connectTimeoutSeconds ?? config.connectTimeout ?? 0));
}

function questions({ mayAsk, target, version }: MasterArguments): string[] {
  if (!mayAsk) return ['BatchMode=yes'];
  return [
    ...(target.passwordLogin === true ? [] : ['PasswordAuthentication=no']),
    // Before 8.5 nothing tells a server's question from one of ssh about a key.
    ...(isSince(version, 8, 5) ? [] : ['KbdInteractiveAuthentication=no']),
  ];
}

/** Moves one algorithm to the front; what the configuration does not allow stays out. */
function fastKex(configured: readonly string[]): string[] {
  if (!configured.includes(fastest)) return [];
  const rest = configured.filter((name) => name !== fastest);
  return [`KexAlgorithms=${[fastest, ...rest].join(',')}`];
}

/** Through the jump host's master or not at all: without it, ssh would log in there by itself, and trust in its own way. */
function proxyOptions({ controlPath, jump }: ViaMaster, log: string): string[] {
  // Expanded twice: as a ProxyCommand, and by the ssh that this runs.
  const path = shellWord(controlPath.replaceAll('%', '%%%%'));
  const only = "-F none -o ControlMaster=no -o ProxyCommand=false -W '[%h]:%p'";
  const name = shellWord(jump.replace(/^ssh:\/\//, '').replace(/[^\w.-]/g, '_'));
  const said = shellWord(log.replaceAll('%', '%%'));
  return [`ProxyCommand=ssh -S ${path} ${only} -- ${name} 2>${said}`, 'ProxyUseFdpass=no'];
}
