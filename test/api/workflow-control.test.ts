import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { readRun } from '../../engine/runs.ts';
import { startWorker } from '../../engine/worker.ts';
import { until } from '../context.ts';
import { startTestApi, type TestApi } from './client.ts';

const STEP = { id: 'a', action: 'core.transform', input: { value: '{{ trigger.n }}' } };
const FAILING = { id: 'b', action: 'core.fail', input: { message: 'no' } };

async function open(): Promise<TestApi> {
  const api = await startTestApi({ role: 'worker' });
  const worker = await startWorker(api.ctx);
  onTestFinished(() => worker.close());
  return api;
}

function workflow(more: Record<string, unknown> = {}) {
  return { name: 'w', trigger: { id: 'core.manual' }, steps: [STEP], ...more };
}

const WAIT = { prefer: 'wait=20' };

test('a draft is shown, published and taken back', async () => {
  const { send } = await open();
  const made = await send('POST', '/v1/workflows', { body: workflow({ publish: false, variables: { x: 1 } }) });
  expect(made.body).toMatchObject({ version: 0, latest: 1, enabled: false, variables: { x: 1 } });
  const { id } = made.body;
  expect((await send('POST', `/v1/workflows/${id}/run`)).body).toMatchObject({ code: 'ERR_CONFLICT' });

  expect((await send('POST', `/v1/workflows/${id}/publish`)).body).toMatchObject({ version: 1, enabled: true });
  await send('PUT', `/v1/workflows/${id}`, { body: workflow({ steps: [FAILING] }) });
  const back = await send('POST', `/v1/workflows/${id}/publish`, { body: { version: 1 } });

  expect(back.body).toMatchObject({ version: 1, latest: 2, steps: [{ id: 'a' }] });
});

test('a step is tried with sample values', async () => {
  const { send } = await open();
  const { body } = await send('POST', '/v1/workflows', { body: workflow() });

  const tried = await send('POST', `/v1/workflows/${body.id}/test_step`, {
    headers: WAIT,
    body: { step: 'a', trigger: { n: 7 } },
  });

  expect(tried).toMatchObject({ status: 200, body: { status: 'succeeded', output: { value: 7 } } });
});

test('runs are replayed from where they failed, one and many', async () => {
  const { send } = await open();
  const { body } = await send('POST', '/v1/workflows', { body: workflow({ steps: [STEP, FAILING] }) });
  const run = () => send('POST', `/v1/workflows/${body.id}/run`, { headers: WAIT, body: { input: { n: 1 } } });
  const first = await run();
  await run();

  const one = await send('POST', `/v1/runs/${first.body.id}/replay`, { headers: WAIT, body: { from: 'failed' } });
  expect(one.body).toMatchObject({ status: 'failed', replay_of: first.body.id, reused: { a: `${first.body.id}.a` } });

  const request = { filter: { workflow: 'w', status: 'failed' }, from: { step: 'b' } };
  const dry = await send('POST', '/v1/runs/replay', { body: request });
  expect(dry).toMatchObject({ status: 200, body: { effects: { safe: 2 }, is_cut: false } });
  const done = await send('POST', '/v1/runs/replay', { body: { ...request, confirm: dry.body.confirm } });
  expect(done.status).toBe(202);
  expect(done.body.replayed).toHaveLength(2);
});

test('a person decides with an API key, or under a link that shows what is asked', async () => {
  const { ctx, send, origin } = await open();
  const ask = { id: 'ask', action: 'core.approve', input: { message: 'Drop <the> table?' } };
  const tell = { id: 'tell', action: 'core.transform', input: { value: '{{ run.approvals.ask }}' } };
  const { body } = await send('POST', '/v1/workflows', { body: workflow({ steps: [tell, ask] }) });
  const begin = async () => {
    const { body: run } = await send('POST', `/v1/workflows/${body.id}/run`);
    await until('it waits', async () => (await readRun(ctx, `${run.id}.ask`))?.status === 'waiting');
    return run.id as string;
  };
  const first = await begin();
  expect(
    (await send('POST', `/v1/runs/${first}.ask/decision`, { body: { approved: true, comment: 'fine' } })).status,
  ).toBe(202);
  expect((await send('GET', `/v1/runs/${first}`, { headers: WAIT })).body).toMatchObject({
    status: 'succeeded',
    output: { approved: true, by: 'admin key', comment: 'fine' },
  });

  const second = await begin();
  const { output } = (await readRun(ctx, `${second}.tell`))!;
  const link = new URL((output as { value: string }).value).pathname;
  const page = await send('GET', link, { key: null });
  expect(page.text).toContain('Drop &lt;the&gt; table?');
  const sent = await fetch(origin + link, {
    method: 'POST',
    body: new URLSearchParams({ decision: 'refuse', comment: 'never' }),
  });
  expect(sent.status).toBe(200);
  const refused = await send('GET', `/v1/runs/${second}`, { headers: WAIT });
  expect(refused.body.error.message).toContain('link did not approve: never');
  expect((await send('GET', link, { key: null })).text).toContain('Decided');
  expect((await send('GET', `${link.slice(0, -1)}0`, { key: null })).status).toBe(404);
});

test('a workflow starts by a request to its URL, once for each webhook-id', async () => {
  const { send, origin } = await open();
  const steps = [
    {
      id: 'a',
      action: 'core.transform',
      input: { value: '{{ trigger.body.n & trigger.query.q & trigger.headers.`x-own` }}' },
    },
  ];
  const { body } = await send('POST', '/v1/workflows', {
    body: workflow({ trigger: { id: 'core.incoming_webhook' }, steps }),
  });
  const path = new URL(body.url).pathname;
  const post = (headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}?q=2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"n": 1}',
    });

  const first = await post({ 'webhook-id': 'msg_1', 'x-own': '3', authorization: 'Bearer x' });
  const again = await post({ 'webhook-id': 'msg_1' });

  const { run } = (await first.json()) as { run: string };
  expect(first.status).toBe(202);
  expect(await again.json()).toEqual({ run });
  const done = await send('GET', `/v1/runs/${run}`, { headers: WAIT });
  expect(done.body).toMatchObject({ status: 'succeeded', output: { value: '123' }, input: { id: 'msg_1' } });
  expect(done.body.input.headers.authorization).toBeUndefined();

  const { body: renewed } = await send('POST', `/v1/workflows/${body.id}/rotate_url`);
  expect(renewed.url).not.toBe(body.url);
  expect((await post()).status).toBe(404);
});

test('a signed webhook starts the workflow, and no other does', async () => {
  const { send, origin } = await open();
  const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
  const trigger = { id: 'core.incoming_webhook', input: { secret } };
  const { body } = await send('POST', '/v1/workflows', {
    body: workflow({ trigger, steps: [{ ...STEP, input: { value: '{{ trigger.body }}' } }] }),
  });
  expect(JSON.stringify(body)).not.toContain(secret);
  const now = new Date();
  const text = '{"n":1}';
  const signed = (at: Date, of = text) => ({
    'webhook-id': `msg_${at.getTime()}`,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(`msg_${at.getTime()}`, at, of),
  });
  const post = async (headers: Record<string, string>) => {
    const answer = await fetch(origin + new URL(body.url).pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
    });
    return answer.status;
  };

  expect(await post(signed(now))).toBe(202);
  expect(await post({})).toBe(401);
  expect(await post(signed(now, '{"n":2}'))).toBe(401);
  expect(await post(signed(new Date(now.getTime() - 301_000)))).toBe(401);
});
