// The checks of host.test that look at the machine: shell, sudo, clock, disk, systemd.
import { TimeoutError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import { shellWord } from '../../shell-word.ts';
import { noPasswordLine, rootError } from '../../transport/root-error.ts';
import { run } from '../../transport/run.ts';
import type { SudoState } from '../../transport/sudo.ts';
import { readLingering, readLoginShell, readSystemd } from './probes-machine.ts';
import { clockSkew, formatBytes, readClock, readDiskSpace } from './probes.ts';
import { hasPassed, type Examination, type Finding } from './test-step.ts';

/** An image and its build need about this much. */
const enoughSpace = 5 * 1024 ** 3;
/** Certificates and log times go wrong from about here. */
const tolerableSkewMs = 30_000;

/** The machine, and a login shell that runs commands without a word of its own. */
export async function examineShell({ host, signal }: Examination): Promise<Finding> {
  const { os, osName, arch, user } = await host.facts();
  const machine = `${osName ?? os}, ${arch}, user ${user}`;
  const look = await run(await host.transport(), readLoginShell(), { signal }).catch(unlessSlow);
  if (look === undefined) {
    const fix = `${on(host)} see what the start files of the login shell (.bashrc and the like) wait for: every command of occ waits for them`;
    return { detail: `${machine}; its login shell takes very long to start`, fix };
  }
  const { shell, chatter } = look;
  const detail = `${machine}, ${shell ?? 'login shell unknown'}`;
  if (chatter === '') return { detail };
  const guard =
    shell !== undefined && /\/(ba|da|k|z)?sh$/.test(shell)
      ? 'put this line before what prints, in .bashrc (bash) or .zshenv (zsh): case $- in *i*) ;; *) return ;; esac'
      : 'print in interactive shells only';
  return {
    detail: `${detail}; it prints at every command: “${chatter}”`,
    fix: `occ takes no harm from it, scp, rsync and git do. ${on(host)} ${guard}`,
  };
}

function unlessSlow(error: unknown): undefined {
  if (!(error instanceof TimeoutError)) throw error;
}

const sudoWords: Readonly<Record<SudoState, string>> = {
  root: 'the login is root',
  sudo: 'sudo without a password',
  doas: 'doas without a password',
  some: 'sudo without a password for some commands',
  password: 'sudo with a password',
  tty: 'sudo wants a terminal (requiretty)',
  refused: 'no sudo',
  none: 'no sudo',
};

/** How root is become. A warning only where Docker takes it. */
export async function examineSudo({ host, signal, found }: Examination): Promise<Finding> {
  const { state, user } = await (await host.asRoot()).probe({ signal });
  const words = sudoWords[state];
  const docker = found('docker');
  if (docker !== undefined && hasPassed(docker)) {
    const { asRoot } = (await host.engineWay()).way;
    if (!asRoot) return { detail: `${words}; Docker needs none` };
    if (state !== 'password') return { detail: words };
    const fix = `${on(host)} let ${user} use sudo without a password, with this line in "sudo visudo": ${noPasswordLine(user)}. Or do without it: sudo usermod -aG docker ${shellWord(user)}`;
    return { detail: `${words}, which is asked for to reach Docker`, fix };
  }
  if (docker?.code !== 'docker.permission' || isEnough(state)) return { detail: words };
  const reason = { none: 'none', tty: 'tty', refused: 'not-allowed' } as const;
  const { hint } = rootError(
    state === 'password' || state === 'some' ? 'no-password' : reason[state],
    host.name,
    { user },
  );
  return { detail: `${words}, and Docker would need it`, ...(hint !== undefined && { fix: hint }) };
}

function isEnough(state: SudoState): state is 'root' | 'sudo' | 'doas' {
  return state === 'root' || state === 'sudo' || state === 'doas';
}

/** The difference between both clocks. */
export async function examineClock({ host, signal }: Examination): Promise<Finding> {
  const transport = await host.transport();
  const before = Date.now();
  const skew = clockSkew(await run(transport, readClock(), { signal }), before, Date.now());
  if (Math.abs(skew) <= tolerableSkewMs) return { detail: 'agrees with this machine' };
  const seconds = Math.round(Math.abs(skew) / 1000);
  return {
    detail: `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} this machine`,
    fix: `Set the clock that is wrong. ${on(host)} with systemd: sudo timedatectl set-ntp true`,
  };
}

/** Space where Docker keeps its data. */
export async function examineDisk({ host, signal }: Examination): Promise<Finding> {
  const { rootDir } = await (await host.engine()).info();
  const { free, total } = await run(await host.transport(), readDiskSpace(rootDir), { signal });
  const detail = `${formatBytes(free)} of ${formatBytes(total)} free on ${rootDir}`;
  if (free >= enoughSpace) return { detail };
  const need = `An image and its build need about ${formatBytes(enoughSpace)}`;
  return { detail, fix: `${need}. ${on(host)} see what Docker holds: docker system df` };
}

/** Whether systemd runs the machine, and one of its own the user's services. */
export async function examineSystemd({ host, signal }: Examination): Promise<Finding> {
  const { init } = await host.facts();
  if (init !== 'systemd') {
    return {
      detail: `not there (process 1 is ${init}): Docker itself starts the container at boot`,
    };
  }
  const { version, system, user } = await run(await host.transport(), readSystemd(), { signal });
  const detail = `systemd${version === undefined ? '' : ` ${version}`} ${system ?? 'does not answer'}`;
  if (user !== undefined) return { detail: `${detail}, user services ${user}` };
  return {
    detail: `${detail}; no user services: this login has no manager of its own`,
    fix: `Needed only for starting at boot by systemd (occ install, to come). ${on(host)} sudo apt-get install libpam-systemd dbus-user-session, UsePAM yes in sshd_config, then log in again`,
  };
}

/** Whether services of the user go on after the logout: a rootless engine has to. */
export async function examineLingering({ host, signal, found }: Examination): Promise<Finding> {
  const { init, user, uid } = await host.facts();
  if (init !== 'systemd') return { detail: 'of no meaning without systemd' };
  if (await run(await host.transport(), readLingering(user), { signal })) {
    return { detail: `on: services of ${user} go on after the logout and start at boot` };
  }
  if (uid === 0) return { detail: 'off, and not needed: root has the services of the system' };
  const detail = `off: services of ${user} end with its last login`;
  const enable = `${on(host)} sudo loginctl enable-linger ${shellWord(user)}`;
  const docker = found('docker');
  const isRootless =
    docker !== undefined &&
    hasPassed(docker) &&
    (await host.engineWay()).place.startsWith('/run/user/');
  const why = isRootless
    ? 'The rootless engine ends with them.'
    : 'Needed only for starting at boot by systemd (occ install, to come); until then Docker itself starts the container.';
  return { detail, fix: `${why} ${enable}` };
}

/** `On web-1:`, the machine that a command is for. */
export function on(host: Host): string {
  return `On ${host.name}:`;
}
