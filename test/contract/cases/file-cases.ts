// Whole files on the host: read, replaced atomically, and errors that say what is wrong.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { readFile, writeFile } from '../../../src/transport/files.ts';
import { run } from '../../../src/transport/run.ts';
import type { ContractContext } from '../contract-host.ts';
import { textCommand } from './support.ts';

export function fileCases({ host }: ContractContext): void {
  describe('files on the host', () => {
    let directory: string;
    beforeAll(async () => {
      const argv = ['mktemp', '-d', "/tmp/tcore it's.XXXXXX"];
      directory = await run(host().transport, textCommand(argv));
    });
    afterAll(async () => {
      await run(host().transport, textCommand(['rm', '-rf', directory]));
    });

    test('are written and read back, byte for byte', async () => {
      const content = randomBytes(300_000);
      await writeFile(host().transport, `${directory}/bytes`, content);
      expect((await readFile(host().transport, `${directory}/bytes`)).equals(content)).toBe(true);
    });

    test('belong to their owner only, unless another mode is asked for', async () => {
      await writeFile(host().transport, `${directory}/private`, new Secret('s3cret'));
      await writeFile(host().transport, `${directory}/public`, 'text', { mode: 0o644 });
      const argv = ['stat', '-c', '%a', `${directory}/private`, `${directory}/public`];
      expect(await run(host().transport, textCommand(argv))).toBe('600\n644');
      expect((await readFile(host().transport, `${directory}/private`)).toString()).toBe('s3cret');
    });

    test('are replaced as a whole, with nothing left beside them', async () => {
      await run(host().transport, textCommand(['mkdir', `${directory}/one`]));
      await writeFile(host().transport, `${directory}/one/file`, 'a longer first content');
      await writeFile(host().transport, `${directory}/one/file`, 'second');
      expect((await readFile(host().transport, `${directory}/one/file`)).toString()).toBe('second');
      expect(await run(host().transport, textCommand(['ls', '-A', `${directory}/one`]))).toBe(
        'file',
      );
    });

    test('may be empty', async () => {
      await writeFile(host().transport, `${directory}/empty`, '');
      expect((await readFile(host().transport, `${directory}/empty`)).length).toBe(0);
    });

    test('are not written where there is no directory', async () => {
      const write = writeFile(host().transport, `${directory}/none/file`, 'x');
      await expect(write).rejects.toMatchObject({
        reason: 'no-directory',
        host: host().transport.host,
      });
    });

    test('are not written over a directory', async () => {
      await run(host().transport, textCommand(['mkdir', `${directory}/dir`]));
      const write = writeFile(host().transport, `${directory}/dir`, 'x');
      await expect(write).rejects.toMatchObject({ reason: 'is-directory' });
      expect(await run(host().transport, textCommand(['ls', '-A', `${directory}/dir`]))).toBe('');
    });

    test('are not read when they are missing, a directory, or too large', async () => {
      await writeFile(host().transport, `${directory}/eleven`, 'elevenbytes');
      const read = (name: string, maxBytes: number) =>
        readFile(host().transport, `${directory}/${name}`, { maxBytes });
      await expect(read('nothing', 10)).rejects.toMatchObject({ reason: 'missing' });
      await expect(read('.', 10)).rejects.toMatchObject({ reason: 'is-directory' });
      await expect(read('eleven', 10)).rejects.toMatchObject({ reason: 'too-large' });
      expect((await read('eleven', 11)).toString()).toBe('elevenbytes');
    });
  });
}
