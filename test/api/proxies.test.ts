import { expect, test } from 'vitest';
import { readConfig } from '../../engine/process/config.ts';
import { startTestApi } from './client.ts';

test.each([
  ['nobody', '', '127.0.0.1'],
  ['the proxy', '127.0.0.1', '203.0.113.9'],
  ['a range of proxies', '10.0.0.0/8, 127.0.0.0/8', '203.0.113.9'],
  ['another proxy', '192.0.2.1', '127.0.0.1'],
])('the audit log says where a change came from when %s is trusted', async (_who, trusted, from) => {
  const { send } = await startTestApi({ env: { PENSTOCK_TRUSTED_PROXIES: trusted } });
  // The client wrote the first address itself; the proxy added the second.
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' };

  await send('POST', '/v1/linked_accounts', { headers, body: { name: 'main' } });

  const { items } = (await send('GET', '/v1/audit')).body;
  expect(items[0]).toMatchObject({ action: 'linked_account.create', actor: { from } });
});

test.each(['everybody', '10.0.0.0/33', '300.1.1.1'])('trusting "%s" is a fault of the configuration', (trusted) => {
  expect(() => readConfig({ PENSTOCK_TRUSTED_PROXIES: trusted })).toThrow(
    `PENSTOCK_TRUSTED_PROXIES contains "${trusted}"; use addresses or ranges such as 10.0.0.0/8`,
  );
});
