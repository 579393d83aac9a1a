import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { type Turn, writeRun } from '../../../engine/runs/run-writes.ts';
import { testClock, testContext } from '../../context.ts';
import { newRun } from '../new-run.ts';

/** Everything that a queue's keys hold, but for the events and the counter of jobs without a name. */
async function contents({ redis, keys }: Context): Promise<Record<string, unknown>> {
  const queue = `${keys.prefix}runs:`;
  const found: Record<string, unknown> = {};
  for (const key of await redis.keys(`${queue}*`)) {
    const name = key.slice(queue.length);
    if (['meta', 'events', 'id', 'default'].includes(name)) continue;
    const type = await redis.type(key);
    if (type === 'hash') {
      const { opts, ...job } = await redis.hgetall(key);
      found[name] = { ...job, opts: JSON.parse(opts!) };
    } else if (type === 'zset') found[name] = await redis.call('ZRANGE', key, '0', '-1', 'WITHSCORES');
    else if (type === 'list') found[name] = await redis.lrange(key, 0, -1);
    else found[name] = await redis.get(key);
  }
  return found;
}

test.each<[Turn['kind'], { priority?: number }]>([
  ['first', {}],
  ['bulk', { priority: 1 }],
])('the job of a %s run is what BullMQ itself would add', async (kind, options) => {
  const clock = testClock();
  const [ours, theirs] = [await testContext({ context: { clock } }), await testContext({ context: { clock } })];

  for (const id of ['run_one', 'run_two']) {
    await writeRun(ours, newRun(ours, { id }), { kind, most: 0 });
    await theirs.queues.runs.add('run', null, { jobId: id, timestamp: clock.now(), ...options });
  }

  const expected = await contents(theirs);
  for (const id of ['run_one', 'run_two']) delete (expected[id] as { opts: { timestamp?: number } }).opts.timestamp;
  expect(expected).toHaveProperty('run_two');
  expect(await contents(ours)).toEqual(expected);
});

test('a run that is there keeps its job as it is', async () => {
  const ctx = await testContext();
  await writeRun(ctx, newRun(ctx, { id: 'run_one' }));
  const before = await contents(ctx);

  await writeRun(ctx, newRun(ctx, { id: 'run_one' }), { kind: 'first', most: 0 });

  expect(await contents(ctx)).toEqual(before);
});
