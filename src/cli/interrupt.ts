// Ctrl-C: the first asks the work to stop, the second leaves at once.
import { exitCodes } from './exit-codes.ts';

/** The part of the process that signals come from. */
export interface SignalSource {
  on(event: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  off(event: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(code: number): never;
}

/** A way to stop. Dispose of it when the work is done, so that signals kill again. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** What a signal does; for Ctrl-C typed while the terminal is in raw mode. */
  interrupt(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens. */
export function listenForInterrupt(source: SignalSource): Interrupt {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) source.exit(exitCodes.interrupted);
    controller.abort();
  };
  for (const name of signals) source.on(name, interrupt);
  return {
    signal: controller.signal,
    interrupt,
    [Symbol.dispose]: () => signals.forEach((name) => source.off(name, interrupt)),
  };
}
