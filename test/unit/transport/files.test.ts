// The one ending of a file upload that a healthy connection cannot show: less arrives than was sent.
import {
  mkdtemp,
  readFile as readLocal,
  readdir,
  rm,
  writeFile as writeLocal,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFile } from '../../../src/transport/files.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tcore-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** A connection that drops what follows the first ten bytes of input and then ends it, as sshd does at a cut. */
class ShortTransport extends LocalTransport {
  override async start(...args: Parameters<LocalTransport['start']>) {
    const process = await super.start(...args);
    let room = 10;
    const stdin = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const kept = chunk.subarray(0, room);
        room -= kept.length;
        done(null, kept);
      },
    });
    stdin.pipe(process.stdin);
    return { ...process, stdin };
  }
}

test('a file that arrived in part replaces nothing and leaves nothing', async () => {
  const path = join(directory, 'settings');
  await writeLocal(path, 'the old content');
  const short = new ShortTransport({ host: 'web-1', env: process.env });
  const attempt = writeFile(short, path, 'the new content, of which only a part arrives');
  await expect(attempt).rejects.toMatchObject({
    reason: 'truncated',
    host: 'web-1',
    message: `Could not write ${path}: not all of it arrived`,
  });
  expect(await readLocal(path, 'utf8')).toBe('the old content');
  expect(await readdir(directory)).toEqual(['settings']);
});
