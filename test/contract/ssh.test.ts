// The transport contract over SSH, against real sshd processes on loopback; and with other login shells.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture, run } from '../../src/transport/run.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { hostileWords } from './cases/hostile-words.ts';
import {
  expectNoneLeft,
  ignoreOutput,
  processesWith,
  textCommand,
  uniqueSleep,
} from './cases/support.ts';
import { dockerContract } from './docker-suite.ts';
import { openSshContractHost, type SshContractHost } from './sshd-contract-host.ts';
import { transportContract } from './transport-suite.ts';

transportContract('ssh', () => openSshContractHost(), { tellsSignals: true, cut: 'ends' });

dockerContract('ssh', async () => {
  const host = await openSshContractHost();
  return { ...host, socket: '/var/run/docker.sock', image: 'debian:bookworm-slim' };
});

dockerContract('ssh without Unix socket forwarding', async () => {
  const host = await openSshContractHost(['AllowStreamLocalForwarding no']);
  return { ...host, socket: '/var/run/docker.sock', image: 'debian:bookworm-slim' };
});

describe.each(['dash', 'fish', 'tcsh'])('with %s as login shell', (shell) => {
  let host: SshContractHost;
  let transport: Transport;
  beforeAll(async () => {
    // sshd hands the command to the login shell as `-c COMMAND`; so does this, without a change to the user.
    host = await openSshContractHost([`ForceCommand exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`]);
    transport = host.transport;
  });
  afterAll(() => host.close());

  test('a process gets hostile arguments and variables as they are', async () => {
    const env = Object.fromEntries(hostileWords.map((word, index) => [`W${index}`, word]));
    const script = `printf '%s\\0' "$@"; i=0; while [ $i -lt ${hostileWords.length} ]; do eval "printf '%s\\0' \\"\\$W$i\\""; i=$((i + 1)); done`;
    const words = await run(transport, {
      ...textCommand(['sh', '-c', script, 'sh', ...hostileWords], { env }),
      parse: ({ stdout }) => stdout.toString('utf8').split('\0').slice(0, -1),
    });
    expect(words).toEqual([...hostileWords, ...hostileWords]);
  });

  test('binary input arrives whole, and the exit code comes back', async () => {
    const bytes = randomBytes(1_000_000);
    const { stdout, exit } = await capture(transport, {
      ...textCommand(['sh', '-c', 'cat; exit 42']),
      stdin: bytes,
    });
    expect(stdout.equals(bytes)).toBe(true);
    expect(exit).toEqual({ kind: 'exited', code: 42 });
  });

  test('a cancelled process leaves nothing behind', async () => {
    const unique = uniqueSleep();
    const stop = new AbortController();
    const process = await transport.start(
      { argv: ['sh', '-c', `sleep ${unique}; :`] },
      { signal: stop.signal },
    );
    ignoreOutput(process);
    await expect.poll(() => processesWith(host, unique)).not.toEqual([]);
    stop.abort();
    expect(await process.exit).toMatchObject({ kind: 'signalled' });
    await expectNoneLeft(host, unique);
  });
});

describe('many commands on one connection', () => {
  let host: SshContractHost;
  beforeAll(async () => {
    host = await openSshContractHost();
  });
  afterAll(() => host.close());

  test('a hundred short ones all run, in one login', async () => {
    const before = await host.logins();
    const numbers = Array.from({ length: 100 }, (_, index) => String(index));
    const answers = await Promise.all(
      numbers.map((number) => run(host.transport, textCommand(['echo', number]))),
    );
    expect(answers).toEqual(numbers);
    expect(await host.logins()).toBe(before);
  });

  test('long-lived ones do not keep short ones waiting for their end', async () => {
    const stop = new AbortController();
    const long = await Promise.all(
      Array.from({ length: 6 }, () =>
        host.transport.start({ argv: ['sleep', '600'] }, { signal: stop.signal }),
      ),
    );
    long.forEach(ignoreOutput);
    expect(await run(host.transport, textCommand(['echo', 'through']))).toBe('through');
    stop.abort();
    const exits = await Promise.all(long.map((process) => process.exit));
    expect(exits.map((exit) => exit.kind)).toEqual(Array<string>(6).fill('signalled'));
  });
});

test('a transport whose process nobody reads still closes', async () => {
  const host = await openSshContractHost();
  const { transport } = await host.another();
  await transport.start({ argv: ['yes'] });
  await transport.close();
  await host.close();
});
