import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { createOAuthApp } from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { checkedAddress } from '../../../../engine/credentials/records/checked-host.ts';
import { submitAction } from '../../../../engine/runs/submit.ts';
import { startWorker } from '../../../../engine/worker.ts';
import { importAuthentication } from '../../../../services/databricks/profile.ts';
import { testContext } from '../../../context.ts';
import { startHttpServer } from '../../../servers.ts';
import { ended } from '../../../workspace.ts';

const ID = '1234567890123456';

test.each([
  ['by ?o= of the host', (host: string) => ({ host: `${host}/?o=${ID}` })],
  ['by workspace_id', (host: string) => ({ host, workspace_id: ID })],
])('a workspace that is named %s is sent with every request', async (_how, place) => {
  const sent: unknown[] = [];
  const server = await startHttpServer((request, response) => {
    sent.push([request.headers['x-databricks-workspace-id'], request.headers['x-databricks-org-id']]);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"userName": "a"}');
  });
  const ctx = await testContext();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const authentication = { kind: 'pat', ...place(server.origin), token: 'dapi-0123456789' };

  const made = await createLinkedAccount(ctx, engineActor('acme'), { name: 'main', authentication });
  const request = { action: 'databricks.http_request', linked_account: made.id, input: { path: '/api/2.0/x' } };
  const run = await ended(ctx, (await submitAction(ctx, 'acme', { request })).id);

  expect(run.status).toBe('succeeded');
  expect(made.authentication).toMatchObject({ host: server.origin, host_workspace_id: ID });
  expect(sent).toEqual([
    [ID, ID],
    [ID, ID],
  ]);
});

test('two workspaces are refused, and a login on such a host says why', async () => {
  const ctx = await testContext();
  const authentication = {
    kind: 'pat',
    host: 'https://a.databricks.com/?o=1',
    workspace_id: '2',
    token: 'x',
    test: false,
  };

  await expect(createLinkedAccount(ctx, engineActor('acme'), { name: 'main', authentication })).rejects.toMatchObject({
    code: 'ERR_INPUT_INVALID',
    errors: [{ pointer: '/authentication/workspace_id' }],
  });
  const app = { name: 'app', host: 'https://a.databricks.com/?o=1', client_id: 'x' };
  await expect(createOAuthApp(ctx, engineActor('acme'), app)).rejects.toMatchObject({
    code: 'ERR_HOST_INVALID',
    message: expect.stringContaining('serves several'),
    errors: [{ pointer: '/host' }],
  });
});

test('workspace_id of a profile and of the environment is imported', () => {
  const file = `[DEFAULT]\nhost = https://a.databricks.com\nworkspace_id = ${ID}\ntoken = t`;

  expect(importAuthentication({ env: {}, file }).body).toMatchObject({ workspace_id: ID });
  const env = { DATABRICKS_HOST: 'https://a.databricks.com', DATABRICKS_TOKEN: 't', DATABRICKS_WORKSPACE_ID: '5' };
  expect(importAuthentication({ env, file: undefined })).toMatchObject({
    body: { workspace_id: '5' },
    sources: { workspace_id: 'DATABRICKS_WORKSPACE_ID' },
  });
});

test('addresses of the form https://NAME.databricks.com are taken, and pages of Databricks are not', async () => {
  const ctx = await testContext();
  const connector = ctx.manifests.connectors.get('databricks')!;
  const schema = { title: 'Workspace URL' };
  const check = (value: string) => checkedAddress(ctx, connector, { name: 'host', value, schema, pointer: '' });

  expect(check('https://acme.databricks.com/')).toBe('https://acme.databricks.com');
  for (const host of ['docs.databricks.com', 'databricks.com', 'a.b.databricks.com', 'a.databricks.com.evil.example'])
    expect(() => check(host)).toThrow(expect.objectContaining({ code: 'ERR_HOST_NOT_ALLOWED' }));
});
