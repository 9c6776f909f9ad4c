// Says when a setting opens the service to others than the host itself.
import type { WritableKey } from './setting-key.ts';
import type { SettingValue } from './setting-value.ts';

/** True for 127.0.0.0/8 (RFC 1122) and ::1 in any spelling (RFC 4291). */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || /^[0:]*:0*1$/.test(address);
}

/** The warning for setting a key to a value; undefined when it exposes nothing. */
export function exposureWarning(key: WritableKey, value: SettingValue): string | undefined {
  if (key !== 'bind_address' || typeof value !== 'string' || isLoopback(value)) return undefined;
  return (
    `bind_address ${value} exposes the web UI beyond the host once occ start applies it; ` +
    'only the users’ passwords then stand before it, and they travel without encryption unless TLS ends in front of it'
  );
}
