// The arguments of ssh for a master.
import { describe, expect, test } from 'vitest';
import {
  masterArguments,
  type MasterArguments,
} from '../../../src/transport/openssh/openssh-arguments.ts';
import { isSince, parseVersion } from '../../../src/transport/openssh/openssh-version.ts';

const master: MasterArguments = {
  target: { host: 'web-1', address: 'ops@web.example:2222' },
  config: { kexAlgorithms: ['mlkem768x25519-sha256', 'curve25519-sha256'], serverAliveInterval: 0 },
  controlPath: '/run/user/1/occ/abc',
  persistSeconds: 600,
  viaLog: '/run/user/1/occ/abc.via',
  mayAsk: false,
  fastKex: true,
  hostKeyOptions: ['StrictHostKeyChecking=yes'],
  extraOptions: [],
  version: { major: 9, minor: 2 },
};
const optionsOf = (more: Partial<MasterArguments> = {}): string[] =>
  masterArguments({ ...master, ...more }).filter((_, at, all) => all[at - 1] === '-o');

describe('masterArguments', () => {
  test('names the target as ssh -G is asked for it', () => {
    const argv = masterArguments(master);
    expect(argv.slice(0, 4)).toEqual(['-M', '-N', '-S', '/run/user/1/occ/abc']);
    expect(argv.slice(-7)).toEqual(['-T', '-l', 'ops', '-p', '2222', '--', 'web.example']);
  });

  test('puts extra options first, since the first value wins', () => {
    expect(optionsOf({ extraOptions: ['ForwardAgent=yes'] })[0]).toBe('ForwardAgent=yes');
  });

  test('asks nothing without a person, and for passwords only where they are wanted', () => {
    expect(optionsOf()).toContain('BatchMode=yes');
    expect(optionsOf({ mayAsk: true })).toContain('PasswordAuthentication=no');
    const target = { ...master.target, passwordLogin: true };
    const asking = optionsOf({ mayAsk: true, target });
    expect(asking.filter((option) => /BatchMode|PasswordAuth/.test(option))).toEqual([]);
  });

  test('passes on questions of a server only where ssh marks them as such', () => {
    const off = 'KbdInteractiveAuthentication=no';
    expect(optionsOf({ mayAsk: true, version: { major: 8, minor: 5 } })).not.toContain(off);
    expect(optionsOf({ mayAsk: true, version: { major: 8, minor: 4 } })).toContain(off);
  });

  test('moves curve25519 to the front, and never adds it', () => {
    expect(optionsOf()).toContain('KexAlgorithms=curve25519-sha256,mlkem768x25519-sha256');
    const config = { kexAlgorithms: ['mlkem768x25519-sha256'], serverAliveInterval: 0 };
    for (const more of [{ config }, { fastKex: false }]) {
      expect(optionsOf(more).some((option) => option.startsWith('KexAlgorithms'))).toBe(false);
    }
  });

  test('notices a dead connection, in the way that the configuration wants', () => {
    expect(optionsOf()).toContain('ServerAliveInterval=15');
    const config = { ...master.config, serverAliveInterval: 5 };
    expect(optionsOf({ config }).some((option) => option.startsWith('ServerAlive'))).toBe(false);
  });

  test('waits for no silent server without an end, and no shorter than occ does', () => {
    expect(optionsOf()).toContain('ConnectTimeout=60');
    const target = { ...master.target, connectTimeoutSeconds: 100 };
    expect(optionsOf({ target })).toContain('ConnectTimeout=200');
    const config = { ...master.config, connectTimeout: 40 };
    expect(optionsOf({ config })).toContain('ConnectTimeout=80');
  });

  test('uses no option that an old client does not know', () => {
    expect(optionsOf()).toContain('RemoteCommand=none');
    expect(optionsOf({ version: { major: 7, minor: 4 } })).not.toContain('RemoteCommand=none');
    expect(optionsOf({ version: undefined })).not.toContain('RemoteCommand=none');
  });

  test('goes through the master of a jump host only, never by itself', () => {
    const target = { ...master.target, proxyJump: 'hop' };
    const via = { controlPath: "/run/o'cc/100%", jump: 'ops@hop:22' };
    const options = optionsOf({ target, via });
    const proxy = options.find((option) => option.startsWith('ProxyCommand'));
    expect(proxy).toContain('-o ProxyCommand=false');
    expect(proxy).toContain('100%%%%');
    expect(proxy).toContain('-- ops_hop_22 2>/run/user/1/occ/abc.via');
    expect(options.some((option) => option.startsWith('ProxyJump'))).toBe(false);
  });

  test('keeps a percent sign in a path', () => {
    expect(masterArguments({ ...master, controlPath: '/run/5%h' })[3]).toBe('/run/5%%h');
  });
});

describe('parseVersion', () => {
  test.each([
    ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026', 9, 2],
    ['OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.1 1 Jul 2025', 10, 0],
    ['OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017', 7, 4],
    ['OpenSSH_9.0p1, LibreSSL 3.3.6', 9, 0],
    ['OpenSSH_for_Windows_8.1p1, LibreSSL 3.0.2', 8, 1],
  ])('%s', (text, major, minor) => {
    expect(parseVersion(text)).toEqual({ major, minor });
  });

  test('something else', () => {
    expect(parseVersion('Dropbear v2022.83')).toBeUndefined();
    expect(isSince(undefined, 0, 0)).toBe(false);
    expect(isSince({ major: 10, minor: 0 }, 9, 9)).toBe(true);
    expect(isSince({ major: 9, minor: 1 }, 9, 2)).toBe(false);
  });
});
