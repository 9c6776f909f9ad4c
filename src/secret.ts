// A value that must not be seen: it prints as [redacted] everywhere except where it is asked for by name.

const REDACTED = '[redacted]';

/** A password, passphrase or token. Printing, logging or serialising it shows `[redacted]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Hand it to stdin or an owner-only file, never to argv, a log or an error. */
  reveal(): string {
    return this.#value;
  }

  get isEmpty(): boolean {
    return this.#value === '';
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/**
 * Replaces every secret value, and each line of one that spans lines, in text that will be shown.
 * Values shorter than four characters are left alone: replacing them would garble text and hide nothing.
 */
export function redact(text: string, secrets: Iterable<Secret>): string {
  let result = text;
  for (const secret of secrets) {
    for (const part of new Set([secret.reveal(), ...secret.reveal().split('\n')])) {
      if (part.length >= 4) result = result.replaceAll(part, REDACTED);
    }
  }
  return result;
}
