// What ssh says when it fails, in its words of several versions, and what occ makes of it.
import { describe, expect, test } from 'vitest';
import { masterError } from '../../../src/transport/openssh/openssh-errors.ts';
import type { FailedMaster } from '../../../src/transport/openssh/openssh-failed-master.ts';

const failed: FailedMaster = {
  place: { host: 'web-1', jump: undefined, hostname: 'web.example', port: 22 },
  user: 'ops',
  keyName: 'web.example',
  pins: undefined,
  knownHostsFiles: [],
  ownKnownHosts: '/state/known_hosts',
  gssapi: false,
  questions: undefined,
  code: 255,
  viaSaid: '',
};

const warning = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
The fingerprint for the ED25519 key sent by the remote host is
SHA256:abc.
Offending ED25519 key in /home/ops/.ssh/known_hosts:7
Host key for web.example has changed and you have requested strict checking.`;

describe('masterError', () => {
  test.each<[reason: string, said: string, part: string]>([
    ['dns', 'ssh: Could not resolve hostname web.example: Name or service not known', 'resolve'],
    ['dns', 'ssh: Could not resolve hostname x: Temporary failure in name resolution', 'resolve'],
    ['refused', 'ssh: connect to host web.example port 22: Connection refused', 'refused'],
    ['timeout', 'ssh: connect to host web.example port 22: Connection timed out', 'did not answer'],
    ['timeout', 'ssh: connect to host web.example port 22: Operation timed out', 'did not answer'],
    ['timeout', 'Connection timed out during banner exchange', 'did not answer'],
    ['timeout', 'Connection to 192.0.2.1 port 22 timed out', 'did not answer'],
    ['unreachable', 'ssh: connect to host x port 22: No route to host', 'No route to host'],
    ['unreachable', 'ssh: connect to host x port 22: Network is unreachable', 'unreachable'],
    ['host-key-changed', `${warning}\nHost key verification failed.`, 'SHA256:abc'],
    [
      'host-key-unknown',
      'No ED25519 host key is known for web.example and you have requested strict checking.\r\nHost key verification failed.\r',
      'is not known',
    ],
    ['host-key-unknown', 'Host key verification failed.', 'is not known'],
    [
      'host-key-unknown',
      'Certificate invalid: expired\nNo ED25519-CERT host key is known for web.example and you have requested strict checking.\nHost key verification failed.',
      'Certificate invalid: expired',
    ],
    [
      'host-key-revoked',
      '@       WARNING: REVOKED HOST KEY DETECTED!               @\nThe ED25519 host key for web.example is marked as revoked.\nHost key verification failed.',
      'revoked',
    ],
    [
      'host-key-revoked',
      'Host key ED25519 SHA256:abc revoked by file /etc/ssh/revoked\nHost key verification failed.',
      '/etc/ssh/revoked',
    ],
    ['auth', 'ops@web.example: Permission denied (publickey,password).', 'publickey, password'],
    ['auth', 'Permission denied (publickey).', 'accepts: publickey'],
    [
      'auth',
      'sign_and_send_pubkey: signing failed for ED25519 "/k" from agent: agent refused operation\nops@x: Permission denied (publickey).',
      'agent refused operation',
    ],
    [
      'auth',
      'Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\nDisconnected from 192.0.2.1 port 22',
      'too many keys',
    ],
    [
      'handshake',
      'Unable to negotiate with 192.0.2.1 port 22: no matching key exchange method found. Their offer: sntrup761x25519-sha512@openssh.com',
      'no matching key exchange method found. Their offer: sntrup761',
    ],
    [
      'handshake',
      'kex_exchange_identification: read: Connection reset by peer\nConnection reset by 192.0.2.1 port 22',
      'closed the connection',
    ],
    ['handshake', 'ssh_exchange_identification: Connection closed by remote host', 'closed'],
    ['handshake', 'Connection closed by UNKNOWN port 65535', 'The way to web-1'],
    ['handshake', 'kex_exchange_identification: banner line contains invalid characters', 'closed'],
    [
      'handshake',
      'kex_exchange_identification: Connection closed: Not allowed at this time',
      'too many failed',
    ],
    ['config', 'command-line: line 0: Bad configuration option: nosuch', 'nosuch'],
    [
      'config',
      '/home/ops/.ssh/config: line 3: Bad configuration option: foo\n/home/ops/.ssh/config: terminating, 1 bad configuration options',
      'line 3',
    ],
    ['config', 'Bad owner or permissions on /home/ops/.ssh/config', 'Bad owner'],
    ['config', 'ssh_askpass: exec(/tmp/x/ask): Permission denied', 'cannot ask'],
    ['handshake', 'something that no version has said yet', 'something that no version'],
  ])('%s: %s', async (reason, said, part) => {
    const error = await masterError(`${said}\n`, failed);
    expect(error).toMatchObject({ reason, host: 'web-1' });
    expect(error.message).toContain(part);
    expect(error.hint).toBeDefined();
  });

  test('does not take what a server says before the login for what ssh says', async () => {
    const banner = `${warning}\nssh: connect to host x port 22: Connection refused`;
    const said = `${banner}\nops@web.example: Permission denied (publickey).`;
    const error = await masterError(said, failed);
    expect(error.reason).toBe('auth');
    expect(error.message).not.toContain('Connection refused');
  });

  test('shows no escape sequences and no warnings about something else', async () => {
    const said =
      '** WARNING: connection is not using a post-quantum key exchange\n\u001b[31mred\u0007';
    const { message } = await masterError(said, failed);
    expect(message).toMatch(/: red$/);
  });

  test('tells by the jump host why it does not go on', async () => {
    const viaSaid = 'Stdio forwarding request failed: Session open refused by peer';
    const error = await masterError('Connection closed by UNKNOWN port 65535', {
      ...failed,
      viaSaid,
    });
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(error.message).toContain(viaSaid);
  });

  test('says how it ended when it said nothing', async () => {
    expect((await masterError('', failed)).message).toContain('exit code 255');
    const error = await masterError('', { ...failed, code: undefined });
    expect(error.message).toContain('by a signal');
  });

  test('names the key file that others can read', async () => {
    const said = `@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
Permissions 0644 for '/home/ops/.ssh/id' are too open.
Load key "/home/ops/.ssh/id": bad permissions
ops@web.example: Permission denied (publickey).`;
    const error = await masterError(said, failed);
    expect(error).toMatchObject({
      reason: 'auth',
      hint: expect.stringContaining('chmod 600') as string,
    });
    expect(error.message).toContain('bad permissions');
  });
});
