// Talks to an ssh-agent over its socket: lists its keys, has it sign (draft-miller-ssh-agent).
import { connect } from 'node:net';
import { publicKeyOf, type PublicKey } from './ssh-public-key.ts';
import { WireReader, wireString, wireUint32 } from '../ssh/ssh-wire.ts';

const message = { failure: 5, listKeys: 11, keys: 12, sign: 13, signature: 14 } as const;

/** Flags of a request to sign: an RSA key signs with SHA-1 unless one is set (draft-miller-ssh-agent, 4.5.1). */
const rsaFlags: Readonly<Record<string, number>> = { 'rsa-sha2-256': 2, 'rsa-sha2-512': 4 };

/** Most bytes of an answer, as OpenSSH has it. */
const mostBytes = 256 * 1024;
/** Most keys of an agent, as OpenSSH has it. */
const mostKeys = 2048;
/** Milliseconds that an agent has to list its keys. */
const listMs = 5_000;
/** Milliseconds for a signature: a person may be asked for a fingerprint, a PIN, a touch. As sshd's LoginGraceTime. */
const signMs = 120_000;

/**
 * Lists everything an agent holds: plain keys, certificates, FIDO keys.
 * @param socket - path of its socket; may hold spaces
 * @throws Error when it cannot be reached, does not answer within five seconds, or answers nonsense
 */
export function agentIdentities(socket: string): Promise<PublicKey[]> {
  return ask(socket, Buffer.of(message.listKeys), listMs, (reader) => {
    if (reader.byte() !== message.keys) throw new Error('it does not list its keys');
    const count = reader.uint32();
    if (count > mostKeys) throw new Error(`it lists ${count} keys`);
    const found: (PublicKey | undefined)[] = [];
    for (let index = 0; index < count; index++) {
      found.push(publicKeyOf(reader.string(), reader.text()));
    }
    return found.filter((key) => key !== undefined);
  });
}

/**
 * Has an agent sign. It may take as long as the person takes to confirm it, two minutes at most.
 * @param algorithm - of the signature: `rsa-sha2-512`, `ssh-ed25519`, …
 * @returns the signature in wire format: its algorithm, its bytes, what FIDO keys add
 * @throws AgentRefusal when it does not sign
 * @throws Error when it signs with something else than what was asked for
 */
export function agentSignature(
  socket: string,
  key: Pick<PublicKey, 'blob'>,
  data: Buffer,
  algorithm: string,
): Promise<Buffer> {
  const flags = wireUint32(rsaFlags[algorithm] ?? 0);
  const request = [Buffer.of(message.sign), wireString(key.blob), wireString(data), flags];
  return ask(socket, Buffer.concat(request), signMs, (reader) => {
    if (reader.byte() !== message.signature) throw new AgentRefusal('the agent refused to sign');
    const signature = Buffer.from(reader.string());
    const made = new WireReader(signature).string().toString('latin1');
    if (made !== algorithm) throw new Error(`the agent signed with ${made}, not ${algorithm}`);
    return signature;
  });
}

/** The agent would not sign: nobody confirmed it, a token was not touched, or the key is for other hosts. */
export class AgentRefusal extends Error {}

/** One request, one answer, on a connection of its own: an agent that asks a person does not hold up another request. */
async function ask<T>(
  path: string,
  request: Buffer,
  limitMs: number,
  read: (answer: WireReader) => T,
): Promise<T> {
  const socket = connect(path);
  const timer = setTimeout(
    () => socket.destroy(new Error(`it did not answer within ${limitMs / 1000} s`)),
    limitMs,
  );
  try {
    socket.write(wireString(request));
    return read(new WireReader(await readAnswer(socket)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error('its answer is malformed', { cause: error });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function readAnswer(socket: AsyncIterable<Buffer>): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    if (received.length < 4) continue;
    const length = received.readUInt32BE(0);
    if (length < 1 || length > mostBytes) throw new Error(`its answer claims ${length} bytes`);
    if (received.length >= 4 + length) return received.subarray(4, 4 + length);
  }
  throw new Error('it closed the connection without an answer');
}
