// An engine that is read before it has proved to be the right one: the questions go along with the proof.
import { begun } from '../begun.ts';
import type { Engine, LogLine, LogOptions } from './engine.ts';
import type { BegunEngine, OpenEngine } from './docker-engine.ts';

/** An engine that may be used at once; see {@link readEarly}. */
export interface EarlyEngine extends BegunEngine {
  /** The engine that it turns out to be: the guess, or another that was found in its place. */
  readonly proved: Promise<OpenEngine>;
}

type Reading =
  | 'info'
  | 'inspectContainer'
  | 'listContainers'
  | 'inspectImage'
  | 'listImages'
  | 'readFile'
  | 'version';

type Asynchronous = Exclude<keyof Engine, 'logs'>;

/**
 * An engine whose questions are sent to a guess at once. Their answers are given when the guess has been proved right; where
 * it was wrong, the right engine is asked. What changes something waits for the proof before it is sent.
 * @param proved - the guess itself, or the engine that is used in its place
 */
export function readEarly(guess: BegunEngine, proved: Promise<OpenEngine>): EarlyEngine {
  proved.catch(() => undefined);
  const right = proved.then(({ engine }) => engine);
  right.catch(() => undefined);
  const read = <Key extends Reading>(key: Key) => asking(guess.engine, right, key);
  const change = <Key extends Asynchronous>(key: Key) => waiting(right, key);
  const engine: Engine = {
    version: async () => (await proved).version,
    info: read('info'),
    inspectContainer: read('inspectContainer'),
    listContainers: read('listContainers'),
    inspectImage: read('inspectImage'),
    listImages: read('listImages'),
    readFile: read('readFile'),
    logs: (name, options) => logsOf(guess.engine, right, name, options),
    createContainer: change('createContainer'),
    startContainer: change('startContainer'),
    stopContainer: change('stopContainer'),
    removeContainer: change('removeContainer'),
    renameContainer: change('renameContainer'),
    putArchive: change('putArchive'),
    tagImage: change('tagImage'),
    removeImage: change('removeImage'),
    buildImage: change('buildImage'),
    ensureVolume: change('ensureVolume'),
    removeVolume: change('removeVolume'),
  };
  const close = (): void => {
    guess.close();
    void proved.then(
      (opened) => opened.close(),
      () => undefined,
    );
  };
  return { engine, docker: guess.docker, proved, close };
}

type Method = (...args: unknown[]) => Promise<unknown>;

function asking<Key extends Reading>(guess: Engine, right: Promise<Engine>, key: Key): Engine[Key] {
  const ask: Method = async (...args) => {
    const early = (guess[key] as Method)(...args);
    early.catch(() => undefined);
    const engine = await right;
    return engine === guess ? early : (engine[key] as Method)(...args);
  };
  return ask as Engine[Key];
}

function waiting<Key extends Asynchronous>(right: Promise<Engine>, key: Key): Engine[Key] {
  const wait: Method = async (...args) => {
    const engine = await right;
    return (engine[key] as Method)(...args);
  };
  return wait as Engine[Key];
}

/** Begins to read at the guess; what comes is given when that has been proved right. */
async function* logsOf(
  guess: Engine,
  right: Promise<Engine>,
  name: string,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const stop = new AbortController();
  const signals = [stop.signal, ...(options.signal ? [options.signal] : [])];
  const lines = guess.logs(name, { ...options, signal: AbortSignal.any(signals) });
  const early = begun(lines);
  try {
    const engine = await right;
    if (engine === guess) yield* early;
    else yield* engine.logs(name, options);
  } finally {
    stop.abort();
  }
}
