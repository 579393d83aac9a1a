import { expect, test } from 'vitest';
import { createBoundedCache } from '../../../engine/process/bounded-cache.ts';

test('keeps no more than its size, whatever the number, and lets go what was used longest ago', () => {
  const cache = createBoundedCache<string>({ maxEntries: 100, maxSize: 3000 });
  for (const key of ['a', 'b', 'c']) cache.set(key, 'x'.repeat(800), 800);
  cache.get('a');

  cache.set('d', 'x'.repeat(800), 800);

  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true, true]);
});

test('does not keep what is too large by itself', () => {
  const cache = createBoundedCache<string>({ maxEntries: 100, maxSize: 1000 });
  cache.set('a', 'small', 5);

  cache.set('b', 'x'.repeat(2000), 2000);

  expect([cache.get('a'), cache.get('b')]).toEqual(['small', undefined]);
});
