// What KexAlgorithms, Ciphers and MACs of the configuration leave of the algorithms that occ offers. Pure.
import { ownAlgorithms } from './ssh-algorithms.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';

/** The keywords that allow algorithms; a list without any entry does not restrict. */
export type AlgorithmLists = Pick<SshConfig, 'kexAlgorithms' | 'ciphers' | 'macs'>;

type Offer = Pick<typeof ownAlgorithms, 'kex' | 'cipher' | 'hmac'>;

/** These protect integrity themselves: no MAC is negotiated for them (RFC 5647, PROTOCOL.chacha20poly1305). */
const isAead = (cipher: string): boolean => /-gcm@|-poly1305@/.test(cipher);

/**
 * The algorithms to offer a server: those of occ that the configuration allows, in occ's order, so that a restriction is
 * kept and speed is not lost to a default order. An empty list means that nothing is left ({@link forbiddenBy}).
 */
export function allowedAlgorithms({ kexAlgorithms, ciphers, macs }: AlgorithmLists): Offer {
  const { kex, cipher, hmac } = ownAlgorithms;
  const allowedMacs = allowed(hmac, macs);
  const allowedCiphers = allowed(cipher, ciphers);
  const withoutMac = allowedMacs.length === 0;
  return {
    kex: allowed(kex, kexAlgorithms),
    cipher: withoutMac ? allowedCiphers.filter(isAead) : allowedCiphers,
    // ssh2 wants a list; it goes unused with ciphers that need none.
    hmac: withoutMac ? [...hmac] : allowedMacs,
  };
}

/** The keyword that leaves nothing that occ's own SSH can do, for example when post-quantum exchange is demanded. */
export function forbiddenBy(
  lists: AlgorithmLists,
): 'KexAlgorithms' | 'Ciphers' | 'MACs' | undefined {
  const { kex, cipher } = allowedAlgorithms(lists);
  if (kex.length === 0) return 'KexAlgorithms';
  if (cipher.length > 0) return undefined;
  return allowed(ownAlgorithms.cipher, lists.ciphers).length === 0 ? 'Ciphers' : 'MACs';
}

function allowed<Name extends string>(own: readonly Name[], list: readonly string[]): Name[] {
  return own.filter((name) => list.length === 0 || list.includes(name));
}
