import { expect, onTestFinished, test } from 'vitest';
import { openExpressions } from '../../../engine/expression-threads/expressions.ts';

/** Needs more than the 50 milliseconds of a processor after which an expression is slow, on any machine. */
const SLOW = '{{ $count($map([1..60000], function($i) { $i * 2 })) }}';

test('a tenant with slow expressions gets no new thread for each', { timeout: 60_000 }, async () => {
  let started = 0;
  const count = () => void started++;
  process.on('worker', count);
  onTestFinished(() => void process.off('worker', count));
  const expressions = openExpressions();
  onTestFinished(() => expressions.close());

  for (let i = 0; i < 8; i++)
    expect(await expressions.evaluate({ at: SLOW }, { steps: {} }, { owner: { tenant: 'slow' } })).toEqual({
      at: 60000,
    });

  // Two for everybody, one for each that was taken while it was slow for the first time.
  expect(started).toBeLessThanOrEqual(4);
  // Otherwise no expression was slow, and nothing is proven.
  expect(started).toBeGreaterThan(2);
});

test('a tenant whose expressions were slow once is served like others afterwards', { timeout: 60_000 }, async () => {
  const expressions = openExpressions();
  onTestFinished(() => expressions.close());
  const evaluate = (source: string) => expressions.evaluate(source, { steps: {} }, { owner: { tenant: 'once slow' } });

  await evaluate(SLOW);
  const many = await Promise.all(Array.from({ length: 200 }, (_, i) => evaluate(`{{ ${i} + 1 }}`)));

  expect(many).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
});
