// The image built on a remote host by the built command, with certificates of its own, which the container then trusts.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { attempt, run } from '../../scripts/lib/run.mjs';
import { onHost } from '../lab/faults.ts';
import { BuiltOcc } from './built-occ.ts';
import { Fleet, labEntry } from './fleet.ts';
import { dockerOn } from './target.ts';

const lab = inject('lab');
const containerName = 'claims-build';

// One engine is enough for a build of minutes: the newer one, with the containerd image store.
const newer = lab.hosts.filter(({ kind }) => kind === 'trixie');

describe.each(newer)('on $name', (host) => {
  const { name } = host;
  let fleet: Fleet;
  let occ: BuiltOcc;

  beforeAll(async () => {
    const settings = { container_name: containerName, port: 13_151 };
    fleet = await Fleet.of({ [name]: labEntry(lab.sshConfigFile, settings) });
    occ = await BuiltOcc.with();
    await makeAuthority('trusted');
    await makeAuthority('other');
    const own = await readFile(join(occ.home, 'trusted.pem'), 'utf8');
    const network = process.env['NODE_EXTRA_CA_CERTS'];
    const bundle = join(occ.home, 'bundle.pem');
    await writeFile(bundle, `${network ? await readFile(network, 'utf8') : ''}\n${own}`);
    fleet.set(name, { extra_ca_file: bundle });
    await occ.write(await readFile((await fleet.inventory()).file, 'utf8'));
  });

  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
    await occ[Symbol.asyncDispose]();
  });

  /** A certificate authority that signs a server certificate for localhost. */
  async function makeAuthority(called: string): Promise<void> {
    const path = (ending: string) => join(occ.home, `${called}${ending}`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const subject = ['-subj', `/CN=occ ${called} authority`];
    await run([
      ...['openssl', 'req', '-x509', ...key, ...subject, '-days', '2'],
      ...['-keyout', path('.key'), '-out', path('.pem')],
    ]);
    await run([
      ...['openssl', 'req', ...key, '-subj', '/CN=localhost'],
      ...['-keyout', path('-server.key'), '-out', path('-server.csr')],
    ]);
    await run([
      ...['openssl', 'x509', '-req', '-days', '2', '-in', path('-server.csr')],
      ...['-CA', path('.pem'), '-CAkey', path('.key'), '-CAcreateserial'],
      ...['-out', path('-server.pem')],
    ]);
  }

  test('start builds it there, step by step, and the next start has nothing to build', async () => {
    const { code, stdout, stderr } = await occ.run(['--host', name, 'start']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${containerName} on ${name} is running and healthy`);
    const steps = [...stderr.matchAll(/: step (\d+)\/(\d+)/g)].map(([, step]) => Number(step));
    const total = Number(/: step \d+\/(\d+)/.exec(stderr)?.[1]);
    expect([...new Set(steps)]).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    const again = await occ.json(['--host', name, 'start']);
    expect(again).toMatchObject({ code: 0, document: { changed: false } });
  }, 900_000);

  test.each([
    ['trusted', 0, 'Verification: OK'],
    ['other', 1, 'verify error'],
  ])('a server with a certificate of the %s authority', async (called, code, said) => {
    const directory = `/tmp/${called}`;
    await dockerOn(name, 'exec', containerName, 'mkdir', '-p', directory);
    for (const file of ['server.pem', 'server.key']) {
      const text = await readFile(join(occ.home, `${called}-${file}`), 'utf8');
      await run(
        [
          ...['docker', 'exec', '--interactive', host.containerId],
          ...['docker', 'exec', '--interactive', containerName],
          ...['sh', '-c', `cat >${directory}/${file}`],
        ],
        { input: text },
      );
    }
    const script = `cd ${directory}
      openssl s_server -accept 4433 -cert server.pem -key server.key -naccept 1 -quiet >/dev/null 2>&1 &
      until openssl s_client -connect localhost:4433 -verify_return_error </dev/null >out 2>&1 ||
        ! grep -q 'Connection refused' out; do :; done
      grep -q 'Verification: OK' out; code=$?; cat out; exit $code`;
    const exec = ['docker', 'exec', containerName, 'sh', '-c', script];
    const answer = await attempt(['docker', 'exec', host.containerId, ...exec]);
    expect(answer.code, answer.stdout).toBe(code);
    expect(answer.stdout).toContain(said);
  });

  test('the certificate was put into the container when it was made', async () => {
    const directory = '/usr/local/share/ca-certificates/opencode-cloud';
    const files = ['sh', '-c', `cat ${directory}/occ-extra-*.crt`];
    const own = await readFile(join(occ.home, 'trusted.pem'), 'utf8');
    expect(await dockerOn(name, 'exec', containerName, ...files)).toContain(own.trim());
    const image = await dockerOn(name, 'inspect', '--format', '{{.Image}}', containerName);
    const inImage = ['docker', 'run', '--rm', '--entrypoint', 'ls', image, directory];
    expect(await onHost(host, inImage)).toBe('');
  });
});
