// Whether a login that needs a person is left to OpenSSH's own client, so that its connection can be kept.
import type { HandsOver } from '../login/ssh-hand-over.ts';
import { isSince, opensshVersion } from '../openssh/openssh-version.ts';
import type { SshOptions } from '../ssh/ssh-target.ts';
import { wasAttended } from './ssh-attended.ts';
import { freePath, type KnownHop } from './ssh-warm-identity.ts';

/**
 * What a login asks before it asks a person; undefined where its connection could not be kept anyway, where nobody is there
 * to be asked, or where each step is to be seen.
 */
export async function handOverOf(
  hop: KnownHop,
  options: SshOptions,
): Promise<HandsOver | undefined> {
  const { fresh, replaces, handsOver, prompter, env } = options;
  if (prompter.isAttended === false || (fresh === true && replaces !== true)) return undefined;
  if (hop.jump !== undefined && handsOver !== true) return undefined;
  if ((await freePath(hop, options)) === undefined) return undefined;
  return async (need) => {
    const version = await opensshVersion(env);
    // Before 8.5 nothing tells a server's question from one of ssh about a key (openssh-arguments.ts).
    return need === 'passphrase' ? version !== undefined : isSince(version, 8, 5);
  };
}

/** Whether the last login at one of the servers on the way needed a person, so that it is not tried without. */
export async function attendedWay(hop: KnownHop, options: SshOptions): Promise<boolean> {
  if (hop.jump !== undefined) return false;
  for (let one: KnownHop | undefined = hop; one !== undefined; one = one.via) {
    if (await wasAttended(options.stateDir, one.socket)) return true;
  }
  return false;
}
