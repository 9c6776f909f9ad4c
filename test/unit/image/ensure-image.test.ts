// When an image is built, and what the engine is asked for. The engine here only answers and takes notes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DockerError, UsageError } from '../../../src/errors.ts';
import type { OccEvent } from '../../../src/events.ts';
import type { BuildEvent, BuildOptions, Engine, ImageInfo } from '../../../src/hosts/engine.ts';
import { builtInSettings, type HostSettings } from '../../../src/hosts/inventory-schema.ts';
import { contextHash } from '../../../src/ops/image/context.ts';
import { planImage } from '../../../src/ops/image/ensure-image.ts';
import { imageReference } from '../../../src/ops/image/image-reference.ts';
import { readToolsLock } from '../../../src/ops/image/tools-lock.ts';
import { labels } from '../../../src/ops/labels.ts';
import type { HostContext } from '../../../src/ops/operation.ts';
import { version } from '../../../src/version.ts';

const directory = mkdtempSync(join(tmpdir(), 'img-unit-'));
afterAll(() => rmSync(directory, { recursive: true }));

const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

interface Scene {
  readonly settings?: Partial<HostSettings>;
  /** Context hash of the image that the host has, and its name. */
  readonly presentHash?: string;
  readonly presentRef?: string;
  readonly onBuild?: (tell: (event: BuildEvent) => void) => void;
}

function scene({ settings, presentHash, onBuild, ...scene }: Scene) {
  const presentRef = scene.presentRef ?? imageReference(presentHash ?? '');
  const events: OccEvent[] = [];
  const builds: BuildOptions[] = [];
  const present: ImageInfo = {
    id: 'sha256:aa',
    tags: [],
    labels: { [labels.contextHash]: presentHash ?? '' },
    size: 1,
    createdAt: '2026-11-23T12:00:00Z',
  };
  const engine = {
    inspectImage: (ref) =>
      Promise.resolve(ref === presentRef && presentHash !== undefined ? present : undefined),
    buildImage: (context, options, onEvent) => {
      context.resume();
      builds.push(options);
      onBuild?.(onEvent);
      return Promise.resolve('sha256:bb');
    },
  } satisfies Partial<Engine>;
  const context = {
    host: {
      name: 'web-1',
      settings: { ...builtInSettings, ...settings },
      engine: () => Promise.resolve(engine as Partial<Engine> as Engine),
    },
    emit: (event: OccEvent) => events.push(event),
    signal: new AbortController().signal,
  } as unknown as HostContext;
  return { context, events, builds };
}

describe('an image is built', () => {
  test('when the host has none', async () => {
    const { context, builds } = scene({ settings: { base_image: 'debian:trixie' } });
    const { imageRef, steps } = await planImage(context, { rebuild: false });
    const hash = contextHash({ baseImage: 'debian:trixie' });
    expect(imageRef).toBe(`opencode-cloud:${version}-${hash.slice(0, 12)}`);
    expect(steps.map(({ summary }) => summary)).toEqual([
      `build image ${imageRef}, because it is missing`,
    ]);
    expect(builds).toEqual([]);
    await steps[0]?.apply();
    expect(builds).toMatchObject([
      {
        tags: [imageRef],
        target: 'core',
        noCache: false,
        buildArgs: { BASE_IMAGE: 'debian:trixie' },
        signal: context.signal,
        labels: {
          [labels.instance]: 'image',
          [labels.version]: version,
          [labels.contextHash]: hash,
          [labels.opencodeVersion]: readToolsLock().opencode.version,
        },
      },
    ]);
  });

  test('when the one it has is made from something else, beside it', async () => {
    const { context } = scene({ presentHash: contextHash({ baseImage: 'debian:bookworm' }) });
    const { steps, imageRef } = await planImage(context, { rebuild: false });
    expect(steps[0]?.summary).toMatch(/because it is missing$/);
    expect(imageRef).toBe(imageReference(contextHash()));
  });

  test('when something else was given its name by hand', async () => {
    const { context } = scene({
      presentHash: contextHash({ baseImage: 'debian:bookworm' }),
      presentRef: imageReference(contextHash()),
    });
    const { steps } = await planImage(context, { rebuild: false });
    expect(steps[0]?.summary).toMatch(/because another has its name$/);
  });

  test('when that is asked for, without the cache', async () => {
    const { context, builds } = scene({ presentHash: contextHash() });
    const { steps } = await planImage(context, { rebuild: true });
    expect(steps[0]?.summary).toMatch(/as asked$/);
    await steps[0]?.apply();
    expect(builds).toMatchObject([{ noCache: true, buildArgs: {} }]);
  });

  test('on the Dockerfile’s base where the settings name none', async () => {
    const { context, builds } = scene({});
    await (await planImage(context, { rebuild: false })).steps[0]?.apply();
    expect(builds[0]?.buildArgs).toEqual({});
  });
});

describe('an image is left alone', () => {
  test('when the host has it', async () => {
    const { context } = scene({ presentHash: contextHash() });
    expect((await planImage(context, { rebuild: false })).steps).toEqual([]);
  });

  test('when the same certificates are in the extra CA file', async () => {
    const file = join(directory, 'same.pem');
    writeFileSync(file, `# a comment\n${certificate}`);
    const { context } = scene({
      settings: { extra_ca_file: file },
      presentHash: contextHash({ extraCa: certificate }),
    });
    expect((await planImage(context, { rebuild: false })).steps).toEqual([]);
  });
});

describe('a wrong extra CA file stops the plan, with its name', () => {
  test.each([
    ['missing', undefined],
    ['no PEM', 'hello'],
  ])('%s', async (name, content) => {
    const file = join(directory, `${name}.pem`);
    if (content !== undefined) writeFileSync(file, content);
    const { context } = scene({ settings: { extra_ca_file: file } });
    const failure = planImage(context, { rebuild: false });
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(file);
  });
});

describe('progress', () => {
  const tellAll = (tell: (event: BuildEvent) => void) => {
    tell({ kind: 'pull', layer: 'abc', status: 'Downloading', current: 5, total: 10 });
    tell({ kind: 'output', text: 'before any step\n' });
    tell({ kind: 'step', current: 3, total: 20, text: 'RUN apt-get update' });
    tell({ kind: 'output', text: '\u001b[31mone\u001b[0m\n\n  two\r\n' });
    tell({ kind: 'output', text: 'x'.repeat(500) });
  };

  test('names the step, with each line as its detail, without escape sequences', async () => {
    const { context, events } = scene({ onBuild: tellAll });
    const { imageRef, steps } = await planImage(context, { rebuild: false });
    await steps[0]?.apply();
    const about = `build image ${imageRef}`;
    const said = { type: 'progress', host: 'web-1', summary: about, unit: 'steps' };
    const step = { ...said, current: 3, total: 20 };
    expect(events).toEqual([
      {
        type: 'progress',
        host: 'web-1',
        summary: 'pull base image',
        detail: 'Downloading abc',
        current: 5,
        total: 10,
        unit: 'bytes',
      },
      { ...said, detail: 'before any step' },
      { ...step, detail: 'RUN apt-get update' },
      { ...step, detail: 'one' },
      { ...step, detail: 'two' },
      { ...step, detail: 'x'.repeat(160) },
    ]);
  });

  test('a failure of the engine comes out as it is', async () => {
    const failure = new DockerError('no-space', 'The disk is full');
    const { context } = scene({
      onBuild: () => {
        throw failure;
      },
    });
    const { steps } = await planImage(context, { rebuild: false });
    await expect((async () => steps[0]?.apply())()).rejects.toBe(failure);
  });
});
