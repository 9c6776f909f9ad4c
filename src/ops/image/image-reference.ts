// How the image is called on a host.
import { version } from '../../version.ts';

/** Repository of images that occ builds. */
export const imageRepository = 'opencode-cloud';

/** Tag of the image that belongs to a version of occ: `opencode-cloud:0.1.0`. */
export function imageReference(occVersion: string = version): string {
  // `+` (SemVer build metadata) is not allowed in a tag.
  return `${imageRepository}:${occVersion.replaceAll('+', '-')}`;
}
