// The keys of a login, ready to be offered: what each is called, what it signs with.
import { agentSignature } from './ssh-agent-client.ts';
import { keyFault } from './ssh-auth-algorithms.ts';
import { loginIdentities, type Identity } from './ssh-auth-identities.ts';
import type { LoginAccount, LoginContext } from './ssh-auth-method.ts';
import { describeCertificate, parseCertificate, type Certificate } from './ssh-certificate.ts';
import { leavePerson } from './ssh-hand-over.ts';
import { unlockWithPerson } from './ssh-passphrase.ts';
import type { PrivateKey } from './ssh-private-key.ts';
import type { PublicKey } from './ssh-public-key.ts';

/** A key or certificate that can be offered to a server. */
export interface LoginKey {
  /** For messages: what it is and where it comes from. */
  readonly label: string;
  /** Set for a key that is a file on this machine. */
  readonly file: string | undefined;
  /** Undefined for an encrypted file of an old format: {@link LoginKey.unlock} tells. */
  readonly publicKey: PublicKey | undefined;
  readonly certificate: Certificate | undefined;
  /** Why only ssh can sign with it; undefined when occ can. */
  readonly openSshOnly: string | undefined;
  /** Asks a person for the passphrase if there is one. */
  unlock(): Promise<PublicKey>;
  /** Called when the server says that it accepts the key: only then a person is asked for anything. */
  sign(data: Buffer, algorithm: string): Promise<Buffer>;
}

type Signer = Pick<LoginKey, 'file' | 'openSshOnly' | 'unlock' | 'sign'>;

/** Collects the keys of a login; what cannot be offered is noted in the account. */
export async function loginKeys(context: LoginContext, account: LoginAccount): Promise<LoginKey[]> {
  const identities = await loginIdentities(context, account);
  return identities.flatMap((identity) => {
    const key = loginKey(identity, identities, context, account);
    if (key?.publicKey === undefined) return key ?? [];
    const fault = keyFault(key.publicKey, context.config);
    if (fault === undefined) return key;
    account.unusable.push(`${key.label}: ${fault}`);
    return [];
  });
}

function loginKey(
  identity: Identity,
  all: readonly Identity[],
  context: LoginContext,
  account: LoginAccount,
): LoginKey | undefined {
  const { publicKey } = identity;
  const certificate = publicKey === undefined ? undefined : parseCertificate(publicKey);
  if (certificate?.kind === 'host') return undefined;
  const label = labelOf(identity, certificate);
  const sources = certificate === undefined ? [identity] : signersOf(identity, certificate, all);
  for (const source of sources) {
    const signer = signerOf(source, context, account);
    if (signer !== undefined) return { ...signer, label, publicKey, certificate };
  }
  const why = identity.file?.kind === 'unusable' ? identity.file.why : nowhere;
  if (identity.file?.kind !== 'missing') account.unusable.push(`${label}: ${why}`);
  return undefined;
}

const nowhere = 'its private key is neither there nor in an agent';

/**
 * A certificate is signed for by its plain key, wherever that is; a file whose public half is not known is taken by its
 * name; a certificate in the agent signs by itself.
 */
function signersOf(
  identity: Identity,
  { plainBlob }: Certificate,
  all: readonly Identity[],
): Identity[] {
  const path = identity.path?.replace(/(-cert)?\.pub$/, '');
  return [
    ...all.filter((one) => one.publicKey?.blob.equals(plainBlob)),
    ...all.filter((one) => one.publicKey === undefined && path !== undefined && one.path === path),
    identity,
  ];
}

function labelOf(identity: Identity, certificate: Certificate | undefined): string {
  const place = identity.path ?? `agent key “${identity.publicKey?.comment ?? ''}”`;
  return certificate === undefined ? place : `${describeCertificate(certificate)} (${place})`;
}

function signerOf(
  identity: Identity,
  context: LoginContext,
  account: LoginAccount,
): Signer | undefined {
  const { publicKey, file } = identity;
  const fromAgent = agentSigner(identity, context, account);
  if (fromAgent !== undefined) return fromAgent;
  if (file?.kind === 'encrypted') return lockedSigner(file.path, context, account);
  const unlock = (): Promise<PublicKey> => known(publicKey);
  if (file?.kind === 'plain') {
    return { file: file.path, openSshOnly: undefined, unlock, sign: file.key.sign };
  }
  if (file?.kind !== 'openssh-only') return undefined;
  const openSshOnly = `${file.path} is ${file.why}`;
  const sign = (): Promise<Buffer> => Promise.reject(new Error(openSshOnly));
  return { file: file.path, openSshOnly, unlock, sign };
}

/** The agent may ask a person to confirm, to touch, to unlock it: the clock stands still. */
function agentSigner(
  { publicKey, file, inAgent }: Identity,
  { config, deadline }: LoginContext,
  account: LoginAccount,
): Signer | undefined {
  const socket = config.agentSocket;
  if (!inAgent || publicKey === undefined || socket === undefined) return undefined;
  const sign: Signer['sign'] = async (data, algorithm) => {
    const since = performance.now();
    const sign = () => agentSignature(socket, publicKey, data, algorithm);
    const signature = await deadline.whileAsking(sign);
    const tookLong = performance.now() - since > unattendedMs;
    if (tookLong || publicKey.type.startsWith('sk-')) account.attended = true;
    return signature;
  };
  return { file: file?.path, openSshOnly: undefined, unlock: () => known(publicKey), sign };
}

function lockedSigner(path: string, context: LoginContext, account: LoginAccount): Signer {
  const unlocked = (): Promise<PrivateKey> => unlock(path, context, account);
  return {
    file: path,
    openSshOnly: undefined,
    unlock: async () => (await unlocked()).publicKey,
    sign: async (data, algorithm) => (await unlocked()).sign(data, algorithm),
  };
}

/** Milliseconds that an agent may take for a signature without anybody's doing; a person takes longer. */
const unattendedMs = 1000;

function known(publicKey: PublicKey | undefined): Promise<PublicKey> {
  return publicKey === undefined ? Promise.reject(new Error(nowhere)) : Promise.resolve(publicKey);
}

async function unlock(
  path: string,
  context: LoginContext,
  account: LoginAccount,
): Promise<PrivateKey> {
  const { prompter, deadline, config } = context;
  if (!config.batchMode) await leavePerson(context, 'passphrase');
  const unlocked = config.batchMode
    ? { why: 'encrypted, and BatchMode forbids to ask for its passphrase' }
    : await deadline.whileAsking(() => unlockWithPerson(path, prompter));
  if ('key' in unlocked) {
    account.asked = true;
    return unlocked.key;
  }
  account.lockedKeys.push(path);
  throw new Error(unlocked.why);
}
