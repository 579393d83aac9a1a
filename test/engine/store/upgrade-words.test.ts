import { expect, test } from 'vitest';
import { ensureSchema } from '../../../engine/store/schema-version.ts';
import { openStore } from './bare-store.ts';

test('gives keys, fields and states that version 1 stored their new names, once', async () => {
  const store = await openStore();
  const { redis, keys } = store;
  await redis.zadd(store.keys.sealedWithOfVersion1(), 0, 'test|authentication:auth_1');
  const old = (name: string) => `${keys.prefix}${name}`;
  await redis.rpush(old('lane:la_1'), 'run_1', 'run_2');
  await redis.hset(old('laned'), { la_1: 'acme 3 parked', la_2: 'parked 0 ready' });
  await redis.rpush(old('ring:parked'), 'la_2');
  await redis.sadd(old('in-hand:la_1'), 'run_0');
  await redis.hset(keys.run('run_0'), { run: '{"id":"run_0"}', fence: '7' });
  await redis.set(keys.object('workflow', 'wf_1'), '{"id":"wf_1","hook_generation":3,"enabled":true}');
  await redis.set(keys.idempotency('acme', 'one'), 'print in-hand run_9', 'EX', 90);
  await redis.set(keys.idempotency('acme', 'two'), 'print {"status":200,"body":"in-hand"}');

  await ensureSchema(store);

  expect(await redis.lrange(keys.backlog('la_1'), 0, -1)).toEqual(['run_1', 'run_2']);
  expect(await redis.hgetall(keys.backlogs())).toEqual({ la_1: 'acme 3 at_limit', la_2: 'parked 0 ready' });
  expect(await redis.lrange(keys.roundRobin('parked'), 0, -1)).toEqual(['la_2']);
  expect(await redis.smembers(keys.inFlight('la_1'))).toEqual(['run_0']);
  expect(await redis.hgetall(keys.run('run_0'))).toEqual({ run: '{"id":"run_0"}', fencing_token: '7' });
  expect(await redis.get(keys.object('workflow', 'wf_1'))).toBe('{"id":"wf_1","url_generation":3,"enabled":true}');
  expect(await redis.get(keys.idempotency('acme', 'one'))).toBe('print in-progress run_9');
  expect(await redis.ttl(keys.idempotency('acme', 'one'))).toBeGreaterThan(0);
  expect(await redis.get(keys.idempotency('acme', 'two'))).toBe('print {"status":200,"body":"in-hand"}');
  expect(await redis.exists(...['lane:la_1', 'laned', 'ring:parked', 'in-hand:la_1'].map(old))).toBe(0);
});
