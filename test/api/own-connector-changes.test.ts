import { expect, onTestFinished, test } from 'vitest';
import { openServing } from '../../api/http/serving.ts';
import { routesOf } from '../../api/routes.ts';
import type { Actor } from '../../engine/access/actor.ts';
import { engineActor } from '../../engine/access/audit.ts';
import { changeSet } from '../../engine/connectors/change-set.ts';
import { scopeOf } from '../../engine/connectors/scope.ts';
import { openSourceChecks } from '../../engine/connectors/source-checks.ts';
import type { Context } from '../../engine/context.ts';
import { createLinkedAccount } from '../../engine/credentials/accounts/accounts.ts';
import { createAuthentication } from '../../engine/credentials/authentications/authentications.ts';
import { createOAuthApp } from '../../engine/credentials/oauth/oauth-apps.ts';
import { refuseWhileUsed } from '../../engine/workflows/connector-uses.ts';
import { createWorkflow, updateWorkflow } from '../../engine/workflows/workflows.ts';
import { startTestApi, type TestApi } from './client.ts';
import { type Files, helpdeskFiles, pingFiles } from './own-connector-files.ts';

const actor: Actor = engineActor('default');
const ACCOUNT = { name: 'pings', connector: 'pinger', base_url: 'http://127.0.0.1:9' };
const APP = { template: 'pinger', name: 'app', client_id: 'c', client_secret: 's' };
const KEY = { name: 'key', kind: 'api_key', api_key: 'k', test: false };
const pinging = (name: string) => ({
  name,
  trigger: { id: 'core.manual' },
  steps: [{ id: 'ping', action: 'pinger.ping', linked_account: 'pings', input: {} }],
});

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

test('an OAuth app keeps its connector, and its addresses', async () => {
  const api = await startTestApi();
  await add(api, loginFiles());
  const app = await api.send('POST', '/v1/oauth_apps', { body: APP });
  const moved = loginFiles();
  moved['connector.json'].auth[1].token_url = 'https://elsewhere.example/token';

  const removed = await api.send('DELETE', '/v1/connectors/pinger');
  const replaced = await api.send('PUT', '/v1/connectors/pinger', { body: { files: moved } });
  await api.send('DELETE', `/v1/oauth_apps/${app.body.id}`);

  expect(app.status).toBe(201);
  expect(removed).toMatchObject({ status: 409, body: { detail: expect.stringContaining('1 OAuth app ("app")') } });
  expect(replaced).toMatchObject({ status: 409, body: { detail: expect.stringContaining('1 OAuth app ("app")') } });
  expect((await api.send('PUT', '/v1/connectors/pinger', { body: { files: moved } })).status).toBe(200);
  expect((await api.send('DELETE', '/v1/connectors/pinger')).status).toBe(204);
});

/** Ways to use a connector, each after what it needs is there. */
const USES: [what: string, prepare: (ctx: Context) => Promise<unknown>, use: (ctx: Context) => Promise<unknown>][] = [
  ['a linked account', async () => {}, (ctx) => createLinkedAccount(ctx, actor, ACCOUNT)],
  [
    'an account with its key',
    async () => {},
    (ctx) => createLinkedAccount(ctx, actor, { ...ACCOUNT, authentication: KEY }),
  ],
  ['an OAuth app', async () => {}, (ctx) => createOAuthApp(ctx, actor, APP)],
  [
    'an authentication',
    (ctx) => createLinkedAccount(ctx, actor, ACCOUNT),
    (ctx) => createAuthentication(ctx, actor, 'pings', KEY),
  ],
  [
    'a workflow',
    (ctx) => createLinkedAccount(ctx, actor, { ...ACCOUNT, authentication: KEY }),
    (ctx) => createWorkflow(ctx, 'default', pinging('new')),
  ],
  [
    'a new version',
    async (ctx) => {
      await createLinkedAccount(ctx, actor, { ...ACCOUNT, authentication: KEY });
      const note = { id: 'note', action: 'core.transform', input: { value: 1 } };
      return createWorkflow(ctx, 'default', { ...pinging('old'), steps: [note] });
    },
    async (ctx) => {
      const [id = ''] = await ctx.redis.zrange(ctx.keys.objects('workflow', 'default'), '0', '0');
      return updateWorkflow(ctx, 'default', { id, body: pinging('old') });
    },
  ],
];

test.each(USES)('a connector that is changed while %s is made: one of the two is refused', async (_, prepare, use) => {
  const api = await startTestApi();
  await add(api, loginFiles());
  await prepare(await scopeOf(api.ctx, 'default'));
  const begun = await scopeOf(api.ctx, 'default');
  const noted = { action: 'connector.replace', target: { kind: 'connector', id: 'pinger' } };
  const retitled = loginFiles();
  retitled['connector.json'].title = 'Pinger 2';

  // The change comes first: what had begun with the manifests before it is told to begin again.
  await api.send('PUT', '/v1/connectors/pinger', { body: { files: retitled } });
  await expect(use(begun)).rejects.toMatchObject({ code: 'ERR_CONFLICT', hint: 'Repeat the request.' });

  // What is made comes first, after the change has looked: the change looks again.
  let looks = 0;
  await changeSet(api.ctx, actor, async () => {
    looks += 1;
    if (looks === 1) await use(await scopeOf(api.ctx, 'default'));
    return { id: 'other', stored: { text: '{"files":{},"icons":{}}', title: 'Other' }, noted };
  });
  expect(looks).toBe(2);
  await expect(refuseWhileUsed(api.ctx, 'default', 'pinger')).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
});

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

test('a trigger of another kind is refused while a workflow uses it; one of another pace is rescheduled', async () => {
  const api = await startTestApi();
  await add(api, helpdeskFiles());
  const account = await api.send('POST', '/v1/linked_accounts', {
    body: { name: 'desk', connector: 'helpdesk', base_url: 'http://127.0.0.1:9' },
  });
  await api.send('POST', `/v1/linked_accounts/${account.body.id}/authentications`, {
    body: { name: 'key', kind: 'api_key', api_key: 'k', test: false },
  });
  const workflow = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'tickets',
      trigger: { id: 'helpdesk.new_ticket', linked_account: 'desk', input: {} },
      steps: [{ id: 'note', action: 'core.transform', input: { value: '{{ trigger.rows }}' } }],
    },
  });
  const signed = helpdeskFiles();
  const { id, version, title, group, description, output } = signed['triggers/new_ticket.json'];
  const secret = {
    title: 'Secret',
    description: 'Signs.',
    type: 'string',
    minLength: 16,
    maxLength: 99,
    writeOnly: true,
  };
  signed['triggers/new_ticket.json'] = {
    ...{ id, version, title, group, description, output, kind: 'webhook' },
    input: { type: 'object', required: ['secret'], additionalProperties: false, properties: { secret } },
    webhook: {
      signature: { algorithm: 'sha256', secret: 'secret', header: 'x-sign', encoding: 'hex', content: '{body}' },
    },
    examples: [{ title: 'A ticket', input: { secret: 'x'.repeat(16) }, output: { id: '1' } }],
  };
  const slow = helpdeskFiles();
  slow['triggers/new_ticket.json'].every_seconds = 600;
  const put = (files: Files) => api.send('PUT', '/v1/connectors/helpdesk', { body: { files } });

  const [kind, pace] = [await put(signed), await put(slow)];
  const scheduled = await api.ctx.queues.ticks.getJobScheduler(workflow.body.id);

  expect(workflow.status).toBe(201);
  expect(kind).toMatchObject({ status: 409, body: { detail: expect.stringContaining('helpdesk.new_ticket') } });
  expect(pace.status).toBe(200);
  expect(Number(scheduled?.every)).toBe(600_000);
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
