// Public keys in SSH wire format (RFC 4253, 6.6): their type, their parts, their base64 text.

/** The type that a key carries, for example `ssh-ed25519`; empty when it is not a key. */
export function keyTypeOf(key: Buffer): string {
  if (key.length < 4) return '';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** The type that a label in a file stands for. The names of RSA's signature algorithms mean the type as well. */
export function keyTypeOfLabel(label: string): string {
  return /^rsa-sha2-(?:256|512)$/.test(label) ? 'ssh-rsa' : label;
}

/** The strings that a key consists of, the type first; undefined when it does not end exactly where its last one does. */
export function partsOf(key: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset + 4 <= key.length) {
    const end = offset + 4 + key.readUInt32BE(offset);
    parts.push(key.subarray(offset + 4, end));
    offset = end;
  }
  return offset === key.length && offset > 0 ? parts : undefined;
}

/** How many strings a key of a type consists of, the type included. */
const partCounts: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ssh-dss': 5,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
};

function isKey(key: Buffer): boolean {
  const count = partsOf(key)?.length;
  const expected = partCounts[keyTypeOf(key)];
  return count !== undefined && (expected === undefined || count === expected);
}

/** Reads a key's base64 text as strictly as OpenSSH does. */
export function decodeKey(text: string): Buffer | undefined {
  // Blanks that do not end a field, such as the carriage return of a Windows line end.
  const encoded = text.replace(/[\v\f\r]/g, '');
  const key = Buffer.from(encoded, 'base64');
  // Buffer skips what is not base64 and forgives a missing end; OpenSSH does not.
  return key.toString('base64') === encoded && isKey(key) ? key : undefined;
}
