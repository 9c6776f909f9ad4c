// Which OpenSSH client is installed here: its options differ.
import { spawn } from 'node:child_process';

/** For example 9.2. */
export interface OpenSshVersion {
  readonly major: number;
  readonly minor: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** By PATH, which says where ssh is found. A run is short: nobody installs another one meanwhile. */
const asked = new Map<string, Promise<OpenSshVersion | undefined>>();

/** Asks `ssh -V`, once per run. Undefined when there is no OpenSSH client. */
export function opensshVersion(env: Env): Promise<OpenSshVersion | undefined> {
  const path = env['PATH'] ?? '';
  const version = asked.get(path) ?? ask(env).then(parseVersion);
  asked.set(path, version);
  return version;
}

/** True for a version that is known and not older. */
export function isSince(
  version: OpenSshVersion | undefined,
  major: number,
  minor: number,
): boolean {
  if (version === undefined) return false;
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** Reads what `ssh -V` says, for example `OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.11` or `OpenSSH_for_Windows_8.1p1`. */
export function parseVersion(text: string): OpenSshVersion | undefined {
  const [, major, minor] = /^OpenSSH_(?:\w*_)?(\d+)\.(\d+)/m.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return { major: Number(major), minor: Number(minor) };
}

function ask(env: Env): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn('ssh', ['-V'], { stdio: ['ignore', 'ignore', 'pipe'], env });
    let text = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => (text += chunk));
    child.on('error', () => resolve(''));
    child.on('close', () => resolve(text));
  });
}
