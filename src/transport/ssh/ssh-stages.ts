// Tells how far one connection attempt has come, and how long each stage took.
import type { SshPlace } from './ssh-place.ts';
import type { ConnectProgress, ConnectStage } from './ssh-progress.ts';

const missing: Readonly<Record<ConnectStage, string>> = {
  config: 'no answer to the connection',
  resolve: 'no answer to the connection',
  tcp: 'the connection is open, and no SSH server says hello',
  banner: 'the SSH server says hello, and no more',
  'host-key': 'the login is not answered',
  login: 'no answer',
  warm: 'no answer',
};

/** The stages of the way to one server. Each takes the time since the one before it. */
export class StageClock {
  readonly #observe: ((progress: ConnectProgress) => void) | undefined;
  #since = performance.now();
  #last: ConnectStage | undefined;
  #isHandedOver = false;

  constructor(observe: ((progress: ConnectProgress) => void) | undefined) {
    this.#observe = observe;
  }

  /** A stage was passed. `detail` is for people; it may hold a server's own words. */
  passed(stage: ConnectStage, place: SshPlace, detail: string): void {
    const now = performance.now();
    const ms = now - this.#since;
    this.#since = now;
    this.#last = stage;
    this.#observe?.({ place, stage, detail, ms });
  }

  /** What has not happened yet, in words for an error: `no answer to the connection`. */
  get waitingFor(): string {
    if (this.#isHandedOver) return 'ssh itself, which has to connect here, has not logged in';
    return this.#last === undefined ? 'ssh -G has not answered' : missing[this.#last];
  }

  /** From here on ssh connects, and tells no stages. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** What passed until now belongs to no stage of this server: its jump host was connected to. */
  restart(): void {
    this.#since = performance.now();
  }
}
