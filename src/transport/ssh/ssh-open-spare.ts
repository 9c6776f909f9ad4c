// Opens another connection to a host that one is connected to: without a question, and to the same machine only.
import { ConnectError } from '../../errors.ts';
import type { Prompter } from '../../prompter.ts';
import { connectTarget } from './ssh-connect.ts';
import type { Carrier } from './ssh-connection.ts';
import type { ConnectProgress } from './ssh-progress.ts';
import type { SshOptions, SshTarget } from './ssh-target.ts';

/** Remembers which host key the target showed. */
export class KeyMemory {
  /** Type and fingerprint; undefined where the connection was made by somebody else, such as ssh's own master. */
  key: string | undefined;
  readonly #further: ((progress: ConnectProgress) => void) | undefined;

  /** @param further - is told as well */
  constructor(further?: (progress: ConnectProgress) => void) {
    this.#further = further;
  }

  readonly observe = (progress: ConnectProgress): void => {
    const { stage, place, detail } = progress;
    if (stage === 'host-key' && place.jump === undefined) this.key = detail;
    this.#further?.(progress);
  };
}

/** Whoever was asked has answered; nobody is asked the same again in the middle of the work. */
const nobody: Prompter = {
  secret: () => Promise.resolve(undefined),
  line: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(undefined),
  stdinLine: () => Promise.reject(new Error('Nobody is asked')),
};

/**
 * Past every connection that is kept: those are the ones without room.
 * @param first - what the first connection saw; behind one name there may be several machines
 * @throws ConnectError, CancelledError
 */
export async function openSpare(
  target: SshTarget,
  options: SshOptions,
  first: KeyMemory,
): Promise<Carrier> {
  const memory = new KeyMemory();
  const alone = { ...options, prompter: nobody, fresh: true, observe: memory.observe };
  const carrier = await connectTarget({ ...target, warmSeconds: 0 }, alone);
  if (first.key === undefined || memory.key === first.key) return carrier;
  await carrier.close();
  const message = `${target.host} showed another host key on a second connection, so it is another machine`;
  throw new ConnectError('unreachable', message, { host: target.host });
}
