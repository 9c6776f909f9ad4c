// Extra CA certificates, from a PEM file of this machine: for the build, and for a container before it starts.
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { TarFile } from './tar.ts';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The text of the host's `extra_ca_file`; undefined when it has none.
 * @throws UsageError when the file cannot be read or holds no certificate
 */
export async function readExtraCa(host: Host): Promise<string | undefined> {
  const file = host.settings.extra_ca_file;
  if (file === undefined) return undefined;
  const details = {
    host: host.name,
    hint: `Correct it: occ --host ${host.name} config set extra_ca_file FILE`,
  };
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`extra_ca_file ${file} cannot be read`, { ...details, cause: error });
  });
  if (certificateFiles(text).length > 0) return text;
  throw new UsageError(`extra_ca_file ${file} holds no PEM certificate`, details);
}

/** The certificates of a PEM bundle, each in a file of its own, as update-ca-certificates(8) wants them. */
export function certificateFiles(pem: string): readonly TarFile[] {
  return (pem.match(certificate) ?? []).map((block, index) => ({
    name: `occ-extra-${String(index + 1).padStart(4, '0')}.crt`,
    mode: 0o644,
    content: Buffer.from(`${block}\n`),
  }));
}
