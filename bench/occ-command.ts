// The built command, with an inventory of one host and a home of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Place } from './place.ts';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

export class OccCommand {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  /** @param warmSeconds - as the setting `warm_connections` */
  static async for(place: Place, port: number, warmSeconds: number): Promise<OccCommand> {
    if (!existsSync(main)) throw new Error('Nothing is built: npm run build');
    const home = join(place.client.path, `h${port}-${warmSeconds}`);
    await mkdir(home, { mode: 0o700 });
    const host = {
      address: `127.0.0.1:${port}`,
      ssh_config: place.client.configFile,
      warm_connections: warmSeconds,
    };
    await writeFile(join(home, 'inventory.yaml'), stringify({ version: 1, hosts: { far: host } }));
    return new OccCommand(home);
  }

  /** Where it keeps its connections. */
  get runtimeDir(): string {
    return join(this.#home, 'opencode-cloud');
  }

  /** `occ status`: it asks the machine and its Docker Engine. Its outcome does not matter, as long as there is one. */
  async status(): Promise<void> {
    const env = {
      PATH: process.env['PATH'],
      HOME: this.#home,
      XDG_RUNTIME_DIR: this.#home,
      OCC_INVENTORY: join(this.#home, 'inventory.yaml'),
    };
    const argv = [main, '--host', 'far', 'status', '--json'];
    const child = spawn(process.execPath, argv, {
      env,
      cwd: this.#home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number];
    if (code > 1 || !said.includes('"docker"')) throw new Error(`occ ended with ${code}: ${said}`);
  }
}
