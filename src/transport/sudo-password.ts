// Where the password for sudo comes from: lent by the caller, who may ask a person or a keychain.
import type { Secret } from '../secret.ts';

/** Whose password, and where. */
export interface SudoQuestion {
  /** Inventory name. */
  readonly host: string;
  /** Name of the login on the host. */
  readonly user: string;
}

/** Gives passwords and learns what became of them. */
export interface SudoPasswords {
  /** Undefined when there is none and nobody to ask. Asked again after {@link rejected}. */
  get(question: SudoQuestion): Promise<Secret | undefined>;
  /** sudo took it. */
  accepted(question: SudoQuestion, password: Secret): Promise<void>;
  /** sudo said that it is wrong. */
  rejected(question: SudoQuestion, password: Secret): Promise<void>;
}
