// What a test file of one transport gives to the contract suite.
import type { Transport } from '../../src/transport/transport.ts';

/** A real host, reached by the transport under test. It has a POSIX shell, coreutils and perl. */
export interface ContractHost {
  readonly transport: Transport;
  /**
   * Runs a shell script on the same host by another way than the transport under test and answers its stdout: how the
   * suite sees what was left behind, also after the connection was cut. It must see every process of the host.
   */
  look(script: string): Promise<string>;
  /** Another transport to the same host, for tests that close or cut it. */
  another(): Promise<ContractConnection>;
  /** Removes whatever `open` made, the transport included. */
  close(): Promise<void>;
}

/** A transport that a test may break, and closes. */
export interface ContractConnection {
  readonly transport: Transport;
  /** Breaks the connection under it, as a failing network does. Left out where there is none: local. */
  cut?(): Promise<void>;
}

/** What differs by nature. The cases are chosen by it, so that every registered case runs. */
export interface ContractTraits {
  /** True when death by a signal is told as such. `docker exec` only says 128 + number. */
  readonly tellsSignals: boolean;
  /** `no`: nothing to cut. `ends`: processes end when it is cut. `stays`: they may go on, as under `docker exec`. */
  readonly cut: 'no' | 'ends' | 'stays';
}

/** Gives the host that `beforeAll` opened, and the traits, to the cases. */
export interface ContractContext {
  readonly traits: ContractTraits;
  readonly host: () => ContractHost;
}
