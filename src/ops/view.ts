// What a result looks like to a person, as plain data. The command line draws it; JSON ignores it.

/** What a text means, not how it looks. */
export type Tone = 'good' | 'warn' | 'bad' | 'dim';

/** A piece of text with a meaning. Text from a host is made safe for terminals where it is drawn. */
export interface Tagged {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

/** One place of a table, or one value of a field. */
export type Cell = string | Tagged;

/** A block of output. */
export type View =
  | { readonly kind: 'text'; readonly text: Cell }
  /** Aligned `label  value` lines under an optional title. */
  | {
      readonly kind: 'fields';
      readonly title?: string;
      readonly fields: readonly { readonly label: string; readonly value: Cell }[];
    }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
    };
