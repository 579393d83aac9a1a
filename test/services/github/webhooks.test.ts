import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../../engine/worker.ts';
import { startTestApi } from '../../api/client.ts';
import { startHttpServer } from '../../servers.ts';

const SECRET = 'a-secret-canary-of-the-webhook';

/** A workflow that starts by a webhook of GitHub, and what GitHub sends to it. */
async function open(trigger: object, base_url?: string) {
  const { ctx, send, origin } = await startTestApi({ role: 'worker' });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const read = { id: 'a', action: 'core.transform', input: { value: '{{ trigger.body.ref }}' } };
  const input = { owner: 'octocat', repo: 'hello', issue_number: 1 };
  const ask = { id: 'b', action: 'github.get_issue', linked_account: '{{ run.linked_account }}', input };
  if (base_url !== undefined) {
    const authentication = { name: 'token', kind: 'pat', token: 'ghp_canary', test: false };
    const account = { name: 'github', connector: 'github', base_url, authentication };
    expect((await send('POST', '/v1/linked_accounts', { body: account })).status).toBe(201);
  }
  const made =
    base_url === undefined
      ? { trigger, steps: [read] }
      : { trigger: { ...trigger, linked_account: 'github' }, steps: [ask] };
  const { status, body } = await send('POST', '/v1/workflows', { body: { name: 'w', ...made } });
  expect({ status, errors: body.errors }).toEqual({ status: 201, errors: undefined });
  const deliver = async (payload: object, headers: Record<string, string | undefined> = {}) => {
    const text = JSON.stringify(payload);
    const signature = `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`;
    const all = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'd1',
      'x-hub-signature-256': signature,
      ...headers,
    };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const answer = await fetch(`${origin}${new URL(body.url).pathname}`, {
      method: 'POST',
      headers: given,
      body: text,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { send, deliver, workflow: body };
}

const push = { id: 'github.push', input: { secret: SECRET } };

test('a push starts the workflow, once; its secret and signature are shown nowhere', async () => {
  const { send, deliver, workflow } = await open(push);

  const first = await deliver({ ref: 'refs/heads/main' });
  const again = await deliver({ ref: 'refs/heads/main' });

  expect(first.status).toBe(202);
  expect(again.body).toEqual(first.body);
  const done = await send('GET', `/v1/runs/${first.body.run}`, { headers: { prefer: 'wait=20' } });
  expect(done.body).toMatchObject({
    status: 'succeeded',
    input: { id: 'd1', headers: { 'x-github-event': 'push' } },
    output: { value: 'refs/heads/main' },
  });
  const shown = await send('GET', `/v1/workflows/${workflow.id}`);
  expect(JSON.stringify([done.body, shown.body])).not.toMatch(/canary|sha256=/);
});

test('two events with the same body are two runs: only the delivery ID tells a repeat', async () => {
  const { send, deliver } = await open(push);

  const first = await deliver({ ref: 'refs/heads/main' }, { 'x-github-delivery': 'd1' });
  const second = await deliver({ ref: 'refs/heads/main' }, { 'x-github-delivery': 'd2' });
  const again = await deliver({ ref: 'refs/heads/main' }, { 'x-github-delivery': 'd2' });

  expect(second.status).toBe(202);
  expect(second.body).not.toEqual(first.body);
  expect(again.body).toEqual(second.body);
  expect((await send('GET', '/v1/runs')).body.items).toHaveLength(2);
});

test('a delivery that somebody sends again and again is refused in the open, and others are not', async () => {
  const { deliver } = await open(push);

  const statuses = new Set<number>();
  for (let i = 0; i < 120; i++) statuses.add((await deliver({ ref: 'x' })).status);
  const refused = await deliver({ ref: 'x' }, { 'x-github-delivery': 'd2' });
  const other = await deliver({ ref: 'y' }, { 'x-github-delivery': 'd3' });

  expect([...statuses]).toEqual([202]);
  expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_RATE_LIMITED' } });
  expect(other.status).toBe(202);
});

test('a trigger may have an account, which the steps of its runs use', async () => {
  const github = await startHttpServer((_request, response) => response.writeHead(404).end('{"message":"No issue"}'));
  const { send, deliver } = await open(push, github.origin);

  const { body } = await deliver({ ref: 'x' });

  const done = await send('GET', `/v1/runs/${body.run}`, { headers: { prefer: 'wait=20' } });
  expect(done.body).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('No issue') } });
});

test('steps cannot use the account of a run whose trigger has none', async () => {
  const { send } = await startTestApi();
  const input = { owner: 'octocat', repo: 'hello', issue_number: 1 };
  const steps = [{ id: 'b', action: 'github.get_issue', linked_account: '{{ run.linked_account }}', input }];
  const schedule = { id: 'core.schedule', schedule: { every_seconds: 60 }, linked_account: 'anything' };

  for (const trigger of [push, schedule]) {
    const { status, body } = await send('POST', '/v1/workflows', { body: { name: 'w', trigger, steps } });
    expect({ status, pointers: body.errors.map(({ pointer }: { pointer: string }) => pointer) }).toEqual({
      status: 400,
      pointers: ['/steps/0/linked_account'],
    });
  }
});

test.each([
  ['no signature', { 'x-hub-signature-256': undefined }],
  ['a wrong one', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
  ['one without its prefix', { 'x-hub-signature-256': '0'.repeat(64) }],
])('refuses %s, and starts nothing', async (_what, headers) => {
  const { send, deliver } = await open(push);

  const refused = await deliver({ ref: 'x' }, headers);

  expect(refused).toMatchObject({ status: 401, body: { code: 'ERR_UNAUTHORIZED' } });
  expect((await send('GET', '/v1/runs')).body.items).toEqual([]);
});

test('events that the trigger does not want are accepted, and start nothing', async () => {
  const { send, deliver } = await open({ id: 'github.webhook', input: { secret: SECRET, events: ['issues'] } });

  const ping = await deliver({ zen: 'x' }, { 'x-github-event': 'ping' });
  const issue = await deliver({ action: 'opened' }, { 'x-github-event': 'issues' });

  expect(ping).toEqual({ status: 200, body: { ignored: true } });
  expect(issue.status).toBe(202);
  expect((await send('GET', '/v1/runs')).body.items).toHaveLength(1);
});

test('a trigger needs its secret, or anyone could start it', async () => {
  const { send } = await startTestApi();
  const steps = [{ id: 'a', action: 'core.delay', input: { seconds: 1 } }];

  const refused = await send('POST', '/v1/workflows', { body: { name: 'w', trigger: { id: 'github.push' }, steps } });

  expect(refused).toMatchObject({ status: 400, body: {} });
  expect(refused.body.errors).toEqual([
    { pointer: '/trigger/input', message: expect.stringContaining('owner and repo') },
  ]);
});
