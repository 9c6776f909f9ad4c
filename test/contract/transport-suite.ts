// The one contract of every Transport. Each implementation's test file opens a real host and calls this.
import { afterAll, beforeAll, describe } from 'vitest';
import { cancelCases } from './cases/cancel-cases.ts';
import { cutCases } from './cases/cut-cases.ts';
import { fileCases } from './cases/file-cases.ts';
import { processCases } from './cases/process-cases.ts';
import { runCases } from './cases/run-cases.ts';
import { socketCases } from './cases/socket-cases.ts';
import { streamCases } from './cases/stream-cases.ts';
import type { ContractHost, ContractTraits } from './contract-host.ts';

/** Registers the whole contract for one transport. `open` is called once, before the first case. */
export function transportContract(
  name: string,
  open: () => Promise<ContractHost>,
  traits: ContractTraits,
): void {
  describe(`transport contract: ${name}`, () => {
    let opened: ContractHost | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });

    const host = (): ContractHost => {
      if (!opened) throw new Error('the host is not open');
      return opened;
    };
    const context = { traits, host };
    processCases(context);
    streamCases(context);
    cancelCases(context);
    if (traits.cut !== 'no') cutCases(context);
    runCases(context);
    fileCases(context);
    socketCases(context);
  });
}
