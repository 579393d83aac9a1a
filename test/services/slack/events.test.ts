import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { startTestApi } from '../../api/client.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

test('an event starts a run once, a challenge is answered, and what is old, not signed or signed wrong is refused', async () => {
  const { send, origin } = await startTestApi();
  const trigger = { id: 'slack.event', input: { signing_secret: SECRET } };
  const steps = [{ id: 'a', action: 'core.delay', input: { seconds: 1 } }];
  const { body } = await send('POST', '/v1/workflows', { body: { name: 'w', trigger, steps } });
  const deliver = async (payload: object, { secret = SECRET, age = 0, isSigned = true } = {}) => {
    const text = JSON.stringify(payload);
    const at = String(Math.floor(Date.now() / 1000) - age);
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${at}:${text}`).digest('hex')}`;
    const headers = {
      'content-type': 'application/json',
      'x-slack-request-timestamp': at,
      ...(isSigned ? { 'x-slack-signature': signature } : {}),
    };
    const answer = await fetch(`${origin}${new URL(body.url).pathname}`, { method: 'POST', headers, body: text });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const event = { type: 'event_callback', event_id: 'Ev1', event: { type: 'message' } };

  const challenge = await deliver({ type: 'url_verification', challenge: 'abc' });
  const first = await deliver(event);
  const again = await deliver(event, { age: 2 });
  const refused = [
    await deliver(event, { age: 301 }),
    await deliver(event, { age: -400 }),
    await deliver(event, { secret: 'x' }),
    await deliver(event, { isSigned: false }),
    await deliver({ type: 'url_verification', challenge: 'abc' }, { isSigned: false }),
  ];

  expect(challenge).toEqual({ status: 200, body: { challenge: 'abc' } });
  expect(first.status).toBe(202);
  expect(again.body).toEqual(first.body);
  expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  expect((await send('GET', '/v1/runs')).body.items).toHaveLength(1);
});
