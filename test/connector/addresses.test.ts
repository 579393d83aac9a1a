import { describe, expect, test } from 'vitest';
import { guardLookup, isPrivateAddress } from '../../connector/addresses.ts';

describe('isPrivateAddress', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '2002:7f00:1::',
    '::10.0.0.1',
    'fec0::1',
    'feff:ffff::1',
    '::ffff:0:10.0.0.1',
    '::ffff:0:808:808',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '64:ff9b:1:ffff::8.8.8.8',
    '2002:a00:1::',
    '2002:c0a8:101::1',
    '2002:a9fe:a9fe::',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    '3fff::1',
    '5f00::1',
    '100::1',
    '::127.0.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '0:0:0:0:0:ffff:10.1.1.1',
    '[FEC0::1]',
  ])('%s is', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.each([
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '1.1.1.1',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::',
    '2001:200::1',
    '2a00:1450:4001::1',
    '192.0.1.1',
    '198.20.0.1',
    '100:0:0:1::1',
    'localhost',
    'example.com',
    '',
  ])('%s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});

describe('guardLookup', () => {
  test.each([{ all: true }, { all: false }, {}])('refuses a name with a private address: %j', async (options) => {
    const error = await new Promise((resolve) => guardLookup('localhost', options, resolve));

    expect(error).toMatchObject({ code: 'ERR_PRIVATE_ADDRESS' });
  });
});
