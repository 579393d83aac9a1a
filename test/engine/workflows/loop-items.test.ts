import { expect, test, vi } from 'vitest';
import type { Run } from '../../../engine/runs/run.ts';
import type { ChildPlace } from '../../../engine/workflows/child-write.ts';
import { keepItems, openItems } from '../../../engine/workflows/loop-items.ts';
import { testContext } from '../../context.ts';

test('items that begin together read their page once', async () => {
  const ctx = await testContext();
  const given = Array.from({ length: 1000 }, (_, n) => ({ n, text: 'x'.repeat(100) }));
  const at = { id: 'run_1.each', step: { id: 'each' }, run: { tenant: 'default' } } as ChildPlace;
  const { count, fields, pages } = await keepItems(
    ctx,
    { input: { items: given }, refs: undefined, places: new Map() },
    at,
  );
  const loop = { items: count, concurrency: 10, on_error: 'stop', pages };
  const read = vi.spyOn(ctx.artifacts, 'read');
  const items = await openItems(ctx, { id: at.id, loop, ...fields } as unknown as Run);

  const found = await Promise.all([0, 1, 2, 499, 3].map((index) => items.at(index)));

  expect(found.map(({ value }) => (value as { n: number }).n)).toEqual([0, 1, 2, 499, 3]);
  expect(read.mock.calls.map(([id]) => id)).toEqual([pages!.id, fields.input_artifact!.id]);
});
