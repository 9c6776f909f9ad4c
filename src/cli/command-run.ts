// One command line that is being carried out: what was asked for, and the process around it.
import type { Interrupt } from './interrupt.ts';
import type { OutputWatch } from './output-stream.ts';
import type { Invocation } from './parse.ts';
import type { Surroundings } from './terminal.ts';

/** What a command runs with. */
export interface CommandRun {
  readonly invocation: Extract<Invocation, { kind: 'command' }>;
  readonly surroundings: Surroundings;
  readonly interrupt: Interrupt;
  readonly output: OutputWatch;
}
