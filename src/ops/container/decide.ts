// What start has to do, from what there is and what is wanted. Pure.
import type { ContainerInfo, ContainerSpec } from '../../hosts/engine.ts';
import { labels } from '../labels.ts';

/** What start does with the container. `wait`: it runs and may become healthy. */
export type Decision =
  | { readonly kind: 'create' }
  | { readonly kind: 'replace'; readonly because: string }
  | { readonly kind: 'start' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'nothing' };

/** What the container is compared with. */
export interface Wanted {
  readonly spec: ContainerSpec;
  /** Undefined when the image has yet to be made. */
  readonly imageId: string | undefined;
  /** Re-create the container in any case. */
  readonly recreate: boolean;
}

/** Compares and decides. */
export function decide(current: ContainerInfo | undefined, wanted: Wanted): Decision {
  if (!current) return { kind: 'create' };
  const because = reasonToReplace(current, wanted);
  if (because !== undefined) return { kind: 'replace', because };
  if (current.state !== 'running') return { kind: 'start' };
  return current.health === 'starting' || current.health === 'unhealthy'
    ? { kind: 'wait' }
    : { kind: 'nothing' };
}

function reasonToReplace(
  current: ContainerInfo,
  { spec, imageId, recreate }: Wanted,
): string | undefined {
  if (recreate) return 'as asked';
  if (imageId !== current.imageId) return 'its image is another';
  const hash = labels.specHash;
  if (current.labels[hash] !== spec.labels[hash]) return 'its settings changed';
  // A paused, restarting or dead container cannot simply be started, and holds nothing that its volumes do not.
  const startable = ['running', 'created', 'exited'].includes(current.state);
  return startable ? undefined : `it is ${current.state}`;
}
