// Opens a host of the inventory: the one place that knows whether it is this machine or a remote one.
import { homedir } from 'node:os';
import { UnsupportedError } from '../errors.ts';
import { describeEndpoint } from '../transport/dial-error.ts';
import { LocalTransport } from '../transport/local-transport.ts';
import type { RootAccess } from '../transport/root-access.ts';
import { run } from '../transport/run.ts';
import type { ConnectProgress } from '../transport/ssh/ssh-progress.ts';
import type { SshOptions } from '../transport/ssh/ssh-target.ts';
import type { Transport } from '../transport/transport.ts';
import type { OpenEngine } from './docker-engine.ts';
import type { EarlyEngine } from './engine-early.ts';
import { readFacts, type HostFacts } from './facts.ts';
import type { Engine } from './engine.ts';
import { engineMemory, type EngineMemory } from './engine-memory.ts';
import type { ContainerUse, EngineWay, Host, HostOptions } from './host.ts';
import { expandPath } from './inventory-path.ts';
import type { HostSettings } from './inventory-schema.ts';
import type { Inventory } from './inventory.ts';
import { passwordAtJump, pinsOfJump } from './jump-entries.ts';
import type { KeptConnections } from './kept-connections.ts';
import { localHost } from './local-host.ts';
import { Once } from './once.ts';
import type { ShownHostKeys } from './host-key.ts';
import { sshTargetOf } from './ssh-target-of.ts';
import { passwordsForSudo } from './sudo-passwords.ts';

/**
 * A host, not connected yet. Paths of this machine in its settings are absolute: `~` is the home directory, and what is
 * relative is relative to the inventory file.
 */
export function openHost(inventory: Inventory, name: string, options: HostOptions): Host {
  const home = options.env['HOME'] ?? homedir();
  const settings = withAbsolutePaths(inventory.settingsOf(name), inventory.file, home);
  return new OpenHost(name, settings, {
    ...options,
    pinsOfJump: pinsOfJump(inventory),
    passwordAtJump: passwordAtJump(inventory),
    inventoryFile: inventory.file,
    sudoPasswords: passwordsForSudo(options.prompter, settings.address ?? name),
  });
}

type OpenOptions = HostOptions &
  Pick<SshOptions, 'pinsOfJump' | 'passwordAtJump' | 'inventoryFile' | 'sudoPasswords'>;

class OpenHost implements Host {
  readonly name: string;
  readonly settings: HostSettings;
  #transport: Once<Transport>;
  #early: Once<EarlyEngine>;
  #engine: Once<OpenEngine>;
  readonly #facts: Once<HostFacts>;
  readonly #options: OpenOptions;
  readonly #containers = new Map<string, Once<Transport>>();

  constructor(name: string, settings: HostSettings, options: OpenOptions) {
    this.name = name;
    this.settings = settings;
    this.#options = options;
    this.#transport = new Once(() => connect(name, settings, options));
    this.#early = new Once(() => this.#findEngine());
    this.#engine = new Once(() => this.#proveEngine());
    this.#facts = new Once(async () =>
      run(await this.transport(), readFacts(), { signal: options.signal }),
    );
  }

  transport(): Promise<Transport> {
    return this.#transport.get();
  }

  async connectAnew(observe: (progress: ConnectProgress) => void): Promise<Transport> {
    (await this.#early.opened())?.close();
    this.#early = new Once(() => this.#findEngine());
    this.#engine = new Once(() => this.#proveEngine());
    await this.#memory()?.forget();
    await closeOpened(this.#transport);
    this.#transport = new Once(() =>
      connect(this.name, this.settings, {
        ...this.#options,
        pool: undefined,
        fresh: true,
        observe,
      }),
    );
    return this.#transport.get();
  }

  async kept(of?: 'all'): Promise<KeptConnections> {
    const { keptConnections } = await import('./kept-connections.ts');
    return keptConnections(this.#options.runtimeDir, of === 'all' ? undefined : this.name);
  }

  async hostKeys(): Promise<ShownHostKeys> {
    if (this.name === localHost) {
      throw new UnsupportedError(
        'This machine is not reached by ssh, so it has no host key to trust',
        {
          host: this.name,
        },
      );
    }
    const { lookAtHostKeys } = await import('./host-key.ts');
    return lookAtHostKeys(sshTargetOf(this.name, this.settings), this.#options);
  }

  async engine({ early = false }: { early?: boolean } = {}): Promise<Engine> {
    return (await (early ? this.#early : this.#engine).get()).engine;
  }

  async engineWay(): Promise<EngineWay> {
    const { address, way } = await this.#engine.get();
    return { place: describeEndpoint(address.endpoint), source: address.source, way };
  }

  async asRoot(): Promise<RootAccess> {
    const transport = await this.transport();
    const { RootAccess } = await import('../transport/root-access.ts');
    const start: Transport['start'] = (spec, options) => transport.start(spec, options);
    return new RootAccess(this.name, start, this.#options.sudoPasswords);
  }

  facts(): Promise<HostFacts> {
    return this.#facts.get();
  }

  container(name: string, { user = 'root', when }: ContainerUse = {}): Promise<Transport> {
    const key = `${user}@${name}`;
    const known = when === undefined ? this.#containers.get(key) : undefined;
    if (known) return known.get();
    const opened = new Once(() => this.#openContainer(name, user, when));
    this.#containers.set(when === undefined ? key : `${key} ${this.#containers.size}`, opened);
    return opened.get();
  }

  /** Closes in the reverse order of opening: what runs in containers, the engine's connections, the way to the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    const containers = [...this.#containers.values()].map(closeOpened);
    await Promise.all(containers);
    (await this.#early.opened())?.close();
    await closeOpened(this.#transport);
  }

  /** A failure is not kept: what was wrong may be mended by then. */
  async #proveEngine(): Promise<OpenEngine> {
    const early = this.#early;
    try {
      return await (
        await early.get()
      ).proved;
    } catch (error) {
      if (this.#early === early) this.#early = new Once(() => this.#findEngine());
      throw error;
    }
  }

  async #findEngine(): Promise<EarlyEngine> {
    const [transport, { findEarly }] = await Promise.all([
      this.transport(),
      import('./find-engine.ts'),
    ]);
    const socket = this.settings.docker_socket;
    return findEarly(transport, { socket, memory: this.#memory(), signal: this.#options.signal });
  }

  /** None for this machine, whose DOCKER_HOST may be another for each command. */
  #memory(): EngineMemory | undefined {
    if (this.name === localHost) return undefined;
    const { address, ssh_user, ssh_port, ssh_config, proxy_jump, identity_file } = this.settings;
    const identity = [
      this.name,
      address,
      ssh_user,
      ssh_port,
      ssh_config,
      proxy_jump,
      identity_file,
    ];
    return engineMemory(this.#options.stateDir, identity);
  }

  async #openContainer(
    container: string,
    user: string,
    when: Promise<unknown> | undefined,
  ): Promise<Transport> {
    const { ContainerTransport } = await import('./container-transport.ts');
    const place = { container, host: this.name, user };
    if (when === undefined) {
      const { docker } = await this.#engine.get();
      return new ContainerTransport({ docker, ...place });
    }
    const { docker, proved } = await this.#early.get();
    const right = proved.then((opened) => opened.docker);
    return new ContainerTransport({ docker, ...place, before: { right, when } });
  }
}

async function closeOpened(transport: Once<Transport>): Promise<void> {
  await (await transport.opened())?.close();
}

async function connect(
  name: string,
  settings: HostSettings,
  options: OpenOptions & Pick<SshOptions, 'fresh' | 'observe'>,
): Promise<Transport> {
  if (name === localHost) {
    const { env, sudoPasswords } = options;
    return new LocalTransport({ host: name, env, sudoPasswords });
  }
  // Loaded here, so that a command for this machine does not pay for SSH.
  const { connectSsh } = await import('../transport/ssh/ssh-transport.ts');
  return connectSsh(sshTargetOf(name, settings), options);
}

function withAbsolutePaths(settings: HostSettings, file: string, home: string): HostSettings {
  const { identity_file, ssh_config, extra_ca_file } = settings;
  const absolute = (path: string) => expandPath(path, file, home);
  return {
    ...settings,
    ...(identity_file !== undefined && { identity_file: absolute(identity_file) }),
    // For ssh, `none` means no file at all.
    ...(ssh_config !== undefined && ssh_config !== 'none' && { ssh_config: absolute(ssh_config) }),
    ...(extra_ca_file !== undefined && { extra_ca_file: absolute(extra_ca_file) }),
  };
}
