// What a section of the matrix is made of.
import type { Setup } from './row.ts';
import type { World } from './world.ts';

/** Makes what a row needs. */
export type Prepare = (world: World) => Setup | Promise<Setup>;

/** A row whose outcomes may differ, by design. */
export interface Row {
  readonly what: string;
  readonly prepare: Prepare;
  /** Why occ does something else than ssh. */
  readonly because?: string | undefined;
}

/** Rows under one heading. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** A row that must come out alike. */
export function row(what: string, prepare: Prepare): Row {
  return { what, prepare };
}

/** A row that comes out differently on purpose. */
export function unlike(what: string, because: string, prepare: Prepare): Row {
  return { what, prepare, because };
}
