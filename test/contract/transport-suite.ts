// The one contract of every Transport. Each implementation's test file opens a real host and calls these functions.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transport } from '../../src/transport/transport.ts';

/** A real host, reached by the transport under test. */
export interface ContractHost {
  readonly transport: Transport;
  /**
   * Runs a shell script on the same host by another way than the transport under test, as root or as the same user, and
   * answers its stdout. It is how the suite looks for what was left behind, also after the connection was cut.
   */
  look(script: string): Promise<string>;
  /** Another transport to the same host, for tests that close or cut it. The suite closes it. */
  another(): Promise<ContractConnection>;
  /** Removes whatever `open` made, the transport included. */
  close(): Promise<void>;
}

/** A transport that a test may break. */
export interface ContractConnection {
  readonly transport: Transport;
  /** Breaks the connection under it, as a failing network does. Left out where there is none: local. */
  cut?(): Promise<void>;
}

/** What differs by nature, so that every registered case runs. */
export interface ContractTraits {
  /** True when death by a signal is told as such. `docker exec` and a few SSH servers only say 128 + number. */
  readonly tellsSignals: boolean;
  /** True when `another()` can be cut. */
  readonly canBeCut: boolean;
}

/** Registers the whole contract for one transport. */
export function transportContract(
  name: string,
  open: () => Promise<ContractHost>,
  traits: ContractTraits,
): void {
  describe(`transport contract: ${name}`, () => {
    let host: ContractHost;
    beforeAll(async () => {
      host = await open();
    });
    afterAll(async () => {
      await host.close();
    });

    test('names its host', () => {
      expect(host.transport.host).not.toBe('');
      expect(traits).toBeDefined();
    });
  });
}
