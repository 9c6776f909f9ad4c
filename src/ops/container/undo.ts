// Remembers how to put things back, newest first.
import { messageOf } from '../../thrown.ts';
import type { HostContext } from '../operation.ts';

/** A list of ways back. */
export class Undo {
  readonly #entries: { readonly summary: string; readonly undo: () => Promise<void> }[] = [];

  /** Remembers a way back. `summary` says it in the imperative: `remove container x`. */
  add(summary: string, undo: () => Promise<void>): void {
    this.#entries.push({ summary, undo });
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.length = 0;
  }

  /** Goes back as far as possible and tells what was done and what could not be. Never rejects. */
  async run({ host, emit }: Pick<HostContext, 'host' | 'emit'>): Promise<void> {
    const tell = (level: 'info' | 'warning', message: string) =>
      emit({ type: 'notice', host: host.name, level, message });
    for (const { summary, undo } of this.#entries.splice(0).reverse()) {
      try {
        await undo();
        tell('info', `Undone: ${summary}`);
      } catch (error) {
        tell('warning', `Could not ${summary}: ${messageOf(error)}`);
      }
    }
  }
}
