// Reads the messages of a build: JSON values in lines, after `POST /build` of Docker Engine API v1.41.
import { reasonInText } from './docker-errors.ts';
import type { BuildEvent } from './engine.ts';
import { LineSplitter } from './line-splitter.ts';

/** The parts of a message that are read. */
interface BuildMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly aux?: { readonly ID?: string };
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

/** The builder paints what a step writes to stderr. */
const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** What the builder says about itself between the steps. */
const ownWords = /^ *---> |^Removing intermediate container /;

/** Lines of output that an error shows. */
const keptLines = 20;

/** Follows a build. */
export class BuildProgress {
  readonly #onEvent: (event: BuildEvent) => void;
  // A message holds a whole piece of output, escaped.
  readonly #messages = new LineSplitter(16 * 1024 * 1024);
  readonly #output = new LineSplitter();
  #last: string[] = [];
  #imageId: string | undefined;
  #failure: string | undefined;
  #diskFull: string | undefined;

  constructor(onEvent: (event: BuildEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** `sha256:…` of the last image that the engine named. */
  get imageId(): string | undefined {
    return this.#imageId;
  }

  /** The engine's words for why the build failed. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The last lines of output of the last step. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /**
   * The first line of the last step, or the failure itself, that says that the disk is full. A step goes on after it:
   * dpkg lists every package that it could not unpack, so it need not be among the last lines.
   */
  get diskFull(): string | undefined {
    return this.#diskFull;
  }

  push(chunk: Uint8Array): void {
    for (const line of this.#messages.push(chunk)) this.#read(line);
  }

  end(): void {
    for (const line of this.#messages.end()) this.#read(line);
    for (const line of this.#output.end()) this.#print(line);
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const message = JSON.parse(line) as BuildMessage;
    if (message.aux?.ID) this.#imageId = message.aux.ID;
    if (message.error !== undefined || message.errorDetail) {
      this.#failure = (message.errorDetail?.message ?? message.error ?? '').trim();
      this.#noteFullDisk(this.#failure);
    }
    if (message.stream !== undefined) {
      for (const text of this.#output.push(Buffer.from(message.stream))) this.#print(text);
    }
    if (message.status !== undefined) this.#pull(message, message.status);
  }

  #print(line: string): void {
    const text = line.replaceAll(colours, '');
    const step = /^Step (\d+)\/(\d+) : (.*)$/.exec(text);
    if (step) {
      const [, current, total, instruction = ''] = step;
      this.#last = [];
      this.#diskFull = undefined;
      const counts = { current: Number(current), total: Number(total) };
      this.#onEvent({ kind: 'step', ...counts, text: instruction });
      return;
    }
    if (text.trim() === '') return;
    this.#noteFullDisk(text);
    if (!ownWords.test(text)) this.#last = [...this.#last, text].slice(-keptLines);
    this.#onEvent({ kind: 'output', text });
  }

  #noteFullDisk(text: string): void {
    if (reasonInText(text) === 'no-space') this.#diskFull ??= text.trim();
  }

  #pull({ id, progressDetail = {} }: BuildMessage, status: string): void {
    const { current, total } = progressDetail;
    this.#onEvent({
      kind: 'pull',
      layer: id ?? '',
      status,
      ...(current !== undefined && { current }),
      ...(total !== undefined && { total }),
    });
  }
}
