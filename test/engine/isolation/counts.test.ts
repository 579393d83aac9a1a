import { expect, onTestFinished, test } from 'vitest';
import { openIsolatedProcess } from '../../../engine/isolation/isolated-process.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { testContext } from '../../context.ts';

test('a worker counts the runs that end in its isolated process', async () => {
  const ctx = await testContext();
  const isolated = openIsolatedProcess(ctx);
  onTestFinished(() => isolated.close());
  const request = { action: 'core.transform', input: { value: 1 } };
  const { id } = await submitAction(ctx, 'default', { request });

  const attempt = await isolated.execute({ kind: 'run', id }, new AbortController().signal);

  expect(attempt).toEqual({ kind: 'done', activation: { kind: 'ended' } });
  const { counters, histograms } = ctx.meters.own();
  expect(counters.get('penstock_runs_total')).toEqual([
    { labels: { action: 'core.transform', status: 'succeeded', code: '' }, value: 1 },
  ]);
  expect(histograms.get('penstock_run_duration_seconds')).toEqual([expect.objectContaining({ count: 1 })]);
});
