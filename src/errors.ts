// Every failure that occ reports on purpose. Library errors are translated into these where they enter.

/** What an {@link OccError} carries besides its message. */
export interface ErrorDetails {
  /** The host (inventory name) that the failure happened on. */
  readonly host?: string | undefined;
  /** What the user can do next: a sentence or a command. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A failure with a stable code. Its message says what failed and why; `host` says where, `hint` what to do next.
 * Only the command line puts the parts together.
 */
export class OccError extends Error {
  /** Stable, machine-readable: `kind` or `kind.reason`, for example `connect.refused`. */
  readonly code: string;
  readonly host: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.host = details.host;
    this.hint = details.hint;
  }
}

/** The command line was used wrongly: unknown command, option or value. */
export class UsageError extends OccError {
  constructor(message: string, details?: ErrorDetails) {
    super('usage', message, details);
  }
}

/** Why a host could not be reached, or stopped being reachable. */
export type ConnectReason =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'auth'
  | 'config'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'handshake'
  | 'lost';

/** A host could not be reached, or the connection to it was lost. */
export class ConnectError extends OccError {
  readonly reason: ConnectReason;

  constructor(reason: ConnectReason, message: string, details?: ErrorDetails) {
    super(`connect.${reason}`, message, details);
    this.reason = reason;
  }
}

/** A command on a host ended in another way than asked for. Never holds secrets: its output is redacted. */
export class CommandFailedError extends OccError {
  readonly argv: readonly string[];
  /** The exit code, or undefined when a signal ended the command. */
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(
    message: string,
    failure: { argv: readonly string[]; exitCode: number | undefined; stderr: string },
    details?: ErrorDetails,
  ) {
    super('command.failed', message, details);
    this.argv = failure.argv;
    this.exitCode = failure.exitCode;
    this.stderr = failure.stderr;
  }
}

/** What was wrong with a host's Docker Engine or its answer. */
export type DockerReason =
  | 'absent'
  | 'not-running'
  | 'permission'
  | 'unsupported'
  | 'port-taken'
  | 'no-space'
  | 'not-found'
  | 'conflict'
  | 'build'
  | 'unhealthy'
  | 'api';

/** The Docker Engine of a host is missing, refuses, or failed. */
export class DockerError extends OccError {
  readonly reason: DockerReason;

  constructor(reason: DockerReason, message: string, details?: ErrorDetails) {
    super(`docker.${reason}`, message, details);
    this.reason = reason;
  }
}

/** One mistake in an inventory file. Lines and columns count from 1. */
export interface InventoryProblem {
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Dotted path of the key, for example `hosts.web-1.port`; empty for the whole file. */
  readonly key: string;
  readonly message: string;
}

/** The inventory cannot be used. Lists every problem found, not the first only. */
export class InventoryError extends OccError {
  readonly file: string;
  readonly problems: readonly InventoryProblem[];

  constructor(file: string, problems: readonly InventoryProblem[], details?: ErrorDetails) {
    const lines = problems.map((problem) => {
      const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
      return `${file}${place}: ${problem.key === '' ? '' : `${problem.key}: `}${problem.message}`;
    });
    super('inventory', lines.join('\n'), details);
    this.file = file;
    this.problems = problems;
  }
}

/** The host, or this version of occ, cannot do what was asked. */
export class UnsupportedError extends OccError {
  constructor(message: string, details?: ErrorDetails) {
    super('unsupported', message, details);
  }
}

/** Another operator is changing the host. */
export class LockedError extends OccError {
  constructor(message: string, details?: ErrorDetails) {
    super('locked', message, details);
  }
}

/** A deadline passed. */
export class TimeoutError extends OccError {
  constructor(message: string, details?: ErrorDetails) {
    super('timeout', message, details);
  }
}

/** The user, or the caller's AbortSignal, stopped the work. */
export class CancelledError extends OccError {
  constructor(message = 'Cancelled', details?: ErrorDetails) {
    super('cancelled', message, details);
  }
}
