// How fast bytes go through one channel, both ways: OpenSSH's client beside occ's transport.
import { once } from 'node:events';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Readable, Writable } from 'node:stream';
import type { Transport } from '../src/transport/transport.ts';
import type { Place } from './place.ts';

const mebibyte = 1024 * 1024;

/** The host prints a line before the first byte, so that logging in is not measured. */
const sendScript = (bytes: number): string =>
  `echo >&2; exec dd if=/dev/zero bs=${mebibyte} count=${bytes / mebibyte} 2>/dev/null`;

/** The host itself takes the time from the first byte to the last: what is sent is not yet received. */
const receiveScript =
  'head -c 1 >/dev/null; s=$(date +%s%N); cat >/dev/null; echo $(($(date +%s%N) - s)) >&2';

/** MB/s (1 MB = 1,000,000 bytes) of a download by `ssh`, to /dev/null. */
export async function sshDownload(place: Place, port: number, bytes: number): Promise<number> {
  const child = place.ssh(port, [sendScript(bytes)]);
  const exited = once(child, 'exit');
  const start = await firstByte(child.stderr);
  await exited;
  return rate(bytes, performance.now() - start);
}

/** MB/s of an upload by `ssh`, from a sparse file. */
export async function sshUpload(place: Place, port: number, bytes: number): Promise<number> {
  const file = join(place.client.path, 'zeros');
  await writeFile(file, '');
  await truncate(file, bytes);
  await using handle = await open(file);
  const child = place.ssh(port, [receiveScript], { stdin: handle.fd });
  return rate(bytes, await nanoseconds(child.stderr));
}

/** MB/s of a download by occ's transport, into this process. */
export async function occDownload(transport: Transport, bytes: number): Promise<number> {
  const process = await transport.start({ argv: ['sh', '-c', sendScript(bytes)] });
  let left = bytes;
  process.stdin.end();
  process.stdout.on('data', (chunk: Buffer) => (left -= chunk.length));
  const start = await firstByte(process.stderr);
  await process.exit;
  if (left !== 0) throw new Error(`${left} bytes of the download are missing`);
  return rate(bytes, performance.now() - start);
}

/** MB/s of an upload by occ's transport. */
export async function occUpload(
  transport: Transport,
  bytes: number,
  pieceBytes = mebibyte,
): Promise<number> {
  const process = await transport.start({ argv: ['sh', '-c', receiveScript] });
  process.stdout.resume();
  const taken = nanoseconds(process.stderr);
  await send(process.stdin, bytes, Buffer.alloc(pieceBytes));
  return rate(bytes, await taken);
}

async function send(to: Writable, bytes: number, piece: Buffer): Promise<void> {
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!to.write(piece.subarray(0, left))) await once(to, 'drain');
  }
  to.end();
}

async function firstByte(stream: Readable | null): Promise<number> {
  if (stream === null) throw new Error('stderr is not a pipe');
  await once(stream, 'data');
  stream.resume();
  return performance.now();
}

async function nanoseconds(stream: Readable | null): Promise<number> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return Number(text.trim()) / 1e6;
}

function rate(bytes: number, milliseconds: number): number {
  return bytes / 1e3 / milliseconds;
}
