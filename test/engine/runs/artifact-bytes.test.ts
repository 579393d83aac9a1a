import { expect, test } from 'vitest';
import { applyRetention } from '../../../engine/runs/retention.ts';
import { dropRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { openFlows, value } from '../flows.ts';

const LARGE = 'x'.repeat(150_000);

test('bytes of artifacts are 0 again when all runs are removed, also by two workers at once', async () => {
  const { ctx, run } = await openFlows();
  const used = async () => Number((await ctx.redis.hget(ctx.keys.usage('default'), 'artifact_bytes')) ?? 0);
  await run(
    [
      value('a', '{{ trigger.text }}'),
      value('b', '{{ steps.a.output.value }}', { for_each: { items: '{{ [1..3] }}' } }),
      value('c', LARGE),
    ],
    { trigger: { text: LARGE } },
  );
  expect(await used()).toBeGreaterThan(0);

  const later = { ...ctx, clock: { ...ctx.clock, now: () => ctx.clock.now() + 30 * 86_400_000 } };
  await Promise.all([1, 2].map(() => applyRetention(later)));

  expect(await used()).toBe(0);
});

test('a run that is dropped takes its input artifact and its bytes with it', async () => {
  const { ctx, make, begin } = await openFlows({ worker: false });
  const id = await begin(await make([value('a', 1)]), { text: LARGE });
  const run = (await readRun(ctx, id))!;

  await dropRun(ctx, run);
  await dropRun(ctx, run);

  expect(await ctx.redis.hget(ctx.keys.usage('default'), 'artifact_bytes')).toBe('0');
  await expect(ctx.artifacts.size(run.input_artifact!.id)).rejects.toThrow();
});
