// A login that needs a person, left to OpenSSH's own client before anybody is asked: what that makes can be kept.
import { ConnectError } from '../../errors.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';

/** What the person is needed for: the passphrase of a key, or a question of the server. */
export type PersonFor = 'passphrase' | 'answer';

/** Whether OpenSSH's own client is to ask instead. */
export type HandsOver = (need: PersonFor) => Promise<boolean>;

/** Ends a login just before a person would be asked. Whoever allowed that goes on with OpenSSH's own client. */
export class PersonNeeded extends ConnectError {
  constructor(place: SshPlace) {
    super('auth', 'The login needs a person, and was left to ssh', { host: place.host });
  }
}

/** True for {@link PersonNeeded}, also where it was told to another host that shares the connection. */
export function needsPerson(error: unknown): boolean {
  if (error instanceof PersonNeeded) return true;
  return error instanceof ConnectError && error.cause instanceof PersonNeeded;
}

/**
 * Called before a person is asked.
 * @throws PersonNeeded where OpenSSH's own client is to ask
 */
export async function leavePerson(
  { handsOver, place }: { readonly handsOver?: HandsOver | undefined; readonly place: SshPlace },
  need: PersonFor,
): Promise<void> {
  if ((await handsOver?.(need)) === true) throw new PersonNeeded(place);
}
