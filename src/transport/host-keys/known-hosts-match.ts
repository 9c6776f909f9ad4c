// Whether the first field of a known_hosts line names a host: patterns, negation, hashed names.
import { createHmac } from 'node:crypto';

/** Length of the salt of a hashed name. */
export const saltBytes = 20;

/** Characters; OpenSSH gives up a list at a pattern that is as long or longer. */
const longestPattern = 1023;

/** `name` is in lower case, `host` or `[host]:port`. */
export function matchesHosts(field: string, name: string): boolean {
  return field.startsWith('|') ? matchesHash(field, name) : matchesList(field, name);
}

/** Lower case as known_hosts has it. `toLowerCase` also maps letters of other scripts onto ASCII ones. */
export function toLowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed by the salt (sshd(8)). Holds one name, and no other spelling counts. */
function matchesHash(field: string, name: string): boolean {
  const salt = Buffer.from(/^\|1\|([^|]*)\|/.exec(field)?.[1] ?? '', 'base64');
  return salt.length === saltBytes && field === hashName(name, salt);
}

/** A name as `HashKnownHosts yes` has it written. */
export function hashName(name: string, salt: Buffer): string {
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

function matchesList(field: string, name: string): boolean {
  let found = false;
  for (const item of toLowerAscii(field).split(',')) {
    const negated = item.startsWith('!');
    const pattern = negated ? item.slice(1) : item;
    if (pattern.length >= longestPattern) return false;
    if (!matchesPattern(pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** `*` stands for any run of characters, `?` for one. Never backtracks past the last star, so no pattern is slow. */
function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < name.length;) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (pattern[at] === '?' || pattern[at] === name[index]) {
      at++;
      index++;
    } else if (star === -1) {
      return false;
    } else {
      at = star + 1;
      index = ++resume;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
