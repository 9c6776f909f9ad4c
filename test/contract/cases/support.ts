// Small helpers of the contract cases.
import { randomInt } from 'node:crypto';
import type { Readable } from 'node:stream';
import { expect } from 'vitest';
import { textOf, type Command } from '../../../src/transport/command.ts';
import type { HostProcess } from '../../../src/transport/transport.ts';
import type { ContractHost } from '../contract-host.ts';

/** A command that answers its stdout as text. */
export function textCommand(
  argv: readonly string[],
  rest: Partial<Command<string>> = {},
): Command<string> {
  return { argv, purpose: `run ${argv[0] ?? ''}`, parse: textOf, ...rest };
}

/** Seconds for sleep(1) that no other process has as an argument, so that it can be found. */
export function uniqueSleep(): string {
  return `9000.${randomInt(10 ** 9, 10 ** 10 - 1)}`;
}

/** A word that nothing else on the host holds. */
export function uniqueWord(): string {
  return `tcore${randomInt(10 ** 9, 10 ** 10 - 1)}`;
}

/** The command lines on the host that hold the word; not that of the search itself. */
export async function processesWith(host: ContractHost, word: string): Promise<string[]> {
  const pattern = `[${word.slice(0, 1)}]${word.slice(1).replaceAll('.', '[.]')}`;
  const lines = await host.look(
    `for f in /proc/[0-9]*/cmdline; do tr '\\0\\n' '  ' <"$f"; echo; done 2>/dev/null | grep -e '${pattern}' || true`,
  );
  return lines.split('\n').filter((line) => line.trim() !== '');
}

/** Ends what is left of a test where the transport cannot. */
export async function endAllWith(host: ContractHost, word: string): Promise<void> {
  await host.look(
    `for d in /proc/[0-9]*; do grep -qF -e '${word}' "$d/cmdline" 2>/dev/null && [ "\${d#/proc/}" -ne $$ ] && kill -s KILL "\${d#/proc/}"; done; true`,
  );
}

/** Waits until no process of the host holds the word. */
export async function expectNoneLeft(host: ContractHost, word: string): Promise<void> {
  await expect.poll(() => processesWith(host, word), { timeout: 15_000 }).toEqual([]);
}

/** Reads until the text has come; what follows can still be read. */
export async function readUntil(stream: Readable, text: string): Promise<string> {
  let seen = '';
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer | string) => {
      seen += chunk.toString();
      if (!seen.includes(text)) return;
      stream.off('data', onData);
      resolve(seen);
    };
    stream.on('data', onData);
    stream.once('close', () => reject(new Error(`ended before ${text}: ${seen}`)));
  });
}

/** Everything that a stream still brings. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Lets both outputs flow and be forgotten. */
export function ignoreOutput(process: HostProcess): void {
  process.stdout.resume();
  process.stderr.resume();
}
