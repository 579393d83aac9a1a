import { expect, test } from 'vitest';
import { encodeSource } from '../../../engine/connectors/connector-sets.ts';
import { openSourceChecks } from '../../../engine/connectors/source-checks.ts';
import { pingFiles } from '../../api/own-connector-files.ts';

test('a tenant with many connectors to check keeps no other tenant waiting', async () => {
  // Each is ended before it is done, so that all of them take the same time.
  const checkSource = openSourceChecks({ maxMs: 100 });
  const text = encodeSource({ id: 'pinger', files: new Map(Object.entries(pingFiles())), icons: new Map() });
  const order: string[] = [];
  const check = async (tenant: string) => {
    await expect(checkSource(tenant, { id: 'pinger', text })).rejects.toMatchObject({ code: 'ERR_MANIFEST_INVALID' });
    order.push(tenant);
  };

  await Promise.all(['busy', 'busy', 'busy', 'busy', 'other'].map(check));

  expect(order.indexOf('other')).toBeLessThan(order.lastIndexOf('busy'));
});
