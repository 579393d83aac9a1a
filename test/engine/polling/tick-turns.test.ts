import { expect, test } from 'vitest';
import { createTickTurns } from '../../../engine/polling/tick-turns.ts';

test('a tenant has some ticks at once, another its own, and the end of one makes room', () => {
  const { begin } = createTickTurns(2, () => 0);
  const first = begin('a') as { end(): void };

  expect([begin('a'), begin('a'), begin('b')]).toEqual([
    { end: expect.any(Function) },
    { laterMs: 100 },
    { end: expect.any(Function) },
  ]);
  first.end();
  expect(begin('a')).toEqual({ end: expect.any(Function) });
});

test('ticks that are put off come back one after the other, as fast as ticks of the tenant end, and within a minute', () => {
  let now = 0;
  const { begin } = createTickTurns(2, () => now);
  const slow = begin('a') as { end(): void };
  begin('a');
  now = 1000;
  slow.end();
  begin('a');

  const times = [1, 2, 3].map(() => (begin('a') as { laterMs: number }).laterMs);
  for (let i = 0; i < 10_000; i += 1) begin('a');

  // A fifth of the newest counts, and two are done at once.
  expect(times).toEqual([200, 300, 400]);
  expect(begin('a')).toEqual({ laterMs: 60_000 });
});
