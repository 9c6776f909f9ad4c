// Hosts for end-to-end tests of operations: an inventory of their own, real transports, real engines, no command line.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { ensureBaseImage } from '../../scripts/lib/base-image.mjs';
import type { OccEvent } from '../../src/events.ts';
import type { Host } from '../../src/hosts/host.ts';
import type { Inventory } from '../../src/hosts/inventory.ts';
import { loadInventory } from '../../src/hosts/load-inventory.ts';
import { openHost } from '../../src/hosts/open-host.ts';
import { volumeNames } from '../../src/ops/container/spec.ts';
import { planImage } from '../../src/ops/image/ensure-image.ts';
import type { AnyOperation } from '../../src/ops/operation.ts';
import { registry, type OperationName } from '../../src/ops/registry.ts';
import { runOperation } from '../../src/ops/runner.ts';
import type { RunReport, RunRequest } from '../../src/ops/run-report.ts';
import { addWebUser } from '../../src/ops/user/web-users.ts';
import { Secret } from '../../src/secret.ts';
import { run } from '../../src/transport/run.ts';
import { openTunnel } from '../../src/transport/tunnel.ts';
import type { LabHost } from '../lab/lab-hosts.ts';
import { loadImages } from '../lab/images-archive.ts';
import { RuntimeBase } from '../lab/runtime-base.ts';

/** Settings of a host as they stand in the inventory. */
export type HostEntry = Readonly<Record<string, string | number>>;

/** How a run is to differ from the usual one. */
export type RunOverrides = Partial<RunRequest>;

/** A run and everything that it emitted. */
export interface Ran {
  readonly report: RunReport;
  readonly events: readonly OccEvent[];
}

export const login = { user: 'ops-tester', password: 'correct horse battery staple' } as const;

const prompter: RunRequest['prompter'] = {
  line: () => Promise.resolve(undefined),
  secret: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(undefined),
  stdinLine: () => Promise.resolve(new Secret('')),
};

/** An inventory in a directory of its own, and ways to use it. */
export class Fleet implements AsyncDisposable {
  readonly #directory: string;
  readonly #runtime: RuntimeBase;
  #hosts: Record<string, HostEntry>;

  private constructor(directory: string, hosts: Record<string, HostEntry>, runtime: RuntimeBase) {
    this.#directory = directory;
    this.#hosts = hosts;
    this.#runtime = runtime;
  }

  /** Entries by host name; `local` is this machine. */
  static async of(hosts: Record<string, HostEntry>): Promise<Fleet> {
    const directory = await mkdtemp(join(tmpdir(), 'ops-fleet-'));
    return new Fleet(directory, hosts, await RuntimeBase.make());
  }

  /** Changes settings of a host, as `occ config set` would. */
  set(host: string, settings: HostEntry): void {
    this.#hosts = { ...this.#hosts, [host]: { ...this.#hosts[host], ...settings } };
  }

  async inventory(): Promise<Inventory> {
    const { reference } = await ensureBaseImage('bookworm');
    const ca = process.env['NODE_EXTRA_CA_CERTS'];
    const defaults = { base_image: reference, ...(ca && { extra_ca_file: ca }) };
    const file = join(this.#directory, 'inventory.yaml');
    // Renamed into place: two runs at once must not see each other's half-written file.
    const fresh = join(this.#directory, randomUUID());
    await writeFile(fresh, stringify({ version: 1, defaults, hosts: this.#hosts }), {
      mode: 0o600,
    });
    await rename(fresh, file);
    return loadInventory({ file, env: process.env, cwd: this.#directory, home: homedir() });
  }

  /** The caller closes it. */
  async open(name: string, signal?: AbortSignal): Promise<Host> {
    return openHost(await this.inventory(), name, this.hostOptions(signal));
  }

  /** Runs an operation of the registry on hosts; its input is parsed as the command line's would be. */
  async run(
    operation: OperationName | AnyOperation,
    selected: readonly string[],
    input: Record<string, unknown> = {},
    overrides: RunOverrides = {},
  ): Promise<Ran> {
    const loaded = typeof operation === 'string' ? await registry[operation]() : operation;
    const inventory = await this.inventory();
    const events: OccEvent[] = [];
    const report = await runOperation(loaded, {
      inventory,
      selected,
      explicitSelection: true,
      input: (loaded.input as z.ZodObject).parse(input),
      dryRun: false,
      yes: false,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
      prompter,
      openHost: (name, other = inventory, signal) =>
        openHost(other, name, this.hostOptions(signal)),
      ...overrides,
    });
    return { report, events };
  }

  /**
   * Makes sure that this machine has the image, and brings it to a lab host so that it is built once only.
   * @returns its reference
   */
  async provideImage(lab?: LabHost): Promise<string> {
    await using host = await this.open('local');
    const { signal } = new AbortController();
    const context = { host, signal, prompter, emit: () => undefined };
    const plan = await planImage(
      { ...context, inventory: await this.inventory() },
      { rebuild: false },
    );
    for (const step of plan.steps) await step.apply();
    if (lab) await loadImages(lab, [plan.imageRef]);
    return plan.imageRef;
  }

  async addUser(name: string): Promise<void> {
    await using host = await this.open(name);
    const container = await host.container(host.settings.container_name);
    const answer = await run(container, addWebUser(login.user, new Secret(login.password)));
    if (answer.outcome !== 'done') throw new Error(`user not added: ${answer.outcome}`);
  }

  /** Calls `use` with the base URL of the service on a host, reached from there. */
  async reach<T>(name: string, use: (url: string) => Promise<T>): Promise<T> {
    await using host = await this.open(name);
    const endpoint = { address: '127.0.0.1', port: host.settings.port };
    const tunnel = await openTunnel(await host.transport(), endpoint, { port: 0 });
    try {
      return await use(`http://127.0.0.1:${tunnel.port}`);
    } finally {
      await tunnel.close();
    }
  }

  /** Removes container and volumes of every host, and the inventory. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#removeAll();
    } finally {
      await this.#runtime[Symbol.asyncDispose]();
      await rm(this.#directory, { recursive: true, force: true });
    }
  }

  async #removeAll(): Promise<void> {
    for (const name of Object.keys(this.#hosts)) {
      await using host = await this.open(name);
      const engine = await host.engine();
      const container = host.settings.container_name;
      for (const each of [container, `${container}-previous`]) {
        await engine.stopContainer(each, 1).catch(() => undefined);
        await engine.removeContainer(each);
      }
      for (const volume of volumeNames(container)) {
        await engine.removeVolume(volume).catch(() => undefined);
      }
    }
  }

  /** What `openHost` is given. */
  hostOptions(signal?: AbortSignal) {
    const stateDir = join(this.#directory, 'state');
    return { signal, prompter, stateDir, env: process.env, runtimeDir: this.#runtime.sockets };
  }
}

/** Entry of a lab host, reached through the lab's ssh configuration. */
export function labEntry(sshConfigFile: string, entry: HostEntry): HostEntry {
  return { ssh_config: sshConfigFile, ...entry };
}

/** HTTP status of the page, with a password or without. */
export async function statusOf(url: string, password?: string): Promise<number> {
  const response = await fetch(`${url}/`, { headers: authorization(password) });
  await response.arrayBuffer();
  return response.status;
}

/** Header of HTTP Basic authentication (RFC 7617). */
export function authorization(password: string | undefined): Record<string, string> {
  if (password === undefined) return {};
  const pair = Buffer.from(`${login.user}:${password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** The result of the only host. @throws its error when it failed */
export function only({ report }: Ran): { changed: boolean; value: Record<string, unknown> } {
  const [outcome] = report.outcomes;
  if (!outcome) throw new Error('no host');
  if (!outcome.ok) throw outcome.error;
  return { changed: outcome.value.changed, value: outcome.value.result as Record<string, unknown> };
}

/** The error of a host that must have failed. */
export function failureOf({ report }: Ran, host: string) {
  const outcome = report.outcomes.find((each) => each.host === host);
  if (!outcome || outcome.ok) throw new Error(`${host} did not fail`);
  return outcome;
}
