// The master of a jump host that other masters go through: one that lives, else a new one, made once for all that wait.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endMaster, signOfLifeMs, type LiveMaster } from '../warm/ssh-warm-live.ts';

/** Where a jump host's master listens. */
export interface JumpMaster {
  readonly controlPath: string;
  /** Whether it stays for others, or belongs to one connection. */
  readonly isKept: boolean;
}

/** Logins that are under way in this process, by the path of the socket: a person answers for all hosts behind. */
const underWay = new Map<string, Promise<JumpMaster>>();

/** Opens a master, or waits for the one that is being opened for another host. Only one that is kept is shared. */
export async function openOnce(path: string, open: () => Promise<JumpMaster>): Promise<JumpMaster> {
  const other = underWay.get(path);
  if (other !== undefined) {
    const master = await other;
    if (master.isKept) return master;
    return open();
  }
  const mine = open().finally(() => underWay.delete(path));
  underWay.set(path, mine);
  return mine;
}

/**
 * Whether a jump host answers behind its master; a master of ours whose host is gone is ended. It is asked for a way to a
 * port where nobody listens, which every server answers, and no other client of the master is hurt by (mux-clients.ts).
 */
export async function hasJumpHost(
  { controlPath, isOurs }: LiveMaster,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  // The user's own is his affair, and ssh would go through it as well.
  if (!isOurs || (await answers(controlPath, env))) return true;
  await endMaster(controlPath);
  return false;
}

async function answers(controlPath: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const path = ['-S', controlPath.replaceAll('%', '%%')];
  const only = ['-F', 'none', '-o', 'ControlMaster=no', '-o', 'ProxyCommand=false'];
  const child = spawn('ssh', [...path, ...only, '-W', '127.0.0.1:1', '--', 'jump'], {
    stdio: 'ignore',
    env,
  });
  const patience = AbortSignal.timeout(signOfLifeMs);
  try {
    await once(child, 'exit', { signal: patience });
    return true;
  } catch {
    child.kill('SIGKILL');
    return false;
  }
}
