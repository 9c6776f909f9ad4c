// Reads one line from a terminal in raw mode: echo is ours to give or not, and the terminal is always put back.
import { StringDecoder } from 'node:string_decoder';
import { CancelledError } from '../errors.ts';
import type { InputStream, OutputStream } from './terminal.ts';

/** How to ask. */
export interface LineRequest {
  readonly question: string;
  readonly echo: boolean;
  /** Aborting ends the question with a CancelledError. */
  readonly signal: AbortSignal;
  /** Ctrl-C was typed: raw mode keeps it from becoming a signal. */
  readonly onInterrupt: () => void;
}

/** What has been typed so far, and whether it is complete. */
interface Typed {
  readonly text: string;
  readonly end?: 'entered' | 'interrupted' | 'closed';
}

// Arrow keys and their like: CSI and SS3 sequences (ECMA-48). They are no part of an answer.
const keySequence = /\u001B(\[[0-9;?]*[ -/]*[@-~]|O[A-Z])/g;

/**
 * Asks on `output`, reads from `input`.
 * @throws CancelledError on Ctrl-C, Ctrl-D, end of input, or when the signal is aborted
 */
export async function readTerminalLine(
  input: InputStream,
  output: OutputStream,
  request: LineRequest,
): Promise<string> {
  if (request.signal.aborted) throw new CancelledError();
  const wasRaw = input.isRaw === true;
  // Before the question is seen: what is typed at once must not be echoed by the terminal.
  input.setRawMode?.(true);
  output.write(request.question);
  try {
    return await typedLine(input, output, request);
  } finally {
    input.setRawMode?.(wasRaw);
    input.pause();
    output.write('\n');
  }
}

function typedLine(
  input: InputStream,
  output: OutputStream,
  { question, echo, signal, onInterrupt }: LineRequest,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const prompt = question.slice(question.lastIndexOf('\n') + 1);
    const decoder = new StringDecoder('utf8');
    let text = '';
    const settle = (finish: () => void) => {
      input.off('data', onData).off('end', onCancel).off('error', onCancel);
      signal.removeEventListener('abort', onCancel);
      finish();
    };
    const onCancel = () => settle(() => reject(new CancelledError()));
    const onData = (chunk: Buffer) => {
      const typed = applyKeys(text, decoder.write(chunk));
      if (echo) output.write(`\r\u001B[K${prompt}${typed.text}`);
      text = typed.text;
      if (typed.end === 'entered') settle(() => resolve(text));
      if (typed.end === 'interrupted') onInterrupt();
      if (typed.end === 'interrupted' || typed.end === 'closed') onCancel();
    };
    input.on('data', onData).on('end', onCancel).on('error', onCancel);
    signal.addEventListener('abort', onCancel);
    input.resume();
  });
}

/** Applies keys to the text typed so far: line editing as in termios(3) canonical mode. */
export function applyKeys(before: string, keys: string): Typed {
  let characters = Array.from(before);
  for (const key of Array.from(keys.replace(keySequence, ''))) {
    if (key === '\r' || key === '\n') return { text: characters.join(''), end: 'entered' };
    if (key === '\u0003') return { text: '', end: 'interrupted' };
    if (key === '\u0004' && characters.length === 0) return { text: '', end: 'closed' };
    if (key === '\u007F' || key === '\b') characters.pop();
    else if (key === '\u0015') characters = [];
    else if (key >= ' ') characters.push(key);
  }
  return { text: characters.join('') };
}
