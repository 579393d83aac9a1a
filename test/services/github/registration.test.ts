import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../../engine/worker.ts';
import { startTestApi } from '../../api/client.ts';
import { startWebhooksServer } from './webhooks-server.ts';

const WHERE = { owner: 'octocat', repo: 'hello' };
const push = { id: 'github.push', linked_account: 'github', input: WHERE };

/** The API with a linked account of GitHub, whose server keeps the webhooks of one repository. */
async function open(env: Record<string, string> = { PENSTOCK_PUBLIC_URL: 'https://penstock.example.com' }) {
  const github = await startWebhooksServer();
  const api = await startTestApi({ role: 'worker', env: { PENSTOCK_ALLOWED_HOSTS: github.origin, ...env } });
  const authentication = { name: 'token', kind: 'pat', token: 'ghp_canary', test: false };
  const account = { name: 'github', connector: 'github', base_url: github.origin, authentication };
  expect((await api.send('POST', '/v1/linked_accounts', { body: account })).status).toBe(201);
  const steps = [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.body.ref }}' } }];
  const save = (trigger: object, more: object = {}) =>
    api.send('POST', '/v1/workflows', { body: { name: 'w', trigger, steps, ...more } });
  const turn = (id: string, word: string) => api.send('POST', `/v1/workflows/${id}/${word}`);
  return { ...api, github, steps, save, turn };
}

test('the webhook is added when the workflow is enabled, once, and its deliveries start runs; disabled, it is removed', async () => {
  const { ctx, origin, send, github, save, turn } = await open();
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());

  const { body: workflow } = await save(push);
  const added = structuredClone(github.webhooks);
  await turn(workflow.id, 'enable');
  const again = structuredClone(github.webhooks);
  const { url, secret } = added[0]!.config;
  const text = '{"ref":"refs/heads/main"}';
  const delivery = await fetch(`${origin}${new URL(url).pathname}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'd1',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
    },
    body: text,
  });
  const { run } = (await delivery.json()) as { run: string };
  const ended = await send('GET', `/v1/runs/${run}`, { headers: { prefer: 'wait=20' } });
  const off = await turn(workflow.id, 'disable');

  expect(added).toMatchObject([
    { name: 'web', active: true, events: ['push'], config: { url: workflow.url, insecure_ssl: '0' } },
  ]);
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(workflow).toMatchObject({ enabled: true, service_webhook: { id: String(added[0]!.id) } });
  expect(again).toEqual(added);
  expect(ended.body).toMatchObject({ status: 'succeeded', output: { value: 'refs/heads/main' } });
  expect(off.body).toMatchObject({ enabled: false });
  expect(off.body.service_webhook).toBeUndefined();
  expect(github.webhooks).toEqual([]);
  expect([...github.tokens]).toEqual(['token ghp_canary']);
  // The secret is stored nowhere, and shown to nobody.
  const stored = await Promise.all((await ctx.redis.keys(`${ctx.keys.prefix}*`)).map((key) => ctx.redis.dump(key)));
  expect(JSON.stringify([workflow, off.body, ended.body, stored])).not.toContain(secret);
});

test('what was changed at the service is put right by the next enable, and a webhook that is gone is added again', async () => {
  const { github, save, turn } = await open();
  const { body } = await save({ ...push, id: 'github.webhook', input: { ...WHERE, events: ['issues'] } });

  Object.assign(github.webhooks[0]!, { active: false, events: ['*'] });
  await turn(body.id, 'enable');
  const repaired = structuredClone(github.webhooks);
  github.webhooks.length = 0;
  const { body: enabled } = await turn(body.id, 'enable');
  const added = structuredClone(github.webhooks);
  github.webhooks.length = 0;
  const off = await turn(body.id, 'disable');

  expect(repaired).toMatchObject([{ active: true, events: ['issues'] }]);
  expect(added).toHaveLength(1);
  expect(enabled.service_webhook.id).toBe(String(added[0]!.id));
  // One that is gone needs no removal.
  expect(off).toMatchObject({ status: 200, body: { enabled: false } });
});

test('a webhook beyond the first page of the list is found, updated and removed', async () => {
  const { github, save, turn } = await open();
  const other = (id: number) => ({
    ...{ id, name: 'web', active: true, events: ['push'] },
    config: { url: `https://ci.example/${id}`, content_type: 'json', insecure_ssl: '0', secret: 'x' },
  });
  github.webhooks.push(other(1), other(2), other(3), other(4));
  github.pageSize = 2;
  const { body } = await save(push);
  Object.assign(github.webhooks[4]!, { active: false });

  const again = await turn(body.id, 'enable');
  const own = github.webhooks.filter(({ config }) => config.url === body.url);
  const off = await turn(body.id, 'disable');

  expect(again.status).toBe(200);
  expect(own).toMatchObject([{ active: true, events: ['push'] }]);
  expect(off.body.enabled).toBe(false);
  expect(github.webhooks.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});

test('a change of the trigger, of the URL, and a deletion move the webhook; a change of the steps asks the service nothing', async () => {
  const { send, github, steps, save } = await open();
  const { body } = await save(push);
  const first = github.webhooks[0]!.config;

  const asked = github.seen.length;
  const same = await send('PUT', `/v1/workflows/${body.id}`, {
    body: { name: 'w', trigger: push, steps: [...steps, { ...steps[0], id: 'b' }] },
  });
  const askedForSteps = github.seen.length - asked;
  const input = { ...WHERE, secret: 'a-secret-that-is-mine' };
  await send('PUT', `/v1/workflows/${body.id}`, { body: { name: 'w', trigger: { ...push, input }, steps } });
  const own = structuredClone(github.webhooks);
  const rotated = await send('POST', `/v1/workflows/${body.id}/rotate_url`);
  const moved = structuredClone(github.webhooks);
  await send('PUT', `/v1/workflows/${body.id}`, { body: { name: 'w', trigger: { id: 'core.manual' }, steps } });
  const none = structuredClone(github.webhooks);
  await send('PUT', `/v1/workflows/${body.id}`, { body: { name: 'w', trigger: push, steps } });
  const back = github.webhooks.length;
  const gone = await send('DELETE', `/v1/workflows/${body.id}`);

  expect(same.status).toBe(200);
  expect(askedForSteps).toBe(0);
  expect(own).toMatchObject([{ config: { url: first.url, secret: input.secret } }]);
  expect(moved).toMatchObject([{ config: { url: rotated.body.url, secret: input.secret } }]);
  expect(rotated.body.url).not.toBe(first.url);
  expect(none).toEqual([]);
  expect(back).toBe(1);
  expect(gone.status).toBe(204);
  expect(github.webhooks).toEqual([]);
});

test('what the service refuses is not enabled and not stored, and the error says what to do', async () => {
  const { send, github, steps, save, turn } = await open();
  github.refuse.POST = 403;

  const refused = await save(push);
  const { items } = (await send('GET', '/v1/workflows')).body;
  github.refuse = {};
  const { body } = await save(push, { enabled: false });
  const none = github.webhooks.length;
  github.refuse.POST = 403;
  const stays = await turn(body.id, 'enable');
  const path = `/v1/workflows/${body.id}`;
  const enabled = { name: 'w', trigger: push, steps, enabled: true };
  const put = await send('PUT', path, { body: enabled });
  await send('PUT', `${path}/draft`, { body: enabled });
  const published = await send('POST', `${path}/draft/publish`);
  const shown = await send('GET', `/v1/workflows/${body.id}`);

  expect(refused).toMatchObject({
    status: 502,
    body: {
      code: 'ERR_UPSTREAM',
      detail: expect.stringMatching(/^the webhook could not be registered at GitHub: .*not accessible/),
    },
  });
  expect(refused.body.hint).toMatch(/Webhooks: write, or the scope admin:repo_hook.*leave out owner and repo/);
  expect(items).toEqual([]);
  expect(none).toBe(0);
  expect([stays.status, put.status, published.status]).toEqual([502, 502, 502]);
  expect(shown.body.enabled).toBe(false);
});

test('a webhook that cannot be removed is an error, the workflow is disabled all the same, and the next time it is removed', async () => {
  const { send, github, save, turn } = await open();
  const { body } = await save(push);
  github.refuse.POST = 403;
  const rotated = await send('POST', `/v1/workflows/${body.id}/rotate_url`);
  github.refuse = { DELETE: 403 };

  const failed = await turn(body.id, 'disable');
  const shown = await send('GET', `/v1/workflows/${body.id}`);
  github.refuse = {};
  const again = await turn(body.id, 'disable');

  expect(rotated).toMatchObject({ status: 502, body: { detail: expect.stringContaining('could not be registered') } });
  expect(failed).toMatchObject({ status: 502, body: { detail: expect.stringContaining('could not be removed') } });
  expect(shown.body.enabled).toBe(false);
  expect(again.status).toBe(200);
  expect(github.webhooks).toEqual([]);
});

test('two that enable it at once make one webhook', async () => {
  const { github, save, turn } = await open();
  const { body } = await save(push, { enabled: false });

  const both = await Promise.all([turn(body.id, 'enable'), turn(body.id, 'enable')]);

  expect(both.map(({ status }) => status).sort()).toSatisfy(
    (found: number[]) => String(found) === '200,200' || String(found) === '200,409',
  );
  expect(github.webhooks).toHaveLength(1);
});

test('without a public URL, an account, or half of the repository, it says what is missing', async () => {
  const { github, save } = await open({});

  const noUrl = await save(push);
  const noAccount = await save({ id: 'github.push', input: WHERE });
  const half = await save({ ...push, input: { owner: 'octocat' } });

  expect(noUrl).toMatchObject({ status: 409, body: { hint: expect.stringContaining('Set PENSTOCK_PUBLIC_URL') } });
  const pointers = (answer: typeof half) => answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(noAccount.status).toBe(400);
  expect(pointers(noAccount)).toContain('/trigger/linked_account');
  expect(half.status).toBe(400);
  expect(pointers(half)).toContain('/trigger/input/repo');
  expect(github.seen).toEqual([]);
});

test('GitHub may send the payload as a field of a form', async () => {
  const { origin, save } = await open();
  const secret = 'a-secret-of-sixteen';
  const { body } = await save({ id: 'github.push', input: { secret } });
  const text = new URLSearchParams({ payload: '{"ref":"refs/heads/main"}' }).toString();

  const answer = await fetch(`${origin}${new URL(body.url).pathname}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-github-event': 'push',
      'x-github-delivery': 'd1',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
    },
    body: text,
  });

  expect(answer.status).toBe(202);
});
