// Something that is opened at the first call and shared by every later one.

/** Opens at most once at a time. A failure is not kept: the next call tries again. */
export class Once<T> {
  readonly #open: () => Promise<T>;
  #value: Promise<T> | undefined;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  get(): Promise<T> {
    if (this.#value) return this.#value;
    const value = this.#open();
    this.#value = value;
    value.catch(() => {
      if (this.#value === value) this.#value = undefined;
    });
    return value;
  }

  /** What was opened, or is being opened; undefined when nothing is, or it failed. */
  async opened(): Promise<T | undefined> {
    return this.#value?.catch(() => undefined);
  }
}
