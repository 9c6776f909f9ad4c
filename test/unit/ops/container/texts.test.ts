import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText } from '../../../../src/ops/container/present-service.ts';
import { parseSince } from '../../../../src/ops/container/since.ts';
import { Undo } from '../../../../src/ops/container/undo.ts';
import { certificateFiles } from '../../../../src/ops/image/extra-ca.ts';
import { stablePort } from '../../../../src/ops/open/stable-port.ts';
import { testHost } from '../runner/test-hosts.ts';

describe('parseSince', () => {
  const now = new Date('2026-01-31T12:00:00Z');
  const seconds = now.getTime() / 1000;

  it.each([
    ['90s', seconds - 90],
    ['10m', seconds - 600],
    ['1h30m', seconds - 5400],
    ['2d', seconds - 172_800],
    ['2026-01-31T11:00:00Z', seconds - 3600],
    ['2026-01-31T13:00:00+01:00', seconds],
  ])('%s', (text, expected) => {
    expect(parseSince(text, now)).toBe(expected);
  });

  it.each(['', '10', 'm', '-5m', '1w', 'yesterday', '2026-13-01', '10m '])(
    'refuses "%s"',
    (text) => {
      expect(parseSince(text, now)).toBeUndefined();
    },
  );
});

describe('durationText', () => {
  it.each([
    [0, '0s'],
    [59, '59s'],
    [61, '1m 1s'],
    [3600, '1h 0m'],
    [273_600, '3d 4h'],
  ])('%i', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('certificateFiles', () => {
  it('finds each certificate of a bundle, without what stands between', () => {
    const block = (body: string) =>
      `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
    const bundle = `# first\n${block('AAAA')}\r\nsecond\n${block('BBBB')}\n`;
    expect(certificateFiles(bundle)).toEqual([
      { name: 'occ-extra-0001.crt', mode: 0o644, content: Buffer.from(`${block('AAAA')}\n`) },
      { name: 'occ-extra-0002.crt', mode: 0o644, content: Buffer.from(`${block('BBBB')}\n`) },
    ]);
    expect(certificateFiles('no certificate')).toEqual([]);
  });
});

describe('stablePort', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);

  it('gives every host of an inventory another port, in its range', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 60 }), (names) => {
        const ports = names.map((host) => stablePort(host, names));
        expect(new Set(ports).size).toBe(names.length);
        for (const port of ports) expect(port).toSatisfy((p: number) => p >= 20_000 && p < 30_000);
      }),
    );
  });

  it('does not change when hosts are added after it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 40 }), (names) => {
        const [first = '', ...rest] = names;
        expect(stablePort(first, names)).toBe(stablePort(first, [first]));
        expect(stablePort(first, [first, ...rest].slice(0, 2))).toBe(stablePort(first, names));
      }),
    );
  });

  it('gives the later host of two that collide the next port', () => {
    const [one, two] = collidingNames();
    const port = stablePort(one, [one]);
    expect(stablePort(two, [two])).toBe(port);
    expect(stablePort(one, [one, two])).toBe(port);
    expect(stablePort(two, [one, two])).not.toBe(port);
  });

  function collidingNames(): [string, string] {
    const seen = new Map<number, string>();
    for (let index = 0; ; index += 1) {
      const host = `host-${index}`;
      const port = stablePort(host, [host]);
      const other = seen.get(port);
      if (other !== undefined) return [other, host];
      seen.set(port, host);
    }
  }
});

describe('Undo', () => {
  it('goes back newest first, tells, and goes on after a failure', async () => {
    const order: string[] = [];
    const messages: string[] = [];
    const undo = new Undo();
    undo.add('put back', () => Promise.resolve(void order.push('put back')));
    undo.add('remove it', () => Promise.reject(new Error('gone')));
    const host = testHost('a', 'ops-undo');
    const emit = (event: { type: string; message?: string }) => messages.push(event.message ?? '');
    await undo.run({ host, emit });
    await undo.run({ host, emit });
    expect(order).toEqual(['put back']);
    expect(messages).toEqual(['Could not remove it: gone', 'Undone: put back']);
  });
});
