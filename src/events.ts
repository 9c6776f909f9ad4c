// What happens while an operation runs, as plain values. Only the command line turns them into text.

/** Something that happened on a host while an operation ran. `host` is the inventory name. */
export type OccEvent =
  /** A step of the plan began or ended. */
  | {
      readonly type: 'step';
      readonly host: string;
      readonly state: 'started' | 'done' | 'failed';
      readonly summary: string;
    }
  /** Long work moves on. `current` and `total` are in `unit`, where known. */
  | {
      readonly type: 'progress';
      readonly host: string;
      readonly summary: string;
      /** What it is at: a line of output, a layer. Changes often, so a short account leaves it out. */
      readonly detail?: string;
      readonly current?: number;
      readonly total?: number;
      readonly unit?: 'bytes' | 'steps';
    }
  /** One line of remote output that the user asked for, without its line end. Not yet made safe for a terminal. */
  | {
      readonly type: 'line';
      readonly host: string;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
      /** RFC 3339, when it was asked for. */
      readonly time?: string;
    }
  /** Something the user should know. */
  | {
      readonly type: 'notice';
      readonly host: string;
      readonly level: 'info' | 'warning';
      readonly message: string;
    }
  /** A service that lasts until it is cancelled can be used now. */
  | { readonly type: 'ready'; readonly host: string; readonly url: string };

/** Takes events. Must not throw. */
export type Emit = (event: OccEvent) => void;
