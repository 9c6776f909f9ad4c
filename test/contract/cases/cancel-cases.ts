// How a process ends that was not left to itself: signals, cancellation, a transport that closes.
import { describe, expect, test } from 'vitest';
import { CancelledError, OccError } from '../../../src/errors.ts';
import { capture } from '../../../src/transport/run.ts';
import type { ContractContext } from '../contract-host.ts';
import {
  expectNoneLeft,
  ignoreOutput,
  processesWith,
  readUntil,
  textCommand,
  uniqueSleep,
} from './support.ts';

export function cancelCases({ host, traits }: ContractContext): void {
  describe('the end of a process', () => {
    test.each([
      ['TERM', 15],
      ['KILL', 9],
      ['HUP', 1],
    ])('by signal %s is told', async (name, number) => {
      const argv = ['sh', '-c', `kill -s ${name} $$; sleep 60`];
      const { exit } = await capture(host().transport, textCommand(argv));
      const told = { kind: 'signalled', signal: `SIG${name}` };
      expect(exit).toEqual(traits.tellsSignals ? told : { kind: 'exited', code: 128 + number });
    });

    test('comes to it and its children when it is cancelled', async () => {
      const unique = uniqueSleep();
      const stop = new AbortController();
      const script = `(sleep ${unique} & sleep ${unique}) & echo ready; sleep ${unique}; echo survived`;
      const process = await host().transport.start(
        { argv: ['sh', '-c', script] },
        { signal: stop.signal },
      );
      await readUntil(process.stdout, 'ready');
      expect(await processesWith(host(), unique)).not.toEqual([]);
      stop.abort();
      ignoreOutput(process);
      expect(await process.exit).not.toEqual({ kind: 'exited', code: 0 });
      await expectNoneLeft(host(), unique);
    });

    test('comes by SIGKILL to one that ignores SIGTERM', async () => {
      const unique = uniqueSleep();
      const stop = new AbortController();
      const script = `trap '' TERM HUP; echo ready; while :; do sleep ${unique}; done`;
      const process = await host().transport.start(
        { argv: ['sh', '-c', script] },
        { signal: stop.signal },
      );
      await readUntil(process.stdout, 'ready');
      stop.abort();
      ignoreOutput(process);
      expect(await process.exit).not.toEqual({ kind: 'exited', code: 0 });
      await expectNoneLeft(host(), unique);
    });

    test('comes also when it is cancelled before it said anything', async () => {
      const unique = uniqueSleep();
      const stop = new AbortController();
      const process = await host().transport.start(
        { argv: ['sleep', unique] },
        { signal: stop.signal },
      );
      stop.abort();
      ignoreOutput(process);
      expect(await process.exit).not.toEqual({ kind: 'exited', code: 0 });
      await expectNoneLeft(host(), unique);
    });

    test('leaves others alone', async () => {
      const stop = new AbortController();
      const doomed = await host().transport.start({ argv: ['cat'] }, { signal: stop.signal });
      const other = await host().transport.start({ argv: ['cat'] });
      ignoreOutput(doomed);
      stop.abort();
      await doomed.exit;
      other.stdin.end('alive');
      other.stderr.resume();
      expect(await readUntil(other.stdout, 'alive')).toBe('alive');
      expect(await other.exit).toEqual({ kind: 'exited', code: 0 });
    });

    test('does not come to one whose signal was aborted before: it never starts', async () => {
      const unique = uniqueSleep();
      const start = host().transport.start(
        { argv: ['sleep', unique] },
        { signal: AbortSignal.abort() },
      );
      await expect(start).rejects.toThrow(CancelledError);
      expect(await processesWith(host(), unique)).toEqual([]);
    });

    test('comes to everything when the transport closes, which can then start nothing', async () => {
      const unique = uniqueSleep();
      const { transport } = await host().another();
      const process = await transport.start({
        argv: ['sh', '-c', `echo ready; sleep ${unique}; :`],
      });
      await readUntil(process.stdout, 'ready');
      ignoreOutput(process);
      await transport.close();
      expect(await process.exit).not.toEqual({ kind: 'exited', code: 0 });
      await expectNoneLeft(host(), unique);
      await expect(transport.start({ argv: ['true'] })).rejects.toThrow(OccError);
      await expect(transport.dial({ path: '/none' })).rejects.toThrow(OccError);
      await transport.close();
    });
  });
}
