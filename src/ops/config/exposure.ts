// Says when a setting opens the service to others than the host itself.
import { isExposed } from '../container/service-address.ts';
import type { WritableKey } from './setting-key.ts';
import type { SettingValue } from './setting-value.ts';

/** The warning for setting a key to a value; undefined when it exposes nothing. */
export function exposureWarning(key: WritableKey, value: SettingValue): string | undefined {
  if (key !== 'bind_address' || typeof value !== 'string' || !isExposed(value)) return undefined;
  return (
    `bind_address ${value} exposes the web UI beyond the host once occ start applies it; ` +
    'only the users’ passwords then stand before it, and they travel without encryption unless TLS ends in front of it'
  );
}
