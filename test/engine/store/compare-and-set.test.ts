import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { type Change, compareAndSet, unchanged } from '../../../engine/store/compare-and-set.ts';
import { insertWrites, readRecord, transact, updateWrites } from '../../../engine/store/records.ts';
import { testContext } from '../../context.ts';

interface Counter {
  n: number;
}

const KIND = 'counter';
const ID = 'cnt_1';
const read = async (ctx: Context) => (await readRecord<Counter>(ctx, KIND, ID))!;

async function openCounter(): Promise<Context> {
  const ctx = await testContext();
  const place = { kind: KIND, id: ID, createdAt: 1, owners: [] };
  await transact(ctx, [], insertWrites(ctx, place, { value: { n: 0 } }));
  return ctx;
}

/** One more than what is there. */
async function increment(ctx: Context): Promise<Change<number>> {
  const before = await read(ctx);
  const value = { n: before.value.n + 1 };
  return {
    checks: [unchanged(ctx, KIND, ID, before)],
    writes: updateWrites(ctx, { kind: KIND, id: ID, version: before.version }, { value }),
    cached: [[KIND, ID]],
    result: value.n,
  };
}

test('of ten at once, each follows another and none is lost', async () => {
  const ctx = await openCounter();

  const results = await Promise.all(Array.from({ length: 10 }, () => compareAndSet(ctx, 'it', () => increment(ctx))));

  expect(results.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await read(ctx)).toMatchObject({ value: { n: 10 }, version: 11 });
});

test('a record that always changes first is a conflict that names it', async () => {
  const ctx = await openCounter();
  let tries = 0;

  const changed = compareAndSet(ctx, 'the counter "x"', async () => {
    const change = await increment(ctx);
    tries += 1;
    await compareAndSet(ctx, 'it', () => increment(ctx));
    return change;
  });

  await expect(changed).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
    message: expect.stringContaining('counter "x"'),
  });
  expect(tries).toBe(20);
  expect((await read(ctx)).value.n).toBe(20);
});

test('what is decided without writes leaves the record', async () => {
  const ctx = await openCounter();

  expect(await compareAndSet(ctx, 'it', async () => ({ result: 'as it is' }))).toBe('as it is');
  expect((await read(ctx)).version).toBe(1);
});

test('another check that fails is told, and nothing is written', async () => {
  const ctx = await openCounter();
  await ctx.redis.hset(ctx.keys.uniques(KIND, 'default'), 'name:a', 'cnt_2');

  const changed = compareAndSet(ctx, 'it', async () => {
    const change = await increment(ctx);
    return {
      ...change,
      checks: [...change.checks, ['free', ctx.keys.uniques(KIND, 'default'), 'name:a', ID] as const],
      refused({ check, found }: { check: number; found: string }) {
        throw new Error(`check ${check}: ${found} has it`);
      },
    } as Change<number>;
  });

  await expect(changed).rejects.toThrow('check 1: cnt_2 has it');
  expect((await read(ctx)).version).toBe(1);
});

test('caches are told of a change, also when it lost to another', async () => {
  const ctx = await openCounter();
  const told: unknown[] = [];
  let isFirst = true;
  await compareAndSet(ctx, 'it', async () => {
    const change = await increment(ctx);
    if (isFirst) {
      await ctx.redis.hset(ctx.keys.record(KIND, ID), 'version', '7');
      ctx.changes.follow((kind, id) => void (kind === KIND && told.push(id)));
    }
    isFirst = false;
    return change;
  });

  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(new Set(told)).toEqual(new Set([ID]));
});
