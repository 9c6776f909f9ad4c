import { describe, expect, it } from 'vitest';
import {
  connectAddress,
  exposureWarning,
  isExposed,
  serviceUrl,
} from '../../../../src/ops/container/service-address.ts';

describe('isExposed', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', '0:0:0:0:0:0:0:1'])('%s is not', (address) => {
    expect(isExposed(address)).toBe(false);
  });

  it.each([
    '0.0.0.0',
    '::',
    '0:0:0:0:0:0:0:0',
    '10.0.0.1',
    '128.0.0.1',
    'fe80::1',
    '::ffff:1.2.3.4',
    '1::1',
  ])('%s is', (address) => {
    expect(isExposed(address)).toBe(true);
  });
});

describe('addresses', () => {
  it('connects to loopback where the service listens everywhere', () => {
    expect(connectAddress('0.0.0.0')).toBe('127.0.0.1');
    expect(connectAddress('::')).toBe('::1');
    expect(connectAddress('10.0.0.5')).toBe('10.0.0.5');
  });

  it('puts IPv6 addresses in brackets', () => {
    expect(serviceUrl('::1', 3000)).toBe('http://[::1]:3000');
    expect(serviceUrl('0.0.0.0', 3000)).toBe('http://127.0.0.1:3000');
  });

  it('warns only when others can connect, with the command that closes it', () => {
    expect(exposureWarning('web-1', { bind_address: '127.0.0.1', port: 3000 })).toBeUndefined();
    expect(exposureWarning('web-1', { bind_address: '0.0.0.0', port: 3000 })).toContain(
      'occ --host web-1 config set bind_address 127.0.0.1',
    );
  });
});
