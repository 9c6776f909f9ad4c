// What `ssh -G` prints, by keyword, and how its spellings of values are read. Pure.

/** Values by keyword in lower case, in the order in which they were printed. */
export type PrintedValues = ReadonlyMap<string, readonly string[]>;

/** Reads lines of a keyword, one space, and a value. */
export function collectValues(text: string): PrintedValues {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space === -1) continue;
    const key = line.slice(0, space).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), line.slice(space + 1)]);
  }
  return values;
}

/** The values of one configuration. Each question names a keyword. */
export class ValueReader {
  readonly #values: PrintedValues;

  constructor(values: PrintedValues) {
    this.#values = values;
  }

  /** The value as it was printed. */
  text(key: string): string | undefined {
    return this.#values.get(key)?.[0];
  }

  /** The same; undefined for `none`, which switches off what the keyword names. */
  unlessNone(key: string): string | undefined {
    const value = this.text(key);
    return value === undefined || isNone(value) ? undefined : value;
  }

  /** Every value of a keyword that may be given many times. */
  all(key: string): string[] {
    return (this.#values.get(key) ?? []).filter((value) => !isNone(value));
  }

  isYes(key: string): boolean {
    return /^(yes|true)$/i.test(this.text(key) ?? '');
  }

  /** For what is on by default. `PubkeyAuthentication unbound` is on, too. */
  isNotNo(key: string): boolean {
    return !/^(no|false)$/i.test(this.text(key) ?? '');
  }

  commaList(...keys: readonly string[]): string[] {
    const text = keys.map((key) => this.text(key)).find((value) => value !== undefined) ?? '';
    return text.split(',').filter((item) => item !== '' && !isNone(item));
  }

  /** A number from 0 upwards. OpenSSH prints times in seconds, and `none` or -1 for never. */
  number(key: string, fallback: number): number {
    const value = Number(this.text(key) ?? fallback);
    return Number.isFinite(value) && value > 0 ? value : 0;
  }

  /**
   * A list of files, which is printed with single spaces and no quotes. A file starts at every absolute path and at
   * every `~`, so that spaces within names are kept.
   */
  files(key: string): string[] {
    const text = this.unlessNone(key);
    if (text === undefined) return [];
    const separator = /^[/~]/.test(text) ? / +(?=[/~])/ : / +/;
    return text.split(separator).filter((file) => file !== '');
  }
}

function isNone(value: string): boolean {
  return value.toLowerCase() === 'none';
}
