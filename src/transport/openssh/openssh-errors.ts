// Translates what ssh says when it fails into the errors of occ's own connections, with the same reasons and hints.
import { ConnectError, type ConnectReason } from '../../errors.ts';
import { sanitizeLine } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import type { FailedMaster } from './openssh-failed-master.ts';
import { hostKeyError } from './openssh-host-key-errors.ts';
import { aboutKeys, lastLine, onOneLine, wordsOf } from './openssh-words.ts';
import { unreachable } from '../ssh/ssh-errors.ts';
import { HandshakeError } from '../ssh/ssh-handshake-error.ts';
import { describeAddress, describePlace, sshTrial } from '../ssh/ssh-place.ts';

/** The connection ended before the server said who it is. */
const beforeHello = /exchange_identification: (?:read: )?Connection (?:closed by|reset)/i;

type Translate = (match: RegExpExecArray, failed: FailedMaster, said: string) => ConnectError;

const because =
  (reason: ConnectReason): Translate =>
  (match, { place }) =>
    unreachable(reason, match[1] ?? match[0], place);

/** In this order: what comes first explains what comes after it. Texts of OpenSSH 7.4 to 10. */
const rules: readonly [pattern: RegExp, translate: Translate][] = [
  [
    /bad configuration option|^(?:\S+(?: line |: line )\d+: .*)$|Bad owner or permissions on/im,
    config,
  ],
  [/ControlPath too long|unix_listener: |too long for Unix domain socket/i, config],
  [/Could not resolve (?:host(?:name)?) ([^\n]*)/i, because('dns')],
  [
    /(?:getaddrinfo|getnameinfo)[^\n]*: ([^\n]*(?:not known|resolution|No address)[^\n]*)/i,
    because('dns'),
  ],
  [/connect to (?:host|address) [^\n]*: (Connection refused)/i, because('refused')],
  [
    /(?:connect to (?:host|address) [^\n]*: )?((?:Connection|Operation) timed out[^\n]*)/i,
    because('timeout'),
  ],
  [/(Connection to [^\n]* timed out)/i, because('timeout')],
  [/connect to (?:host|address) [^\n]*: ([^\n]+)/i, because('unreachable')],
  [/Too many authentication failures/i, tooMany],
  [/Permission denied \(([^)\n]*)\)/i, denied],
  [/Authentication failed|no more authentication methods/i, denied],
  [/Not allowed at this time/i, penalty],
  [/Unable to negotiate with [^\n]*?: ([^\n]*)/i, negotiation],
  [/(?:ssh_askpass|exec\()[^\n]*: (Permission denied)/i, noexec],
  [/exec: ssh: not found|ssh: command not found/i, config],
  [/Connection (?:closed|reset) by|exchange_identification|Connection closed by remote/i, dropped],
  [/banner exchange|banner line|remote protocol version|protocol identification/i, dropped],
];

/** The error of an ssh that ended before it was a master. */
export async function masterError(stderr: string, failed: FailedMaster): Promise<ConnectError> {
  const said = wordsOf(stderr);
  const aboutKey = await hostKeyError(said, failed);
  if (aboutKey !== undefined) return aboutKey;
  const through = viaError(failed);
  if (through !== undefined) return through;
  for (const text of [lastLine(said), said]) {
    for (const [pattern, translate] of rules) {
      const match = pattern.exec(text);
      if (match !== null) return translate(match, failed, said);
    }
  }
  return unknownFailure(said, failed);
}

/** The jump host answers for its part; what ssh itself then says is only that the way ended. */
function viaError({ viaSaid, place }: FailedMaster): ConnectError | undefined {
  const said = sanitizeLine(viaSaid).trim();
  if (said === '') return undefined;
  if (/Control socket|ControlPath|proxy dialer|Connection closed by UNKNOWN/i.test(said)) {
    return new ConnectError(
      'lost',
      `The connection to the jump host of ${place.host} is gone: ${said}`,
      {
        host: place.host,
        hint: 'Try again: a new one is made then.',
      },
    );
  }
  const message = `The jump host of ${place.host} does not connect to ${describeAddress(place)}: ${said}`;
  const hint = `Is sshd running there? Does the jump host allow it (AllowTcpForwarding, PermitOpen)? Try it from there: nc -vz ${shellWord(place.hostname)} ${place.port}`;
  return new ConnectError('unreachable', message, { host: place.host, hint });
}

function config(_match: RegExpExecArray, { place }: FailedMaster, said: string): ConnectError {
  const message = `ssh refuses its configuration for ${describePlace(place)}: ${onOneLine(said)}`;
  const hint = `Try it: ${sshTrial(place)}`;
  return new ConnectError('config', message, { host: place.host, hint });
}

function noexec(_match: RegExpExecArray, { place }: FailedMaster, said: string): ConnectError {
  const message = `ssh cannot ask its questions: ${onOneLine(said)}`;
  const hint = 'Set TMPDIR to a directory that programs may be run from.';
  return new ConnectError('config', message, { host: place.host, hint });
}

function denied(match: RegExpExecArray, failed: FailedMaster, said: string): ConnectError {
  const { place, user, questions } = failed;
  const accepts = (match[1] ?? '').split(',').filter((method) => method !== '');
  const details = [
    ...aboutKeys(said),
    ...(questions?.lockedKeys ?? []).map((file) => `${file}: ${whyLocked(file, questions)}`),
    ...(questions?.declined ?? []).map((what) => `nobody answered: ${what}`),
    ...(questions?.answered === true ? ['what was answered did not do'] : []),
    ...(accepts.length > 0 ? [`the server accepts: ${accepts.join(', ')}`] : []),
  ];
  const message = `${describePlace(place)} refused the login as ${user} by ssh (${onOneLine(details.join('\n'))})`;
  return new ConnectError('auth', message, {
    host: place.host,
    hint: authHint(accepts, failed, said),
  });
}

function whyLocked(file: string, questions: FailedMaster['questions']): string {
  const isWrong = questions?.wrongPassphrases.has(file) === true;
  return isWrong ? 'wrong passphrase' : 'nobody to ask for its passphrase';
}

function authHint(accepts: readonly string[], failed: FailedMaster, said: string): string {
  const { place, user, questions, gssapi } = failed;
  const locked = questions?.lockedKeys[0];
  if (locked !== undefined) return `Unlock the key: ssh-add ${shellWord(locked)}`;
  if ((questions?.declined.length ?? 0) > 0) {
    return 'The server asks questions that a person has to answer: run occ in a terminal.';
  }
  const open = /UNPROTECTED PRIVATE KEY FILE[^]*Permissions \d+ for '([^'\n]+)'/.exec(said)?.[1];
  if (open !== undefined) return `Close the key to others: chmod 600 ${shellWord(open)}`;
  const kerberos = accepts.some((method) => method.startsWith('gssapi'));
  if (gssapi && kerberos) return 'Get a Kerberos ticket and look at it: kinit && klist';
  return `Try it: ${sshTrial(place, user)}`;
}

function tooMany(_match: RegExpExecArray, { place, user }: FailedMaster): ConnectError {
  const message = `${describePlace(place)} stopped the login as ${user} after too many keys`;
  const hint =
    'Say which key to offer: set identity_file, or IdentityFile with IdentitiesOnly yes in your ssh configuration.';
  return new ConnectError('auth', message, { host: place.host, hint });
}

function penalty(_match: RegExpExecArray, { place }: FailedMaster): ConnectError {
  const message = `${describePlace(place)} takes no logins from here for now: too many failed (PerSourcePenalties)`;
  const hint = 'Wait some minutes, then log in with the right key at the first attempt.';
  return new ConnectError('handshake', message, { host: place.host, hint });
}

function negotiation(match: RegExpExecArray, { place }: FailedMaster): ConnectError {
  const message = `The SSH handshake with ${describePlace(place)} failed: ${onOneLine(match[1] ?? '')}`;
  const hint =
    'Allow an algorithm that the server offers: KexAlgorithms, Ciphers, MACs or HostKeyAlgorithms in your ssh configuration.';
  return new ConnectError('handshake', message, { host: place.host, hint });
}

function dropped(match: RegExpExecArray, failed: FailedMaster, said: string): ConnectError {
  const { place } = failed;
  if (failed.questions?.answered === true) return gaveUp(match, failed);
  const byProxy = /UNKNOWN port/i.test(said);
  const message = byProxy
    ? `The way to ${describePlace(place)} ended before the SSH handshake: ${onOneLine(said)}`
    : `${describePlace(place)} closed the connection before the login: ${onOneLine(said)}`;
  const hint = byProxy
    ? `Look what its ProxyCommand or jump host says: ${sshTrial(place)}`
    : `Is ${describeAddress(place)} an SSH server? A busy one drops connections (MaxStartups in its sshd_config).`;
  const isBusy = !byProxy && beforeHello.test(said);
  const problem = isBusy ? 'dropped' : 'protocol';
  return new HandshakeError(problem, message, { host: place.host, hint });
}

/** While a person was asked, or at an answer. */
function gaveUp(_match: RegExpExecArray, { place, user }: FailedMaster): ConnectError {
  const message = `${describePlace(place)} closed the connection before the login as ${user} was complete`;
  const hint = 'Answer faster, or raise LoginGraceTime in its sshd_config.';
  return new ConnectError('auth', message, { host: place.host, hint });
}

function unknownFailure(said: string, { place, code }: FailedMaster): ConnectError {
  const how = code === undefined ? 'was ended by a signal' : `ended with exit code ${code}`;
  const words = onOneLine(said);
  const message = `ssh ${how} before it was connected to ${describePlace(place)}${words === '' ? '' : `: ${words}`}`;
  const hint = `Try it: ${sshTrial(place)}`;
  return new ConnectError('handshake', message, { host: place.host, hint });
}
