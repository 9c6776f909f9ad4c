// Which keys and certificates a login has, in the order in which ssh offers them (ssh_config(5): IdentityFile,
// CertificateFile, IdentitiesOnly, IdentityAgent).
import { messageOf } from '../../thrown.ts';
import { agentIdentities } from './ssh-agent-client.ts';
import type { LoginAccount, LoginContext } from './ssh-auth-method.ts';
import { readCertificateBeside, readKeyFile, readPublicKeyFile } from './ssh-key-file.ts';
import type { KeyFile } from './ssh-key-file.ts';
import { parseCertificate } from './ssh-certificate.ts';
import type { PublicKey } from './ssh-public-key.ts';

/** A key or a certificate, and where its private half may be. */
export interface Identity {
  /** As configured; undefined for what only the agent has. */
  readonly path: string | undefined;
  /** Undefined for an encrypted file of an old format. */
  readonly publicKey: PublicKey | undefined;
  /** The private half's file. */
  readonly file: KeyFile | undefined;
  /** True when the agent holds exactly this. */
  readonly inAgent: boolean;
}

/**
 * Lists everything that may be offered: certificates of CertificateFile, keys of the agent that the configuration names,
 * the agent's others, then files, each with the certificate beside it.
 */
export async function loginIdentities(
  context: LoginContext,
  account: LoginAccount,
): Promise<Identity[]> {
  const [certificates, files, agent] = await Promise.all([
    configuredCertificates(context, account),
    identityFiles(context),
    agentKeys(context, account),
  ]);
  const named: Identity[] = [];
  const others: Identity[] = [];
  for (const publicKey of agent) {
    const index = files.findIndex((file) => file.publicKey?.blob.equals(publicKey.blob));
    const [file] = index === -1 ? [] : files.splice(index, 1);
    if (file !== undefined) named.push({ ...file, inAgent: true });
    else others.push({ path: undefined, publicKey, file: undefined, inAgent: true });
  }
  const rest = context.config.identitiesOnly ? [] : others;
  return withoutDoubles([...certificates, ...named, ...rest, ...files]);
}

async function identityFiles({ config }: LoginContext): Promise<Identity[]> {
  const found = await Promise.all(config.identityFiles.map((path) => identityFile(path, config)));
  return found.flat();
}

/** Certificates beside identity files count only where none is configured, as with ssh. */
async function identityFile(
  path: string,
  { certificateFiles }: LoginContext['config'],
): Promise<Identity[]> {
  const file = await readKeyFile(path);
  const publicKey = 'publicKey' in file ? file.publicKey : undefined;
  const plain: Identity = { path, publicKey, file, inAgent: false };
  const certificate = certificateFiles.length > 0 ? undefined : await readCertificateBeside(path);
  return certificate === undefined ? [plain] : [plain, { ...plain, publicKey: certificate }];
}

async function configuredCertificates(
  { config }: LoginContext,
  { unusable }: LoginAccount,
): Promise<Identity[]> {
  const found = config.certificateFiles.map(async (path): Promise<Identity[]> => {
    const publicKey = await readPublicKeyFile(path);
    if (publicKey !== undefined && parseCertificate(publicKey)?.kind === 'user') {
      return [{ path, publicKey, file: undefined, inAgent: false }];
    }
    const why = publicKey === undefined ? 'there is none' : 'it is no user certificate';
    unusable.push(`certificate ${path}: ${why}`);
    return [];
  });
  return (await Promise.all(found)).flat();
}

async function agentKeys(
  { config, deadline }: LoginContext,
  { unusable }: LoginAccount,
): Promise<PublicKey[]> {
  const socket = config.agentSocket;
  if (socket === undefined) return [];
  try {
    return await deadline.race(agentIdentities(socket));
  } catch (error) {
    unusable.push(`agent at ${socket}: ${messageOf(error)}`);
    return [];
  }
}

/** What is named twice is offered once: servers count. */
function withoutDoubles(identities: readonly Identity[]): Identity[] {
  const seen = new Set<string>();
  return identities.filter(({ publicKey }) => {
    if (publicKey === undefined) return true;
    const blob = publicKey.blob.toString('base64');
    if (seen.has(blob)) return false;
    seen.add(blob);
    return true;
  });
}
