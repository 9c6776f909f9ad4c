// Failures of the engine, each with its reason and the way to mend it.
import { describe, expect, it } from 'vitest';
import { CancelledError, ConnectError, DockerError } from '../../../src/errors.ts';
import { explain, parseTraces } from '../../../src/hosts/docker-absence.ts';
import { compareVersions } from '../../../src/hosts/docker-engine.ts';
import { translateFailure } from '../../../src/hosts/docker-errors.ts';
import { splitReference } from '../../../src/hosts/docker-images.ts';
import { DialError, type DialReason } from '../../../src/transport/dial-error.ts';

const attempt = { host: 'web-1', doing: 'start container x' };

const answer = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), {
    statusCode,
    json: { message },
  });

describe('an answer of the engine', () => {
  it.each<[number, string, string, string]>([
    [404, 'No such container: x', 'not-found', 'No such container: x'],
    [409, 'The name is in use', 'conflict', 'The name is in use'],
    [500, 'oh', 'api', 'oh'],
    [
      500,
      'driver failed programming external connectivity on endpoint x (ab12): Bind for 127.0.0.1:3000 failed: port is already allocated',
      'port-taken',
      '127.0.0.1:3000 is taken on the host',
    ],
    [
      500,
      'Error starting userland proxy: listen tcp6 [::1]:3000: bind: address already in use',
      'port-taken',
      '[::1]:3000 is taken on the host',
    ],
    [
      500,
      'failed to bind host port 0.0.0.0:80/tcp: address already in use',
      'port-taken',
      '0.0.0.0:80 is taken on the host',
    ],
    [
      500,
      'write /var/lib/docker/x: no space left on device',
      'no-space',
      'write /var/lib/docker/x',
    ],
  ])('%d %s', (status, message, reason, text) => {
    const error = translateFailure(answer(status, message), attempt);
    expect(error).toBeInstanceOf(DockerError);
    expect(error).toMatchObject({ reason, host: 'web-1' });
    expect(error.message).toContain(`Could not start container x: ${text}`);
  });

  it('is never read where the connection was lost or the caller gave up', () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    expect(translateFailure(reset, attempt)).toMatchObject({ reason: 'lost', host: 'web-1' });
    const signal = AbortSignal.abort();
    expect(translateFailure(reset, { ...attempt, signal })).toBeInstanceOf(CancelledError);
    const own = new ConnectError('timeout', 'x');
    expect(translateFailure(own, attempt)).toBe(own);
  });
});

describe('an engine that cannot be dialled', () => {
  const output = (text: string) => ({
    stdout: Buffer.from(text),
    stderr: Buffer.alloc(0),
    exitCode: 0,
  });
  const linux = 'os=Linux\nuser=ops\n';
  it.each<[string, DialReason, string, string, string, RegExp]>([
    [
      'no Docker',
      'missing',
      linux,
      'absent',
      'Docker is not installed',
      /apt-get install docker\.io/,
    ],
    [
      'no Docker on a Mac',
      'missing',
      'os=Darwin\nuser=ann\n',
      'absent',
      'Docker is not installed',
      /Docker Desktop/,
    ],
    [
      'stopped',
      'refused',
      `${linux}installed=yes\nsystemd=yes\n`,
      'not-running',
      'The Docker Engine is not running',
      /sudo systemctl start docker/,
    ],
    [
      'stopped, no systemd',
      'missing',
      `${linux}installed=yes\n`,
      'not-running',
      'The Docker Engine is not running',
      /service docker start/,
    ],
    [
      'elsewhere',
      'missing',
      `${linux}installed=yes\nrunning=yes\n`,
      'not-running',
      'A Docker Engine runs, but not at /s',
      /config set docker_socket/,
    ],
    [
      'not allowed',
      'permission',
      `${linux}installed=yes\nrunning=yes\n`,
      'permission',
      'ops may not use the Docker Engine at /s',
      /sudo usermod -aG docker ops/,
    ],
    [
      'not forwarded',
      'forbidden',
      `${linux}installed=yes\nrunning=yes\n`,
      'unsupported',
      'The SSH server does not let occ reach the Docker Engine at /s',
      /AllowStreamLocalForwarding/,
    ],
  ])('%s', (_, dial, text, reason, message, hint) => {
    const error = explain(parseTraces(output(text)), 'web-1', '/s', new DialError(dial, 'x'));
    expect(error).toMatchObject({ reason, message, host: 'web-1' });
    expect(error.hint).toMatch(hint);
  });
});

describe('versions and references', () => {
  it('are compared and parted', () => {
    expect(compareVersions('1.9', '1.41')).toBeLessThan(0);
    expect(compareVersions('1.41', '1.41')).toBe(0);
    expect(compareVersions('2.0', '1.41')).toBeGreaterThan(0);
    expect(splitReference('a/b')).toEqual({ repo: 'a/b', tag: 'latest' });
    expect(splitReference('localhost:5000/a')).toEqual({ repo: 'localhost:5000/a', tag: 'latest' });
    expect(splitReference('localhost:5000/a:1')).toEqual({ repo: 'localhost:5000/a', tag: '1' });
  });
});
