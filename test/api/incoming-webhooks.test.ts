import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { limitRate } from '../../engine/access/rates.ts';
import { startWorker } from '../../engine/worker.ts';
import { startTestApi, type TestApi } from './client.ts';

async function open(): Promise<TestApi> {
  const api = await startTestApi({ role: 'worker' });
  const worker = await startWorker(api.ctx);
  onTestFinished(() => worker.close());
  return api;
}

function workflow(more: Record<string, unknown> = {}) {
  const steps = [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.body }}' } }];
  return { name: 'w', trigger: { id: 'core.incoming_webhook' }, steps, ...more };
}

const WAIT = { prefer: 'wait=20' };

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
    body: workflow({ steps }),
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
    body: workflow({ trigger }),
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

test('a body that is too large is refused, and so is a sender that is too fast or guesses', async () => {
  const { send, origin, ctx } = await startTestApi();
  const { body } = await send('POST', '/v1/workflows', { body: workflow() });
  const { pathname } = new URL(body.url);
  const post = async (path: string, text: string) => {
    const answer = await fetch(origin + path, { method: 'POST', body: text });
    await answer.text();
    return answer.status;
  };
  const most = { windowMs: 60_000, most: Number.MAX_SAFE_INTEGER, what: '' };
  for (let i = 0; i < 1198; i++) await limitRate(ctx, { subject: 'incoming-webhook', id: body.id, ...most });

  expect(await post(pathname, 'x'.repeat(1_048_577))).toBe(413);
  expect(await post(pathname, 'x')).toBe(202);
  expect(await post(pathname, 'x')).toBe(429);
  const guesses = [];
  for (let i = 0; i < 61; i++)
    guesses.push(await post(`${pathname.slice(0, -1)}${pathname.endsWith('0') ? 1 : 0}`, ''));
  expect(guesses.slice(-2)).toEqual([404, 429]);
});

test('the URL is shown to those who may run the workflow, and not to viewers', async () => {
  const { send, keyOf } = await startTestApi();
  const { body } = await send('POST', '/v1/workflows', { body: workflow() });
  const at = `/v1/workflows/${body.id}`;

  const operator = await send('GET', at, { key: await keyOf('operator') });
  const viewer = await send('GET', at, { key: await keyOf('viewer') });

  expect(operator.body.url).toBe(body.url);
  expect(viewer.status).toBe(200);
  expect(viewer.body.url).toBeUndefined();
});
