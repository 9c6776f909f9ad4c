// A connection that breaks in the middle is told as lost and never as an end.
import { describe, expect, test } from 'vitest';
import { ConnectError } from '../../../src/errors.ts';
import { run } from '../../../src/transport/run.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import type { ContractContext, ContractHost } from '../contract-host.ts';
import {
  endAllWith,
  expectNoneLeft,
  ignoreOutput,
  processesWith,
  readUntil,
  textCommand,
  uniqueSleep,
} from './support.ts';

export function cutCases({ host, traits }: ContractContext): void {
  describe('a connection cut in the middle', () => {
    test('is a lost process', async () => {
      const { transport, cut } = await breakable(host());
      const unique = uniqueSleep();
      const argv = ['sh', '-c', `echo ready; sleep ${unique}; :`];
      const process = await transport.start({ argv });
      await readUntil(process.stdout, 'ready');
      ignoreOutput(process);
      await cut();
      expect(await process.exit).toMatchObject({ kind: 'lost' });
      await transport.close();
      if (traits.cut === 'stays') await endAllWith(host(), unique);
      await expectNoneLeft(host(), unique);
    });

    test('is a ConnectError for who awaits an answer', async () => {
      const { transport, cut } = await breakable(host());
      const unique = uniqueSleep();
      const script = `yes partial | head -n 5000; sleep ${unique}; :`;
      const answer = run(transport, textCommand(['sh', '-c', script]));
      const outcome = expect(answer).rejects.toMatchObject({
        name: ConnectError.name,
        reason: 'lost',
      });
      await expect.poll(() => processesWith(host(), unique)).not.toEqual([]);
      await cut();
      await outcome;
      await transport.close();
      if (traits.cut === 'stays') await endAllWith(host(), unique);
      await expectNoneLeft(host(), unique);
    });

    test('leaves the transport unable to start, with an error that says so', async () => {
      const { transport, cut } = await breakable(host());
      expect(await run(transport, textCommand(['echo', 'up']))).toBe('up');
      await cut();
      await expect(run(transport, textCommand(['echo', 'up']))).rejects.toThrow(ConnectError);
      await transport.close();
    });
  });
}

async function breakable(
  host: ContractHost,
): Promise<{ transport: Transport; cut: () => Promise<void> }> {
  const connection = await host.another();
  if (!connection.cut) throw new Error('another() gave a connection that cannot be cut');
  return { transport: connection.transport, cut: connection.cut.bind(connection) };
}
