import { expect, test } from 'vitest';
import { createTurns } from '../../../api/http/turns.ts';

/** Work that ends when it is told to. */
function opened(turns: ReturnType<typeof createTurns>) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    ends,
    add: (tenant: string, name: string) =>
      turns.take(tenant, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
  };
}

test("executes a few of a tenant at a time, in order, and another tenant's at once", async () => {
  const { begun, ends, add } = opened(createTurns(2));
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => add('a', name));
  all.push(add('b', 'b1'));

  expect(begun).toEqual(['a1', 'a2', 'b1']);
  ends[0]!();
  await all[0];
  await Promise.resolve();

  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  while (begun.length < 5 || ends.length > 0) {
    ends.shift()?.();
    await new Promise(setImmediate);
  }
  await Promise.all(all);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
});

test('gives the place of work that failed to the next', async () => {
  const turns = createTurns(1);

  const failed = turns.take('a', () => Promise.reject(new Error('no')));
  const next = turns.take('a', async () => 'done');

  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});
