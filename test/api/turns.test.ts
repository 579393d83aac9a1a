import { expect, onTestFinished, test } from 'vitest';
import { createTurns } from '../../engine/queue/turns.ts';
import { newId } from '../../engine/store/ids.ts';
import { submitWorkflow } from '../../engine/workflows/submit-workflow.ts';
import { until } from '../context.ts';
import { startTestApi } from './client.ts';

const ONE = { alone: 1, beside: 1 };

/** An API that does one request of a tenant at a time, at a clock that stands. */
async function open() {
  const turns = createTurns({ request: ONE, run: ONE }, { now: () => 0, idle: () => 0 });
  const api = await startTestApi({ context: { turns } });
  /** Holds the only turn of the tenant. */
  const hold = (tenant: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    void turns.take('request', tenant, () => promise);
    onTestFinished(() => resolve());
    return resolve;
  };
  return { ...api, hold };
}

async function isAnswered(answer: Promise<unknown>, other: () => Promise<unknown>): Promise<boolean> {
  let isThere = false;
  void answer.then(() => {
    isThere = true;
  });
  // As many round trips as either takes.
  for (let i = 0; i < 3; i += 1) await other();
  return isThere;
}

const WORKFLOW = {
  name: 'w',
  trigger: { id: 'core.incoming_webhook' },
  steps: [{ id: 'a', action: 'core.transform', input: { value: 1 } }],
};

test.each([
  ['GET', '/v1/runs', undefined],
  ['POST', '/v1/workflows', { ...WORKFLOW, name: 'another' }],
])("%s %s waits for the turn of its tenant, and another tenant's does not", async (method, path, body) => {
  const { send, hold, keyOf } = await open();
  const key = await keyOf('admin', 'other');
  const release = hold('default');

  const answer = send(method, path, { body });

  expect(await isAnswered(answer, () => send('GET', path, { key }))).toBe(false);
  release();
  expect((await answer).status).toBeLessThan(300);
});

test('an incoming webhook waits for the turn of its tenant', async () => {
  const { send, hold, keyOf, origin } = await open();
  const key = await keyOf('admin', 'other');
  const { body } = await send('POST', '/v1/workflows', { body: WORKFLOW });
  const release = hold('default');

  const answer = fetch(origin + new URL(body.url).pathname, { method: 'POST', body: 'x' });

  expect(await isAnswered(answer, () => send('GET', '/v1/runs', { key }))).toBe(false);
  release();
  expect((await answer).status).toBe(202);
});

test('a request that is held until a run ends has no turn meanwhile', async () => {
  const { send, ctx } = await open();
  const { body: workflow } = await send('POST', '/v1/workflows', { body: WORKFLOW });
  const id = newId('run', ctx.clock.now());
  await submitWorkflow(ctx, 'default', { id, workflow: workflow.id, version: 1, trigger: {} });
  const held = send('GET', `/v1/runs/${id}`, { headers: { prefer: 'wait=30' } });
  await until('it is held', async () => {
    const [, count] = (await ctx.redis.pubsub('NUMSUB', ctx.keys.runChannel(id))) as [string, number];
    return Number(count) > 0;
  });

  const { status } = await send('POST', `/v1/runs/${id}/cancel`);

  expect(status).toBeLessThan(300);
  expect((await held).body.status).toBe('canceled');
});
