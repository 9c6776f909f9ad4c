// The parts of ssh2 1.17 that its types leave out and that ssh2-userauth.ts needs, with a check that they are there.
import type { Client } from 'ssh2';
import utils from 'ssh2/lib/protocol/utils.js';

/** What ssh2 does with messages of a server; made anew for each connection. */
export interface Ssh2Handlers {
  EXT_INFO: (
    protocol: unknown,
    extensions: readonly { readonly name: string; readonly algs?: readonly string[] }[],
  ) => void;
  USERAUTH_FAILURE: (
    protocol: unknown,
    methods: readonly string[] | undefined,
    partial: boolean,
  ) => void;
  USERAUTH_PK_OK: (protocol: unknown) => void;
  USERAUTH_INFO_REQUEST: (
    protocol: unknown,
    name: string | undefined,
    instruction: string | undefined,
    prompts: readonly { readonly prompt: string; readonly echo: boolean }[],
  ) => void;
  USERAUTH_PASSWD_CHANGEREQ: (protocol: unknown, prompt: string | undefined) => void;
}

/** One connection's protocol. */
export interface Ssh2Protocol {
  readonly _handlers: Ssh2Handlers;
  /** Methods of requests without a reply, by which ssh2 knows what a reply of type 60 means. */
  readonly _authsQueue: string[];
  /** Set once the first key exchange began. */
  readonly _kex: { readonly sessionID: Buffer } | undefined;
  readonly _remoteIdentRaw: Buffer | undefined;
  readonly _packetRW: {
    readonly write: {
      readonly allocStart: number;
      alloc(size: number): Buffer;
      finalize(packet: Buffer): Buffer;
    };
  };
  authNone(user: string): void;
  authPassword(user: string, password: string): void;
  authKeyboard(user: string): void;
  authInfoRes(responses: readonly string[]): void;
}

const methods = ['authNone', 'authPassword', 'authKeyboard', 'authInfoRes'] as const;
const handlers = [
  'EXT_INFO',
  'USERAUTH_FAILURE',
  'USERAUTH_PK_OK',
  'USERAUTH_INFO_REQUEST',
  'USERAUTH_PASSWD_CHANGEREQ',
] as const;

/**
 * The protocol of a client whose `connect` was called.
 * @throws Error when this ssh2 is built in another way than what is known here
 */
export function protocolOf(client: Client): Ssh2Protocol {
  const protocol = (client as unknown as { readonly _protocol?: Partial<Ssh2Protocol> })._protocol;
  if (protocol !== undefined && isKnown(protocol)) return protocol;
  throw new Error('This version of ssh2 is not supported: its insides have changed');
}

function isKnown(protocol: Partial<Ssh2Protocol>): protocol is Ssh2Protocol {
  const write = protocol._packetRW?.write;
  const functions: unknown[] = [
    ...[Reflect.get(utils, 'sendPacket'), write && Reflect.get(write, 'alloc')],
    write && Reflect.get(write, 'finalize'),
    ...methods.map((name) => protocol[name]),
    ...handlers.map((name) => protocol._handlers?.[name]),
  ];
  return (
    functions.every((value) => typeof value === 'function') &&
    typeof write?.allocStart === 'number' &&
    Array.isArray(protocol._authsQueue)
  );
}

/** Sends the payload of a publickey request (RFC 4252, 7). */
export function sendPublicKeyRequest(protocol: Ssh2Protocol, payload: Buffer): void {
  const { write } = protocol._packetRW;
  const start = write.allocStart;
  const packet = write.alloc(payload.length);
  packet.set(payload, start);
  protocol._authsQueue.push('publickey');
  utils.sendPacket(protocol, write.finalize(packet));
}
