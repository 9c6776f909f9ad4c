// Labels that mark what belongs to occ. What runs on a host is read from these, never from a local cache.

/** Label keys on containers, volumes and images. */
export const labels = {
  /** Value: the `container_name` that the thing belongs to. On images: `image`. Pruning looks at this one only. */
  instance: 'io.opencode-cloud.instance',
  /** Version of occ that made it. */
  version: 'io.opencode-cloud.version',
  /** Hash of the container's specification; another hash means that it must be re-created. */
  specHash: 'io.opencode-cloud.spec-hash',
  /** Hash of the build context and its arguments; another hash means that the image must be rebuilt. */
  contextHash: 'io.opencode-cloud.context-hash',
  /** Version of opencode in the image. */
  opencodeVersion: 'io.opencode-cloud.opencode-version',
} as const;
