import { expect, onTestFinished, test } from 'vitest';
import { openServing } from '../../api/http/serving.ts';
import { routesOf } from '../../api/routes.ts';
import { scopeOf } from '../../engine/connectors/scope.ts';
import { openSourceChecks } from '../../engine/connectors/source-checks.ts';
import type { Context } from '../../engine/context.ts';
import { startTestApi, type TestApi } from './client.ts';
import { type Files, helpdeskFiles, pingFiles } from './own-connector-files.ts';

/** With a login beside the key. */
function loginFiles(): Files {
  const files = pingFiles();
  files['connector.json'].auth.push({
    id: 'login',
    title: 'Sign in',
    kind: 'oauth2',
    grant: 'authorization_code',
    authorize_url: 'https://login.pinger.example/authorize',
    token_url: 'https://login.pinger.example/token',
  });
  return files;
}

async function add(api: TestApi, files: Files): Promise<void> {
  const added = await api.send('POST', '/v1/connectors', { body: { files } });
  if (added.status !== 201) throw new Error(added.text);
}

test('what routes check by themselves is the same for a tenant with connectors of its own', async () => {
  const api = await startTestApi();
  await add(api, helpdeskFiles());
  await add(api, loginFiles());
  const { serving, close } = openServing(api.ctx);
  onTestFinished(close);
  const checks = (ctx: Context) =>
    routesOf({ ...serving, ctx }).map(({ method, path, query, body, bodyCheck }) => [
      method,
      path,
      query,
      bodyCheck ?? body,
    ]);

  const own = checks(await scopeOf(api.ctx, 'default'));

  expect(own).toEqual(checks(api.ctx));
});

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
