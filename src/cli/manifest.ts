// Generated from the operations in src/ops by `npm run generate`. Do not edit.
import type { ManifestCommand } from './manifest-types.ts';

/** Every command, in the order of the registry. */
export const manifest: readonly ManifestCommand[] = [];
