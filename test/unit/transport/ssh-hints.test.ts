// Hints hold commands to copy: whatever a host, a file or a user is called, each name is one word of the shell, and no option.
import { describe, expect, test } from 'vitest';
import { OccError, type ConnectReason } from '../../../src/errors.ts';
import { shellWord } from '../../../src/shell-word.ts';
import type { KnownHostLine } from '../../../src/transport/host-keys/known-hosts.ts';
import {
  changedKey,
  changedPin,
  refusedKey,
  revokedKey,
  unknownKey,
} from '../../../src/transport/host-keys/ssh-host-key-errors.ts';
import { parsePins } from '../../../src/transport/host-keys/ssh-pins.ts';
import { authError, loginGaveUp } from '../../../src/transport/login/ssh-auth-errors.ts';
import { Login } from '../../../src/transport/login/ssh-auth.ts';
import { masterError } from '../../../src/transport/openssh/openssh-errors.ts';
import type { FailedMaster } from '../../../src/transport/openssh/openssh-failed-master.ts';
import { Questions } from '../../../src/transport/openssh/openssh-questions.ts';
import { ConnectDeadline } from '../../../src/transport/ssh/ssh-deadline.ts';
import {
  AddressError,
  addressError,
  manyErrors,
  socketError,
  unreachable,
} from '../../../src/transport/ssh/ssh-errors.ts';
import {
  dropIn,
  handshakeError,
  wentOnTooEarly,
  type HandshakeAccount,
} from '../../../src/transport/ssh/ssh-handshake-error.ts';
import { describeAddress, sshTrial, type SshPlace } from '../../../src/transport/ssh/ssh-place.ts';
import { nobody } from '../../contract/sshd-client.ts';

/** Separators, an expansion, a quote and a space: none may be read by the shell. */
const nasty = `x;a 'b"$(touch /tmp/gone)`;
const user = `u;${nasty}`;
const file = `/k/${nasty}`;

const target: SshPlace = { host: nasty, jump: undefined, hostname: nasty, port: 22 };
const jump: SshPlace = { ...target, jump: `${nasty}:2222` };

/** As commands may have the names, and as sentences have them that are not to be copied. */
const allowed = [
  ...[nasty, user, file, `${user}@${nasty}`, jump.jump ?? '', `ssh://${jump.jump ?? ''}`].map(
    shellWord,
  ),
  `jump host on the way to ${nasty}.`,
  `Is ${describeAddress(target)} an SSH server?`,
  `${describeAddress(target)} is what is configured`,
];

function check(error: Error): void {
  expect(error).toBeInstanceOf(OccError);
  const hint = error instanceof OccError ? (error.hint ?? '') : '';
  const left = allowed.reduce((text, form) => text.replaceAll(form, ''), hint);
  expect(left).not.toContain('touch');
}

const key = { keyType: 'ssh-ed25519', key: Buffer.from('AAAA', 'base64') };
const lines: KnownHostLine[] = [{ ...key, file, line: 1, marker: 'none', hosts: nasty }];

const reasons: readonly ConnectReason[] = ['dns', 'refused', 'timeout', 'unreachable'];

function hello(preamble: string, ident?: string): HandshakeAccount['hello'] {
  const offer = { kex: ['x'], hostKey: ['x'], cipher: ['x'], mac: ['x'] };
  return { preamble, ident, offer };
}

/** A login that failed, in its variants. */
function logins(place: SshPlace): Login[] {
  using deadline = new ConnectDeadline(10, () => ({ host: nasty, place: nasty }));
  const config = { ...loginConfig, user };
  const context = { place, config, prompter: nobody, deadline };
  const login = (more: Partial<Login>): Login => Object.assign(new Login(context), more);
  return [
    login({}),
    login({ lockedKeys: [file] }),
    login({ keyFiles: [file] }),
    login({ passwordExpired: true }),
    login({ unanswered: true }),
    login({ partial: true }),
    login({ accepts: ['password'] }),
    login({ accepts: ['password'], partial: true, keyFiles: [file] }),
    login({ waiting: true }),
  ];
}

const loginConfig = {
  agentSocket: undefined,
  identityFiles: [],
  identitiesOnly: false,
  certificateFiles: [],
  pubkeyAuthentication: true,
  pubkeyAcceptedAlgorithms: [],
  requiredRsaSize: 0,
  preferredAuthentications: [],
  kbdInteractiveAuthentication: true,
  passwordAuthentication: true,
  gssapiAuthentication: false,
  hostbasedAuthentication: false,
  numberOfPasswordPrompts: 3,
  batchMode: false,
};

describe.each([
  ['a host', target],
  ['a jump host', jump],
])('%s with a nasty name', (_name, place) => {
  const shown = { place, name: nasty, keyType: key.keyType, fingerprint: 'SHA256:abc' };

  test('whose key is not accepted', () => {
    check(unknownKey(shown));
    check(changedKey(shown, lines));
    check(changedPin(shown, [{ ...key, file }]));
    for (const line of lines) check(revokedKey(shown, line));
    for (const by of ['person', 'rekey'] as const) check(refusedKey(shown, by));
    expect(() => parsePins(['damaged'], nasty)).toThrow(OccError);
    try {
      parsePins(['damaged'], nasty);
    } catch (error) {
      check(error as Error);
    }
  });

  test('that is not reached', () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const here = { address: '::1', source: '::1' };
    const gone = Object.assign(new Error('no'), { code: 'EADDRNOTAVAIL' });
    for (const reason of reasons) check(unreachable(reason, 'why', place));
    check(socketError(refused, place));
    check(addressError(gone, here, place));
    check(manyErrors([new AddressError('::1', socketError(refused, place))], place));
    check(manyErrors([], place));
  });

  test('that refuses the login', () => {
    for (const login of logins(place)) {
      for (const tooMany of [true, false]) check(authError(place, login, tooMany, new Error('x')));
      check(loginGaveUp(place, login, new Error('x')));
    }
  });

  test('that does not shake hands', () => {
    const [login] = logins(place) as [Login];
    const says = (text: string, from: HandshakeAccount['hello']): void => {
      check(handshakeError(new Error(text), { place, login, hello: from }));
    };
    check(wentOnTooEarly(place));
    for (const preamble of ['', 'HTTP/1.1', 'Not allowed at this time']) says('x', hello(preamble));
    for (const ident of ['SSH-1.5-x', 'SSH-2.0-x']) says('x', hello('', ident));
    for (const what of ['key exchange', 'host key', 'cipher', 'MAC'])
      says(`Handshake failed: no matching ${what} algorithm`, hello('', 'SSH-2.0-x'));
    const reset = socketError(Object.assign(new Error('x'), { code: 'ECONNRESET' }), place);
    check(dropIn(new AddressError('::1', reset), place) as Error);
  });

  test('of which ssh itself tells', async () => {
    using deadline = new ConnectDeadline(10, () => ({ host: nasty, place: nasty }));
    const questions = new Questions({ place, user, prompter: nobody, deadline });
    questions.lockedKeys.push(file);
    const failed: FailedMaster = {
      ...{
        place,
        user,
        keyName: nasty,
        pins: undefined,
        knownHostsFiles: [],
        ownKnownHosts: '',
        gssapi: false,
      },
      ...{ questions: undefined, code: 255, viaSaid: '' },
    };
    const verdict = 'Host key verification failed.';
    const denied = 'Permission denied (publickey).';
    const sayings = [
      ...['Bad configuration option: x', 'ssh: Could not resolve hostname x: y'],
      ...['ssh: connect to host x port 22: Connection refused', denied, verdict, 'whatever'],
      ...['ssh: connect to host x port 22: No route to host', 'Too many authentication failures'],
      ...['Unable to negotiate with x: y', 'Connection closed by UNKNOWN port 65535'],
      ...['Connection closed by x port 22', 'Not allowed at this time'],
      `REMOTE HOST IDENTIFICATION HAS CHANGED\n${verdict}`,
      `is marked as revoked\n${verdict}`,
      `UNPROTECTED PRIVATE KEY FILE!\nPermissions 0644 for '/k/x;$(touch /tmp/gone)' are too open.\n${denied}`,
    ];
    const open = shellWord('/k/x;$(touch /tmp/gone)');
    for (const said of sayings) {
      const error = await masterError(said, failed);
      check(Object.assign(error, { hint: error.hint?.replace(open, '') }));
    }
    check(await masterError(denied, { ...failed, questions }));
    for (const viaSaid of ['administratively prohibited', 'Control socket connect(x): y'])
      check(await masterError('', { ...failed, viaSaid }));
  });
});

test('a name that ssh would take for an option stays a name', () => {
  const place = { ...target, hostname: '-oProxyCommand=x' };
  expect(sshTrial(place)).toBe('ssh -v -p 22 -- -oProxyCommand=x');
  expect(sshTrial(place, 'ops')).toBe('ssh -v -p 22 ops@-oProxyCommand=x');
});
