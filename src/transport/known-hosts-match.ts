// Whether the first field of a known_hosts line names a host: patterns, negation, hashed names.
import { createHmac, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 20;

/** `name` is in lower case, `host` or `[host]:port`. */
export function matchesHosts(field: string, name: string): boolean {
  return field.startsWith('|') ? matchesHash(field, name) : matchesList(field, name);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed by the salt (sshd(8)). */
function matchesHash(field: string, name: string): boolean {
  const [, version, salt64 = '', hash64 = '', ...rest] = field.split('|');
  if (version !== '1' || rest.length > 0) return false;
  const salt = Buffer.from(salt64, 'base64');
  const hash = Buffer.from(hash64, 'base64');
  if (salt.length !== SALT_BYTES || hash.length !== SALT_BYTES) return false;
  return timingSafeEqual(createHmac('sha1', salt).update(name).digest(), hash);
}

function matchesList(field: string, name: string): boolean {
  const patterns = field.toLowerCase().split(',');
  const negated = patterns.filter((pattern) => pattern.startsWith('!'));
  if (negated.some((pattern) => matchesPattern(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name));
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
