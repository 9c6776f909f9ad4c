// Extra CA certificates, from a PEM file of this machine into a container before it starts.
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { UsageError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';

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
  if (splitPem(text).length > 0) return text;
  throw new UsageError(`extra_ca_file ${file} holds no PEM certificate`, details);
}

/** The certificates of a PEM bundle, one by one: update-ca-certificates(8) wants one in a file. */
export function splitPem(text: string): readonly string[] {
  return (text.match(certificate) ?? []).map((block) => `${block}\n`);
}

/** A tar stream with each certificate of the bundle as `occ-extra-N.crt`, mode 0644. */
export function extraCaArchive(text: string): Readable {
  const archive = pack();
  splitPem(text).forEach((block, index) => {
    archive.entry({ name: `occ-extra-${index + 1}.crt`, mode: 0o644 }, block);
  });
  archive.finalize();
  return archive as unknown as Readable;
}
