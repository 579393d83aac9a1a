import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../engine/access/audit.ts';
import { setQuotas } from '../../engine/access/set-quotas.ts';
import { artifactId } from '../../engine/artifacts/artifact-store.ts';
import { tick } from '../../engine/polling/ticks.ts';
import { removeRuns } from '../../engine/runs/retention.ts';
import { beginRun, dropRun, finishRun } from '../../engine/runs/run-writes.ts';
import { readRun } from '../../engine/runs/runs.ts';
import type { QuotaName } from '../../engine/store/quotas.ts';
import { until } from '../context.ts';
import { FAILED } from '../engine/new-run.ts';
import { startTestApi } from './client.ts';

/** The API, with a tenant whose quota is as given. */
async function open(name: QuotaName, limit: number) {
  const api = await startTestApi();
  await api.send('GET', '/v1/tenant');
  await setQuotas(api.ctx, engineActor('default'), { tenant: 'default', quotas: { [name]: limit } });
  const quota = async () => (await api.send('GET', '/v1/tenant')).body.quotas[name];
  return { ...api, quota };
}

const RUN = { action: 'core.webhook', input: { url: 'http://127.0.0.1:1', body: {} } };
const AUTHENTICATION = { kind: 'pat', host: 'http://127.0.0.1:1', token: 't', test: false };
const workflow = (name: string, more: object = {}) => ({
  name,
  trigger: { id: 'core.manual' },
  steps: [{ id: 'a', action: 'core.file', input: { path: 'x.ndjson', rows: [{ n: 1 }] } }],
  ...more,
});
const SCHEDULED = { enabled: true, trigger: { id: 'core.schedule', schedule: { every_seconds: 3600 } } };

test.each<[QuotaName, string, (n: number) => object]>([
  ['workflows', '/v1/workflows', (n) => workflow(`w${n}`)],
  ['schedules', '/v1/workflows', (n) => workflow(`w${n}`, SCHEDULED)],
  ['linked_accounts', '/v1/linked_accounts', (n) => ({ name: `a${n}`, connector: 'databricks' })],
  [
    'authentications',
    '/v1/linked_accounts',
    (n) => ({ name: `a${n}`, connector: 'databricks', authentication: AUTHENTICATION }),
  ],
  ['webhook_endpoints', '/v1/webhook_endpoints', () => ({ url: 'http://127.0.0.1:1/hook' })],
  ['oauth_apps', '/v1/oauth_apps', (n) => ({ name: `o${n}`, host: 'http://127.0.0.1:1', client_id: 'c' })],
])('of %s are refused beyond the limit with both numbers, also when they come at once', async (name, path, body) => {
  const { send, quota } = await open(name, 2);

  const answers = await Promise.all([1, 2, 3, 4].map((n) => send('POST', path, { body: body(n) })));

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 403, 403]);
  const refused = answers.find(({ status }) => status === 403)!;
  expect(refused.body).toMatchObject({
    code: 'ERR_QUOTA_EXCEEDED',
    detail: expect.stringMatching(`^the tenant has 2 .*, and its quota "${name}" is 2$`),
    quota: { name, limit: 2, used: 2 },
  });
  expect(await quota()).toEqual({ limit: 2, used: 2 });
});

test('of API keys count those that are there', async () => {
  const { send, quota } = await open('api_keys', 2);

  const made = await send('POST', '/v1/api_keys', { body: { name: 'a', role: 'viewer' } });
  const refused = await send('POST', '/v1/api_keys', { body: { name: 'b', role: 'viewer' } });

  expect([made.status, refused.status]).toEqual([201, 403]);
  await send('DELETE', `/v1/api_keys/${made.body.id}`);
  expect(await quota()).toEqual({ limit: 2, used: 1 });
});

test('of schedules let a workflow that has its place be published again, and others be enabled when it is disabled', async () => {
  const { send, quota } = await open('schedules', 1);
  const { body: first } = await send('POST', '/v1/workflows', { body: workflow('first', SCHEDULED) });
  const { body: second } = await send('POST', '/v1/workflows', {
    body: workflow('second', { ...SCHEDULED, enabled: false }),
  });

  expect((await send('PUT', `/v1/workflows/${first.id}`, { body: workflow('first', SCHEDULED) })).status).toBe(200);
  expect((await send('POST', `/v1/workflows/${second.id}/enable`)).status).toBe(403);
  expect((await send('GET', `/v1/workflows/${second.id}`)).body.enabled).toBe(false);
  await send('POST', `/v1/workflows/${first.id}/disable`);
  expect((await send('POST', `/v1/workflows/${second.id}/enable`)).status).toBe(200);
  expect(await quota()).toEqual({ limit: 1, used: 1 });
});

test('of unfinished runs are refused with 429 until one ends or is taken away', async () => {
  const { ctx, send, quota } = await open('unfinished_runs', 3);

  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => send('POST', '/v1/runs', { body: RUN })));

  const made = answers.filter(({ status }) => status === 202).map(({ body }) => body.id as string);
  expect(made).toHaveLength(3);
  const refused = answers.find(({ status }) => status === 429)!;
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(refused.body).toMatchObject({
    code: 'ERR_QUOTA_BUSY',
    detail: 'the tenant has 3 runs that have not ended, and its quota "unfinished_runs" is 3',
    quota: { name: 'unfinished_runs', limit: 3, used: 3 },
  });
  const run = (await beginRun(ctx, made[0]!))!;
  await finishRun(ctx, run, { status: 'succeeded' });
  await finishRun(ctx, run, { status: 'succeeded' });
  await dropRun(ctx, (await readRun(ctx, made[1]!))!);
  await dropRun(ctx, run);
  expect(await quota()).toEqual({ limit: 3, used: 1 });
});

test('of bytes of artifacts count what runs keep, until retention takes it', async () => {
  const { ctx, send, quota } = await open('artifact_bytes', 100_000);
  const large = { ...RUN, input: { url: 'http://127.0.0.1:1', body: { text: 'x'.repeat(150_000) } } };

  const { body } = await send('POST', '/v1/runs', { body: large });

  const { used } = await quota();
  expect(used).toBeGreaterThan(150_000);
  expect((await send('POST', '/v1/runs', { body: RUN })).body).toMatchObject({ code: 'ERR_QUOTA_EXCEEDED' });
  await finishRun(ctx, (await beginRun(ctx, body.id))!, FAILED);
  await removeRuns(ctx, [body.id]);
  expect((await quota()).used).toBe(0);
});

test('of bytes of artifacts count what a run ends with, until retention takes it', async () => {
  const { ctx, send, quota } = await open('artifact_bytes', 100_000);
  const { body } = await send('POST', '/v1/runs', { body: RUN });
  const artifact = { id: artifactId(body.id, 'out'), media_type: 'text/plain', size: 1234 };

  await finishRun(ctx, (await beginRun(ctx, body.id))!, { status: 'succeeded', artifact });

  expect((await quota()).used).toBe(1234);
  await removeRuns(ctx, [body.id]);
  expect((await quota()).used).toBe(0);
});

test('of streams are refused beyond the limit, and free when a reader goes', async () => {
  const { send, quota, origin, keyOf } = await open('streams', 1);
  const { body } = await send('POST', '/v1/runs', { body: RUN });
  const headers = { authorization: `Bearer ${await keyOf('viewer')}` };
  const reader = new AbortController();
  onTestFinished(() => reader.abort());
  await fetch(`${origin}/v1/runs/${body.id}/events`, { headers, signal: reader.signal });

  const refused = await fetch(`${origin}/v1/runs/${body.id}/events`, { headers });

  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ quota: { name: 'streams', limit: 1, used: 1 } });
  expect(await quota()).toEqual({ limit: 1, used: 1 });
  reader.abort();
  await until('its place is free', async () => (await quota()).used === 0);
});

test('of versions and their bytes count every version of every workflow, until it is deleted', async () => {
  const { ctx, send, quota } = await open('workflow_versions', 3);
  const { body: first } = await send('POST', '/v1/workflows', { body: workflow('first') });
  await send('PUT', `/v1/workflows/${first.id}`, { body: workflow('first', { description: 'é'.repeat(1000) }) });
  const { body: second } = await send('POST', '/v1/workflows', { body: workflow('second') });

  const refused = await send('PUT', `/v1/workflows/${second.id}`, { body: workflow('second', { description: 'x' }) });

  expect(refused.status).toBe(403);
  expect(refused.body).toMatchObject({
    code: 'ERR_QUOTA_EXCEEDED',
    detail: 'the tenant has 3 versions of workflows, and its quota "workflow_versions" is 3',
    quota: { name: 'workflow_versions', limit: 3, used: 3 },
  });
  const bytes = async () => (await send('GET', '/v1/tenant')).body.quotas.workflow_bytes.used;
  expect(await bytes()).toBeGreaterThan(2000);
  await send('DELETE', `/v1/workflows/${first.id}`);
  expect(await quota()).toEqual({ limit: 3, used: 1 });
  await setQuotas(ctx, engineActor('default'), { tenant: 'default', quotas: { workflow_bytes: await bytes() } });
  expect((await send('POST', '/v1/workflows', { body: workflow('third') })).body.quota.name).toBe('workflow_bytes');
  await send('DELETE', `/v1/workflows/${second.id}`);
  expect([await quota(), await bytes()]).toEqual([{ limit: 3, used: 0 }, 0]);
});

test('of versions hold when they are saved at once', async () => {
  const { send, quota } = await open('workflow_versions', 3);
  const { body } = await send('POST', '/v1/workflows', { body: workflow('w') });

  const saves = [1, 2, 3, 4].map((n) =>
    send('PUT', `/v1/workflows/${body.id}`, { body: workflow('w', { description: `${n}` }) }),
  );

  expect((await Promise.all(saves)).map(({ status }) => status).sort()).toEqual([200, 200, 403, 403]);
  expect(await quota()).toEqual({ limit: 3, used: 3 });
});

test('of bytes of inputs count inputs and metadata of runs, until each is taken away, once', async () => {
  const { ctx, send, quota } = await open('input_bytes', 3000);
  const text = (length: number) => ({
    ...RUN,
    input: { url: 'http://127.0.0.1:1', body: { text: 'x'.repeat(length) } },
  });

  const { body } = await send('POST', '/v1/runs', { body: text(3100) });

  expect((await quota()).used).toBeGreaterThan(3100);
  const refused = await send('POST', '/v1/runs', { body: RUN });
  expect(refused.body).toMatchObject({ code: 'ERR_QUOTA_EXCEEDED', quota: { name: 'input_bytes', limit: 3000 } });
  await finishRun(ctx, (await beginRun(ctx, body.id))!, FAILED);
  await Promise.all([removeRuns(ctx, [body.id]), removeRuns(ctx, [body.id])]);
  expect((await quota()).used).toBe(0);
  const metadata = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, 'x'.repeat(500)]));
  const { body: other } = await send('POST', '/v1/runs', { body: { ...RUN, metadata } });
  expect((await quota()).used).toBeGreaterThan(1500);
  await dropRun(ctx, (await readRun(ctx, other.id))!);
  expect((await quota()).used).toBe(0);
});

test('of held requests are refused before anything is done, and free when one is answered or its sender goes', async () => {
  const { send, quota, origin, keyOf } = await open('waits', 1);
  const { body } = await send('POST', '/v1/runs', { body: RUN });
  const headers = { authorization: `Bearer ${await keyOf('admin')}`, prefer: 'wait=60' };
  const sender = new AbortController();
  const held = fetch(`${origin}/v1/runs/${body.id}`, { headers, signal: sender.signal });
  await until('it is held', async () => (await quota()).used === 1);

  const refused = await send('POST', '/v1/runs', { body: RUN, headers: { prefer: 'wait=5' } });

  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({
    code: 'ERR_QUOTA_BUSY',
    detail: 'the tenant has 1 requests held by "Prefer: wait", and its quota "waits" is 1',
    quota: { name: 'waits', limit: 1, used: 1 },
  });
  expect((await send('GET', '/v1/runs')).body.items).toHaveLength(1);
  expect((await send('GET', `/v1/runs/${body.id}`)).status).toBe(200);
  sender.abort();
  await expect(held).rejects.toThrow();
  await until('its place is free', async () => (await quota()).used === 0);
  expect((await send('GET', `/v1/runs/${body.id}`, { headers: { prefer: 'wait=0' } })).status).toBe(200);
  await until('an answer frees its place', async () => (await quota()).used === 0);
});

test("are one tenant's own", async () => {
  const { send, keyOf } = await open('workflows', 0);

  const other = await send('POST', '/v1/workflows', { body: workflow('w'), key: await keyOf('admin', 'other') });

  expect(other.status).toBe(201);
});

test('that leave no room for a scheduled run are shown with the health of its trigger, until it begins', async () => {
  const { ctx, send } = await open('unfinished_runs', 0);
  const { body } = await send('POST', '/v1/workflows', { body: workflow('w', SCHEDULED) });
  const due = ctx.clock.now();
  const health = async () => (await send('GET', `/v1/workflows/${body.id}/trigger`)).body;

  await tick(ctx, body.id, `repeat:${body.id}:${due}`);
  const waiting = await health();
  await setQuotas(ctx, engineActor('default'), { tenant: 'default', quotas: { unfinished_runs: 1 } });
  await tick(ctx, body.id, `repeat:${body.id}:${due}`);

  expect(waiting).toMatchObject({
    state: 'ok',
    waiting_run: { due_at: new Date(due).toISOString(), quota: { name: 'unfinished_runs', limit: 0, used: 0 } },
  });
  expect(await health()).not.toHaveProperty('waiting_run');
});
