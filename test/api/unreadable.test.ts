import { expect, test } from 'vitest';
import { submitAction } from '../../engine/runs/submit.ts';
import { startTestApi } from './client.ts';

test('a run with a time that is none does not hide the runs beside it', async () => {
  const { ctx, send } = await startTestApi();
  const submit = async () =>
    (await submitAction(ctx, 'default', { request: { action: 'core.transform', input: { value: 1 } } })).id;
  const ids = [await submit(), await submit(), await submit()] as const;
  await ctx.redis.hset(ctx.keys.run(ids[1]), 'deadline', '1e16');

  const list = await send('GET', '/v1/runs');
  const one = await send('GET', `/v1/runs/${ids[1]}`);

  expect(list.status).toBe(200);
  expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[0]]);
  expect(list.body.unreadable).toEqual([
    {
      id: ids[1],
      code: 'ERR_RECORD_UNREADABLE',
      message: expect.stringContaining('a number that is not a valid time'),
    },
  ]);
  expect(one).toMatchObject({ status: 500, body: { code: 'ERR_RECORD_UNREADABLE' } });
});

test('a list reads no outputs: a run whose output cannot be read is listed, and its own page says so', async () => {
  const { ctx, send } = await startTestApi();
  const request = { action: 'core.transform', input: { value: 1 } };
  const { id } = await submitAction(ctx, 'default', { request });
  await ctx.redis.hset(ctx.keys.run(id), 'output', '{"tor');

  const list = await send('GET', '/v1/runs');
  const one = await send('GET', `/v1/runs/${id}`);

  expect(list.body).toMatchObject({ items: [{ id, action: 'core.transform' }] });
  expect(list.body.unreadable).toBeUndefined();
  expect(one).toMatchObject({ status: 500, body: { code: 'ERR_RECORD_UNREADABLE' } });
});
