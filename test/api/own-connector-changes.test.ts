import { expect, test } from 'vitest';
import { openSourceChecks } from '../../engine/connectors/source-checks.ts';
import { startTestApi } from './client.ts';
import { pingFiles } from './own-connector-files.ts';

test('a check that takes too long or too much is ended with an error that says what to do, and the API serves on', async () => {
  const api = await startTestApi();
  const checkSource = openSourceChecks({ maxMs: 100 });
  const { catalogs } = api.ctx;
  const usual = catalogs.checkSource;
  Object.assign(catalogs, { checkSource });

  const [slow, meanwhile] = await Promise.all([
    api.send('POST', '/v1/connectors', { body: { files: pingFiles() } }),
    api.send('GET', '/v1/connectors?limit=1'),
  ]);
  Object.assign(catalogs, { checkSource: usual });
  const again = await api.send('POST', '/v1/connectors', { body: { files: pingFiles() } });

  expect(slow).toMatchObject({
    status: 422,
    body: {
      code: 'ERR_MANIFEST_INVALID',
      detail: expect.stringContaining('cannot be checked within 0.1 seconds and 256 MiB'),
      hint: expect.stringContaining('simpler'),
    },
  });
  expect([meanwhile.status, again.status]).toEqual([200, 201]);
});
