import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { Manifests } from '../../../connector/manifest.ts';
import { startWorker } from '../../../engine/worker.ts';
import { startTestApi } from '../../api/client.ts';
import { startWebhooksServer } from '../../services/github/webhooks-server.ts';

const SECRET = 'a-secret-of-sixteen';

/** The manifests as they are after a connector was taken out. */
function without({ connectors, actions, triggers }: Manifests, id: string): Manifests {
  const others = <T>(map: ReadonlyMap<string, T>) => new Map([...map].filter(([key]) => key.split('.')[0] !== id));
  return { connectors: others(connectors), actions: others(actions), triggers: others(triggers) };
}

test('workflows of a connector that was removed are shown, fail in clear words, and can be disabled and deleted', async () => {
  const before = await startTestApi();
  const authentication = { name: 'token', kind: 'pat', token: 'ghp_canary', test: false };
  const account = { name: 'github', connector: 'github', base_url: 'http://127.0.0.1:9', authentication };
  expect((await before.send('POST', '/v1/linked_accounts', { body: account })).status).toBe(201);
  const input = { owner: 'octocat', repo: 'hello', issue_number: 1 };
  const steps = [{ id: 'read', action: 'github.get_issue', linked_account: 'github', input }];
  const plain = [{ id: 'a', action: 'core.delay', input: { seconds: 1 } }];
  const save = async (body: object) => (await before.send('POST', '/v1/workflows', { body })).body;
  const reading = await save({ name: 'reading', trigger: { id: 'core.manual' }, steps });
  const hearing = await save({
    name: 'hearing',
    trigger: { id: 'github.push', input: { secret: SECRET } },
    steps: plain,
  });
  const manifests = without(before.ctx.manifests, 'github');
  const after = await startTestApi({ role: 'worker', context: { manifests }, prefix: before.ctx.keys.prefix });
  const worker = await startWorker(after.ctx);
  onTestFinished(() => worker.close());

  const shown = await after.send('GET', `/v1/workflows/${reading.id}`);
  const listed = await after.send('GET', '/v1/workflows');
  const accounts = await after.send('GET', '/v1/linked_accounts');
  const started = await after.send('POST', `/v1/workflows/${reading.id}/run`, { body: {} });
  const ended = await after.send('GET', `/v1/runs/${started.body.id}`, { headers: { prefer: 'wait=20' } });
  const alone = await after.send('POST', '/v1/runs', {
    body: { action: 'github.get_issue', linked_account: 'github', input },
  });
  const text = '{"ref":"x"}';
  const delivery = await fetch(`${after.origin}${new URL(hearing.url).pathname}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'd1',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`,
    },
    body: text,
  });
  const saved = await after.send('PUT', `/v1/workflows/${reading.id}`, {
    body: { name: 'reading', trigger: { id: 'core.manual' }, steps },
  });
  const off = await after.send('POST', `/v1/workflows/${hearing.id}/disable`);
  const gone = await Promise.all([reading, hearing].map(({ id }) => after.send('DELETE', `/v1/workflows/${id}`)));
  const accountGone = await after.send('DELETE', '/v1/linked_accounts/github');

  expect(shown).toMatchObject({ status: 200, body: { steps: [{ action: 'github.get_issue' }] } });
  expect(shown.body.warnings).toMatchObject([{ pointer: '/steps/0/action', code: 'action_missing' }]);
  expect(listed.body.items).toHaveLength(2);
  expect(accounts).toMatchObject({ status: 200, body: { items: [{ name: 'github', connector: 'github' }] } });
  expect(ended.body).toMatchObject({
    status: 'failed',
    error: { step: { id: 'read', code: 'ERR_ACTION_UNKNOWN', message: expect.stringContaining('github.get_issue') } },
  });
  expect(alone).toMatchObject({ status: 404, body: { code: 'ERR_ACTION_UNKNOWN' } });
  expect(delivery.status).toBe(404);
  expect(saved).toMatchObject({ status: 400, body: { errors: [{ pointer: '/steps/0/action' }] } });
  expect(off).toMatchObject({ status: 200, body: { enabled: false } });
  expect(gone.map(({ status }) => status)).toEqual([204, 204]);
  expect(accountGone.status).toBe(204);
});

test('a trigger that is gone says so: it is failing, not enabled and not run; a webhook that stays behind is named once', async () => {
  const github = await startWebhooksServer();
  const env = { PENSTOCK_ALLOWED_HOSTS: github.origin, PENSTOCK_PUBLIC_URL: 'https://penstock.example.com' };
  const before = await startTestApi({ role: 'worker', env });
  const authentication = { name: 'token', kind: 'pat', token: 'ghp_canary', test: false };
  const account = { name: 'github', connector: 'github', base_url: github.origin, authentication };
  expect((await before.send('POST', '/v1/linked_accounts', { body: account })).status).toBe(201);
  const steps = [{ id: 'a', action: 'core.delay', input: { seconds: 1 } }];
  const save = async (id: string) => {
    const trigger = { id, linked_account: 'github', input: { owner: 'octocat', repo: 'hello' } };
    return (await before.send('POST', '/v1/workflows', { body: { name: id, trigger, steps } })).body;
  };
  const polling = await save('github.new_or_changed_item');
  const hearing = await save('github.push');
  const manifests = without(before.ctx.manifests, 'github');
  const after = await startTestApi({ env, context: { manifests }, prefix: before.ctx.keys.prefix });
  const turn = (id: string, word: string) => after.send('POST', `/v1/workflows/${id}/${word}`, { body: {} });

  const listed = await after.send('GET', '/v1/workflows');
  const shown = await after.send('GET', `/v1/workflows/${polling.id}`);
  const health = await after.send('GET', `/v1/workflows/${polling.id}/trigger`);
  const ran = await turn(polling.id, 'run');
  const asked = github.seen.length;
  const off = await turn(hearing.id, 'disable');
  const again = await turn(hearing.id, 'disable');
  const on = await turn(hearing.id, 'enable');

  const warning = { code: 'trigger_missing', message: expect.stringContaining('"github.new_or_changed_item"') };
  expect(listed.body.items.map(({ trigger }: { trigger: { state: string } }) => trigger.state)).toEqual([
    'failing',
    'failing',
  ]);
  expect(shown.body.warnings).toMatchObject([{ pointer: '/trigger/id', ...warning }]);
  expect(health.body).toMatchObject({ state: 'failing', warnings: [warning] });
  expect(ran).toMatchObject({ status: 404, body: { code: 'ERR_TRIGGER_UNKNOWN' } });
  expect(off).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('could not be removed'), hint: 'Remove the webhook at the service.' },
  });
  expect(again).toMatchObject({ status: 200, body: { enabled: false } });
  expect(on).toMatchObject({ status: 404, body: { code: 'ERR_TRIGGER_UNKNOWN' } });
  expect(github.seen).toHaveLength(asked);
});
