// The pins agree with each other, and docker/ keeps to what every supported builder understands.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  extraCaDirectory,
  gatewayPort,
  usersCommand,
  usersExitCodes,
  volumeTargets,
} from '../../../src/ops/image/layout.ts';
import { readToolsLock } from '../../../src/ops/image/tools-lock.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../../docker/${name}`, import.meta.url), 'utf8');
const dockerfile = read('Dockerfile');
/** Lines that end in a backslash are one instruction; comments are none. */
const instructions = dockerfile
  .replace(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '');

interface LockFile {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe('the pin of opencode', () => {
  const { version, npm } = readToolsLock().opencode;
  const manifest = JSON.parse(read('opencode/package.json')) as Record<string, unknown>;
  const lock = JSON.parse(read('opencode/package-lock.json')) as LockFile;

  test('covers both architectures', () => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.values(npm).map(({ arch }) => arch)).toEqual(
      expect.arrayContaining(['amd64', 'arm64']),
    );
  });

  test('is what npm is told to install, and nothing else is', () => {
    const wanted = Object.fromEntries(Object.keys(npm).map((name) => [name, version]));
    expect(manifest).toMatchObject({ optionalDependencies: wanted });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(lock.packages['']).toMatchObject({ optionalDependencies: wanted });
    expect(Object.keys(lock.packages).sort()).toEqual(
      ['', ...Object.keys(npm).map((name) => `node_modules/${name}`)].sort(),
    );
  });

  test.each(Object.entries(npm))('%s is checked by the same SHA-512', (name, { integrity }) => {
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(lock.packages[`node_modules/${name}`]).toMatchObject({ version, integrity });
  });

  test('names no registry: the machine that builds may have its own', () => {
    for (const entry of Object.values(lock.packages)) expect(entry).not.toHaveProperty('resolved');
    expect(dockerfile).not.toMatch(/https?:/);
  });
});

describe('the Dockerfile', () => {
  test('pins its default base image by digest', () => {
    expect(instructions[0]).toMatch(/^ARG BASE_IMAGE=ubuntu:24\.04@sha256:[0-9a-f]{64}$/);
  });

  test('uses nothing that only BuildKit understands', () => {
    expect(dockerfile).not.toMatch(/^#\s*(syntax|escape)\s*=/m);
    for (const line of instructions) {
      expect(line).not.toMatch(/^RUN\s+--/);
      expect(line).not.toMatch(/^(COPY|ADD)\s+.*--(chmod|link|parents|exclude)/);
      expect(line).not.toContain('<<');
    }
  });

  test('leaves no lists or archives of packages in a layer that installs some', () => {
    const installs = instructions.filter((line) => line.includes('apt-get install'));
    expect(installs.length).toBeGreaterThan(0);
    for (const line of installs) {
      expect(line).toContain('--no-install-recommends');
      expect(line).toContain('rm -rf /var/lib/apt/lists/* /var/cache/apt/*');
    }
  });

  test('exposes the port that the gateway listens on and nothing else', () => {
    expect(instructions.filter((line) => line.startsWith('EXPOSE'))).toEqual([
      `EXPOSE ${gatewayPort}`,
    ]);
    const prepare = read('rootfs/usr/lib/opencode-cloud/prepare');
    expect(prepare).toContain(`listen ${gatewayPort};`);
    expect(prepare).toContain(`listen [::]:${gatewayPort};`);
  });

  test('makes every directory that something is mounted on or put into', () => {
    for (const directory of [...Object.values(volumeTargets), extraCaDirectory]) {
      expect(instructions.join('\n')).toContain(directory);
    }
  });
});

test('the command for web users ends with the exit codes that occ knows', () => {
  const script = read(`rootfs/usr/local/sbin/${usersCommand}`);
  for (const code of Object.values(usersExitCodes)) expect(script).toContain(`fail ${code} `);
});
