import { expect, test } from 'vitest';
import { cachePerOwner, createBoundedCache } from '../../connector/bounded-cache.ts';

test('keeps no more than its size, whatever the number, and lets go what was used longest ago', () => {
  const cache = createBoundedCache<string>(3000);
  for (const key of ['a', 'b', 'c']) cache.set(key, 'x'.repeat(800), 800);
  cache.get('a');

  cache.set('d', 'x'.repeat(800), 800);

  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true, true]);
});

test('counts the key and the entry of values that are as good as nothing', () => {
  const cache = createBoundedCache<boolean>(10_000);

  for (let i = 0; i < 1000; i += 1) cache.set(`key ${i}`, false);

  expect(cache.size).toBeLessThan(100);
  expect([cache.get('key 0'), cache.get('key 999')]).toEqual([undefined, false]);
});

test('does not keep what is too large by itself, nor what it had under the same key', () => {
  const cache = createBoundedCache<string>(1000);
  cache.set('a', 'small', 5);
  cache.set('b', 'small', 5);

  cache.set('b', 'x'.repeat(2000), 2000);

  expect([cache.get('a'), cache.get('b')]).toEqual(['small', undefined]);
});

test('each owner has its own', () => {
  const cacheOf = cachePerOwner<string>(1000);
  const [one, other] = [{}, {}];

  cacheOf(one).set('a', 'of one');

  expect([cacheOf(one).get('a'), cacheOf(other).get('a')]).toEqual(['of one', undefined]);
});
