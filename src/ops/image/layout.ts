// What the image promises to those who run it. docker/ must agree; the image test checks that it does.

/** TCP port of the gateway in the container: the only listener that is not on loopback. */
export const gatewayPort = 8080;

/** Volume suffix → where it is mounted. The volume is named `<container_name>-<suffix>`. */
export const volumeTargets = {
  /** Sessions: opencode's SQLite database. */
  data: '/home/opencode/.local/share/opencode',
  state: '/home/opencode/.local/state/opencode',
  config: '/home/opencode/.config/opencode',
  projects: '/home/opencode/projects',
  /** Password records of the web users. */
  users: '/var/lib/opencode-cloud/users',
} as const;

/** Path → tmpfs options. Passwords' cache and opencode's own password live here, never on disk. */
export const tmpfsTargets = { '/run': 'mode=0755,size=64m' } as const;

/**
 * What process 1 needs as root: own the volumes, write the password records, end its services, become the users that
 * they run as. opencode itself runs without any.
 */
export const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'KILL',
  'SETGID',
  'SETUID',
] as const;

/** PEM files (`*.crt`) put here before the container starts are trusted by everything in it. */
export const extraCaDirectory = '/usr/local/share/ca-certificates/opencode-cloud';

/**
 * In-container command for web users, run as root: `occ-users list|add NAME|passwd NAME|remove NAME`.
 * Passwords come as one line on stdin. `list` prints `NAME<TAB>enabled|disabled` lines.
 */
export const usersCommand = 'occ-users';

/** What `list` of {@link usersCommand} prints, kept up to date by it. Images of an earlier occ have no such file. */
export const usersFile = `${volumeTargets.users}/names`;

/** Exit codes of {@link usersCommand}, after useradd(8) and sysexits(3). */
export const usersExitCodes = {
  /** The name is not valid, or belongs to the system. */
  badName: 3,
  notFound: 6,
  exists: 9,
  /** Empty, or PAM refused it. */
  badPassword: 65,
} as const;
