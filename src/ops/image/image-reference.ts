// How the image is called on a host.
import { version } from '../../version.ts';

/** Digits of the hash in a tag: enough to keep apart what one engine will ever hold. */
const hashDigits = 12;

/**
 * Name of the image that a version of occ makes: `opencode-cloud:0.1.0-3f6c2a9b01de`. The hash of what it is made from is
 * part of it, so that containers with different settings on one engine do not take the name from each other's image.
 * @param hash - of the build context, in hexadecimal
 */
export function imageReference(hash: string, occVersion: string = version): string {
  // `+` (SemVer build metadata) is not allowed in a tag.
  return `opencode-cloud:${occVersion.replaceAll('+', '-')}-${hash.slice(0, hashDigits)}`;
}
