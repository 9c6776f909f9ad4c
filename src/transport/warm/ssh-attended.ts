// Which logins needed a person the last time. A hint only: it saves the attempt that finds that out anew.
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { socketNamePattern } from './ssh-warm-name.ts';

/** Milliseconds that it is remembered for after the last such login. */
const validMs = 30 * 86_400_000;

/** Whether somebody was asked at the last login. @param login - as {@link socketName} names it */
export async function wasAttended(stateDir: string, login: string): Promise<boolean> {
  const found = await stat(join(directoryOf(stateDir), login)).catch(() => undefined);
  return found !== undefined && isValid(found.mtimeMs);
}

/** Remembers whether somebody was asked. What cannot be remembered is found out again. */
export async function noteLogin(stateDir: string, login: string, asked: boolean): Promise<void> {
  const directory = directoryOf(stateDir);
  const file = join(directory, login);
  if (!asked) return rm(file, { force: true }).catch(() => undefined);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(file, '', { mode: 0o600 });
    await forgetOld(directory);
  } catch {
    return;
  }
}

async function forgetOld(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => socketNamePattern.test(name));
  await Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(join(directory, name));
      if (!isValid(mtimeMs)) await rm(join(directory, name), { force: true });
    }),
  );
}

/** A clock that was put back must not make it last for ever. */
function isValid(mtimeMs: number): boolean {
  return Math.abs(Date.now() - mtimeMs) < validMs;
}

function directoryOf(stateDir: string): string {
  return join(stateDir, 'attended');
}
