// The build context: complete, the same everywhere, and free of what is nobody else's business.
import { buffer } from 'node:stream/consumers';
import { readFileSync } from 'node:fs';
import { extract, type Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { contextHash, packContext } from '../../../src/ops/image/context.ts';

const block = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

async function unpack(extraCa?: string): Promise<{ header: Header; content: string }[]> {
  const entries: { header: Header; content: string }[] = [];
  const archive = extract();
  packContext({ extraCa }).pipe(archive);
  for await (const entry of archive) {
    const content = await buffer(entry);
    entries.push({ header: entry.header, content: content.toString('utf8') });
  }
  return entries;
}

describe('the context', () => {
  test('is the same, byte for byte, each time', async () => {
    const [first, second] = await Promise.all([buffer(packContext()), buffer(packContext())]);
    expect(first.equals(second)).toBe(true);
  });

  test('holds the files of docker/, sorted, owned by root, without times', async () => {
    const entries = await unpack();
    const names = entries.map(({ header }) => header.name);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('Dockerfile');
    expect(names).toContain('rootfs/etc/pam.d/opencode-cloud');
    const dockerfile = entries.find(({ header }) => header.name === 'Dockerfile');
    expect(dockerfile?.content).toBe(
      readFileSync(new URL('../../../docker/Dockerfile', import.meta.url), 'utf8'),
    );
    for (const { header } of entries) {
      expect(header).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0) });
    }
  });

  test('keeps what is executable executable, and only that', async () => {
    for (const { header, content } of await unpack()) {
      const runs = content.startsWith('#!');
      expect([header.name, header.mode.toString(8)]).toEqual([header.name, runs ? '755' : '644']);
    }
  });

  test('takes the certificates of an extra CA file, and nothing else in it', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    const plain = await unpack();
    const entries = await unpack(`# ours\n${block('AAAA')}${key}${block('BBBB')}`);
    const added = entries.filter(({ header }) => header.name.endsWith('.crt'));
    expect(added.map(({ content }) => content)).toEqual([block('AAAA'), block('BBBB')]);
    expect(entries).toHaveLength(plain.length + 2);
    expect(JSON.stringify(entries)).not.toContain('c2VjcmV0');
    for (const { header } of added) expect(header.name).toMatch(/^extra-ca\//);
  });
});

describe('the hash of the context', () => {
  test('is stable', () => {
    expect(contextHash()).toMatch(/^[0-9a-f]{64}$/);
    expect(contextHash({ baseImage: 'debian:trixie' })).toBe(
      contextHash({ baseImage: 'debian:trixie' }),
    );
  });

  test('differs with the base image and with each certificate', () => {
    const hashes = [
      contextHash(),
      contextHash({ baseImage: 'debian:trixie' }),
      contextHash({ baseImage: 'debian:bookworm' }),
      contextHash({ extraCa: block('AAAA') }),
      contextHash({ extraCa: block('AAAA') + block('BBBB') }),
      contextHash({ extraCa: block('BBBB') + block('AAAA') }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('does not differ with what is left out of the context', () => {
    expect(contextHash({ extraCa: `a comment\n${block('AAAA')}` })).toBe(
      contextHash({ extraCa: block('AAAA') }),
    );
  });
});
