// Mistakes on the command line, in the inventory and on the way to a host: the built command tells each, and changes nothing.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { run } from '../../scripts/lib/run.mjs';
import { packetsDropped, sshdStopped } from '../lab/faults.ts';
import type { LabHost } from '../lab/lab-hosts.ts';
import { BuiltOcc, type Refusal } from './built-occ.ts';
import type { HostEntry } from './fleet.ts';
import { leftOn } from './target.ts';

const lab = inject('lab');
const containerName = 'claims-bad';

describe('the command line', () => {
  const usage = { exit: 2, code: 'usage' };
  const cases: [what: string, words: string[], message: RegExp, hint: RegExp][] = [
    ['command', ['strat'], /Unknown command "strat"/, /Did you mean occ start\?/],
    ['second word', ['host', 'ad'], /Unknown command "host ad"/, /occ host add/],
    ['option', ['start', '--biuld'], /Unknown option --biuld/, /Did you mean --build\?/],
    ['value', ['logs', '--tail', 'x'], /--tail needs a whole number, got "x"/, /occ logs --help/],
    ['host', ['--host', 'web-2', 'start'], /Unknown host "web-2"/, /Did you mean web-1\?/],
    ['group', ['--host', '@wbe', 'start'], /Unknown group "wbe"/, /Did you mean @web\?/],
    ['host of show', ['host', 'show', 'web-2'], /no host "web-2"/, /Did you mean web-1\?/],
    ['host of open', ['open', 'web-2'], /no host "web-2"/, /Did you mean web-1\?/],
    ['key', ['config', 'set', 'prot', '1'], /no setting "prot"/, /Did you mean port\?/],
    ['key of get', ['config', 'get', 'prot'], /no setting "prot"/, /Did you mean port\?/],
    ['setting', ['config', 'set', 'port', '0'], /from 1 to 65535, found "0"/, /port of the web/i],
  ];
  test.each(cases)('unknown or wrong: %s', async (_what, words, message, hint) => {
    await using occ = await BuiltOcc.with();
    await occ.write('version: 1\ngroups:\n  web:\nhosts:\n  web-1: { groups: [web] }\n');
    await occ.refuses(words, { ...usage, message, hint });
  });

  const names: [words: string[], stdin: string, message: RegExp, hint: RegExp][] = [
    [['user', 'add', 'Not Valid', '--generate'], '', /a user name starts with/, /--help/],
    [['user', 'add', '-x', '--generate'], '', /-x/, /--help/],
    [['user', 'add', 'bob', '--password-stdin'], '\n', /The password is empty/, /--generate/],
    [['user', 'passwd', 'bob', '--password-stdin'], '', /The password is empty/, /--generate/],
    [['user', 'add', 'bob'], '', /no terminal to ask/, /--password-stdin/],
  ];
  test.each(names)(
    '%j is refused before any host is asked',
    async (words, stdin, message, hint) => {
      await using occ = await BuiltOcc.of({ 'web-1': { address: '127.0.0.1:1' } });
      for (const host of ['local', 'web-1']) {
        await occ.refuses(['--host', host, ...words], { ...usage, message, hint }, stdin);
      }
    },
  );
});

describe('a malformed inventory', () => {
  const cases: [what: string, text: string, message: RegExp][] = [
    ['syntax', 'version: 1\nhosts: [a\n', /inventory\.yaml:\d+:\d+: /],
    ['wrong type', 'version: 1\ndefaults:\n  port: high\n', /yaml:3:\d+: defaults\.port: /],
    ['duplicate host', 'version: 1\nhosts:\n  a:\n  a:\n', /yaml:4:3: hosts\.a: given twice/],
    ['unknown key', 'version: 1\nhosts:\n  a: { prot: 1 }\n', /yaml:3:\d+: hosts\.a\.prot: /],
    ['unknown group', 'version: 1\nhosts:\n  a: { groups: [x] }\n', /yaml:3:\d+: hosts\.a\.groups/],
    ['no version', 'hosts:\n  a:\n', /version/],
  ];
  test.each(cases)('%s: nothing reads it, nothing writes over it', async (_what, text, message) => {
    await using occ = await BuiltOcc.with();
    await occ.write(text);
    const wanted = { exit: 2, code: 'inventory', message, hint: /docs\/inventory\.md/ };
    const add = ['host', 'add', 'b', '--no-test'];
    for (const words of [['status'], ['config', 'set', 'port', '3001'], add]) {
      await occ.refuses(words, wanted);
    }
  });
});

test('a name that does not resolve', async () => {
  await using occ = await BuiltOcc.of({ far: { address: 'no-such-host.invalid' } });
  await occ.refuses(['--host', 'far', 'start'], {
    exit: 3,
    code: 'connect.dns',
    host: 'far',
    message: /no-such-host\.invalid .*does not resolve/,
    hint: /occ host show far/,
  });
});

describe.each(lab.hosts)('the way to $name', (host) => {
  const { name } = host;
  const refused = (code: string, message: RegExp, hint: RegExp): Refusal => ({
    exit: 3,
    code,
    host: name,
    message,
    hint,
  });

  /** The operator's own ssh configuration and known_hosts; nothing of this machine's is read. */
  async function operator(knownHosts: string, entry: HostEntry = {}): Promise<BuiltOcc> {
    const occ = await BuiltOcc.with();
    const known = join(occ.home, 'known_hosts');
    const config = join(occ.home, 'ssh_config');
    await writeFile(known, knownHosts);
    await writeFile(
      config,
      `UserKnownHostsFile ${known}\nGlobalKnownHostsFile /dev/null\nIdentitiesOnly yes\n`,
    );
    const hosts = { [name]: { ...entryOf(host), ssh_config: config, ...entry } };
    await occ.write(JSON.stringify({ version: 1, hosts }));
    return occ;
  }

  const known = () => readFile(lab.knownHostsFile, 'utf8');
  const start = ['--host', name, 'start'];

  test('is refused', async () => {
    await using occ = await operator(await known());
    await using fault = await sshdStopped(host);
    expect(fault).toBeDefined();
    await occ.refuses(start, {
      exit: 3,
      // The published port of the machine may be there although nobody listens behind it.
      code: expect.stringMatching(/^connect\.(refused|handshake)$/) as string,
      host: name,
      message: /refused the connection|closed the connection/,
      hint: /sshd|SSH server/,
    });
  });

  test('is silent', async () => {
    await using occ = await operator(await known(), { connect_timeout: 2 });
    await using fault = await packetsDropped(host);
    expect(fault).toBeDefined();
    const wanted = refused('connect.timeout', /within 2 s/, /connect_timeout/);
    await occ.refuses(start, wanted);
  });

  test('needs another key', async () => {
    await using occ = await operator(await known());
    const key = join(occ.home, 'stranger');
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const settings = { ...entryOf(host), ssh_config: join(occ.home, 'ssh_config') };
    const hosts = { [name]: { ...settings, identity_file: key } };
    await occ.write(JSON.stringify({ version: 1, hosts }));
    const wanted = refused('connect.auth', /refused the login as ops .*stranger/, /ssh-copy-id/);
    await occ.refuses(start, wanted);
    expect(await leftOn(name, containerName)).toBe('');
  });

  test('shows a host key that nobody knows, and there is no terminal to ask', async () => {
    await using occ = await operator('');
    const command = `occ host trust ${name} --fingerprint ${host.hostKeyFingerprint}`;
    const wanted = refused(
      'connect.host-key-unknown',
      /is not known: ssh-ed25519 SHA256:/,
      new RegExp(command.replaceAll('+', '\\+')),
    );
    await occ.refuses(start, wanted);
    expect(await leftOn(name, containerName)).toBe('');
    // What the hint says is what helps.
    const trusted = await occ.run(command.split(' ').slice(1));
    expect(trusted).toMatchObject({ code: 0 });
    expect(await occ.json(['--host', name, 'host', 'test'])).toMatchObject({ code: 0 });
  });

  test('shows another host key than the one that is known', async () => {
    await using occ = await operator('');
    const pair = join(occ.home, 'other');
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', pair]);
    const [type = '', key = ''] = (await readFile(`${pair}.pub`, 'utf8')).split(' ');
    await writeFile(join(occ.home, 'known_hosts'), `[127.0.0.1]:${host.port} ${type} ${key}\n`);
    const wanted = refused('connect.host-key-changed', /has changed.*SHA256:/, /ssh-keygen -R/);
    await occ.refuses(start, wanted);
    expect(await leftOn(name, containerName)).toBe('');
  });
});

function entryOf(host: LabHost): HostEntry {
  return {
    address: `ops@${host.address}:${host.port}`,
    identity_file: host.identityFile,
    container_name: containerName,
  };
}
