import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../engine/worker.ts';
import { until } from '../context.ts';
import { startTestApi } from './client.ts';
import { everythingIn } from './dump.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const STEPS = [{ id: 'a', action: 'core.transform', input: { value: '{{ trigger.body }}' } }];

/** A workflow with only a draft, whose trigger receives webhooks; `post` sends to its URL for tests. */
async function open(trigger: object = { id: 'core.incoming_webhook' }) {
  const api = await startTestApi({ role: 'worker' });
  const worker = await startWorker(api.ctx);
  onTestFinished(() => worker.close());
  const { send, origin } = api;
  const { body: made } = await send('POST', '/v1/workflows', {
    body: { name: 'w', trigger, steps: STEPS, publish: false },
  });
  const at = `/v1/workflows/${made.id}`;
  const read = async () => (await send('GET', `${at}/received_event`)).body;
  const url = origin + new URL((await read()).test_url).pathname;
  const post = async (body: string, headers: Record<string, string> = {}, to = url) => {
    const type = { 'content-type': 'application/json' };
    const answer = await fetch(to, { method: 'POST', headers: { ...type, ...headers }, body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { ...api, at, url, read, post };
}

test('a test reaches a workflow that was never published, starts nothing, and is kept without secrets', async () => {
  const { send, at, url, read, post, ctx, keyOf } = await open();
  const before = await read();

  const sent = await post(
    '{"n": 1}',
    { 'x-plain-thing': 'hidden-in-header', 'webhook-id': 'msg_1', cookie: 'a=b' },
    `${url}?token=hidden-in-query&page=2`,
  );
  const received = await read();
  const again = await post('{"n": 2}');
  const kept = await send('PUT', `${at}/draft/samples/trigger`, { body: { value: received.event } });
  const viewed = await send('GET', `${at}/received_event`, { key: await keyOf('viewer') });
  const foreign = await send('GET', `${at}/received_event`, { key: await keyOf('admin', 'other') });

  expect(before).toEqual({ event: null, test_url: expect.stringMatching(/\/hooks\/wf_\w+\.\w{32}\/test$/) });
  expect(sent).toEqual({ status: 200, body: { recorded: true } });
  expect(received).toMatchObject({
    source: 'test',
    event: { id: 'msg_1', body: { n: 1 }, query: { token: '[secret]' }, headers: { 'x-plain-thing': '[secret]' } },
  });
  expect(received.event.headers.cookie).toBeUndefined();
  expect(again.status).toBe(200);
  expect((await read()).event.body).toEqual({ n: 2 });
  expect(kept.status).toBe(200);
  expect((await send('GET', `${at}/draft`)).body.samples).toEqual(['trigger']);
  expect(viewed.body.event.body).toEqual({ n: 2 });
  expect(viewed.body.test_url).toBeUndefined();
  expect(foreign.status).toBe(404);
  expect((await send('GET', '/v1/runs')).body.items).toEqual([]);
  expect(await everythingIn(ctx)).not.toContain('hidden-in');

  expect((await send('DELETE', at)).status).toBe(204);
  expect((await post('{}')).status).toBe(404);
  expect(await everythingIn(ctx)).not.toContain('received_at');
});

test('the newer of a test and a run is the last event; the URL for runs starts one, that for tests does not', async () => {
  const { send, origin, at, url, read, post } = await open();
  await send('POST', `${at}/draft/publish`);
  const { body: published } = await send('GET', at);
  await send('POST', `${at}/enable`);

  await post('{"n": 1}');
  const tested = await read();
  const started = await post('{"n": 2}', {}, origin + new URL(published.url).pathname);
  const ran = await read();
  await until('the test is newer', async () => {
    await post('{"n": 3}');
    return (await read()).source === 'test';
  });

  expect(url).toBe(`${origin}${new URL(published.url).pathname}/test`);
  expect(tested).toMatchObject({ source: 'test', event: { body: { n: 1 } } });
  expect(started.status).toBe(202);
  expect(ran).toMatchObject({ source: 'run', run: started.body.run, event: { body: { n: 2 } } });
  expect((await send('GET', `/v1/runs?workflow=${published.id}`)).body.items).toHaveLength(1);
  await send('POST', `${at}/rotate_url`);
  expect((await post('{}')).status).toBe(404);
});

test('a test that the published workflow would refuse is kept, and says why', async () => {
  const { read, post, ctx } = await open({ id: 'core.incoming_webhook', input: { secret: SECRET } });
  const body = '{"n": 1}';
  const now = new Date();
  const signed = {
    'webhook-id': 'msg_2',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(SECRET).sign('msg_2', now, body),
  };

  const unsigned = await post(body);
  const problem = (await read()).problem;
  const right = await post(body, signed);

  expect(unsigned.body).toEqual({ recorded: true, problem: 'the request is not signed' });
  expect(problem).toBe('the request is not signed');
  expect(right.body).toEqual({ recorded: true });
  expect((await read()).event.headers['webhook-signature']).toBeUndefined();
  expect(await everythingIn(ctx)).not.toContain(signed['webhook-signature']);
});

test('a service checks the URL for tests, and its events are told by their own ids', async () => {
  const secret = 'a-signing-secret-of-slack';
  const { read, post, ctx } = await open({ id: 'slack.event', input: { signing_secret: secret } });
  const sign = (text: string) => {
    const time = String(Math.floor(Date.now() / 1000));
    const mac = createHmac('sha256', secret).update(`v0:${time}:${text}`).digest('hex');
    return { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${mac}` };
  };
  const challenge = JSON.stringify({ type: 'url_verification', challenge: 'c4' });
  const event = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event: { type: 'app_mention' } });

  const answered = await post(challenge, sign(challenge));
  const unsigned = await post(challenge);
  const signed = sign(event);
  const told = await post(event, signed);
  const received = (await read()).event;

  expect(answered).toEqual({ status: 200, body: { challenge: 'c4' } });
  expect(unsigned.body).toMatchObject({ recorded: true, problem: expect.stringContaining('x-slack-signature') });
  expect(told.body.recorded).toBe(true);
  expect(received).toMatchObject({ id: 'Ev1', body: { event: { type: 'app_mention' } } });
  // As in a run, which has no signature to replay.
  expect(received.headers['x-slack-signature']).toBeUndefined();
  expect(await everythingIn(ctx)).not.toContain(signed['x-slack-signature']);
});

test('what is too large, no JSON, too much, or for another trigger is refused', async () => {
  const { send, at, url, post, read } = await open();

  const large = await post(`"${'x'.repeat(262_144)}"`);
  const odd = await post('{n}');
  const wrong = await post('{}', {}, url.replace(/\.\w{32}/, `.${'0'.repeat(32)}`));
  await send('PUT', `${at}/draft`, { body: { name: 'w', trigger: { id: 'core.manual' }, steps: STEPS } });
  const other = await post('{}');
  const statuses = [];
  for (let n = 0; n < 120; n += 1) statuses.push((await post('{}')).status);

  expect([large.status, odd.status, wrong.status, other.status]).toEqual([413, 400, 404, 409]);
  expect(other.body.hint).toContain('core.incoming_webhook');
  expect(await read()).toEqual({ event: null });
  expect(statuses).toContain(429);
});
