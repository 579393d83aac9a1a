import { expect, test } from 'vitest';
import { readProgress, readStates } from '../../../engine/runs/child-runs.ts';
import { writeEndedRun } from '../../../engine/runs/ended-runs.ts';
import type { OpenRun } from '../../../engine/runs/run.ts';
import { writeRun } from '../../../engine/runs/run-writes.ts';
import { readHead } from '../../../engine/runs/runs.ts';
import { testContext } from '../../context.ts';
import { CANCELED, claimRun, FAILED, newStepRun, newWorkflowRun } from '../new-run.ts';

test('reads a run and how those below it stand, as each by itself', async () => {
  const ctx = await testContext();
  const run = newWorkflowRun(ctx);
  await writeRun(ctx, run);
  const step = (name: string) => newStepRun(ctx, { id: `${run.id}.${name}`, parent: run.id });
  for (const name of ['queued', 'running']) await writeRun(ctx, step(name));
  await claimRun(ctx, `${run.id}.running`);
  await writeEndedRun(ctx, step('failed'), FAILED);
  await writeEndedRun(ctx, step('canceled'), CANCELED);
  await writeEndedRun(ctx, step('succeeded'), { status: 'succeeded', output: 1 });
  await writeEndedRun(ctx, { ...step('skipped'), skipped: true } as OpenRun, { status: 'succeeded' });
  const names = ['queued', 'running', 'absent', 'failed', 'canceled', 'succeeded', 'skipped'];
  const ids = names.map((name) => `${run.id}.${name}`);

  const progress = await readProgress(ctx, run.id, ids);

  expect(progress.run).toEqual(await readHead(ctx, run.id));
  expect(progress.states).toEqual(['open', 'open', 'none', 'failed', 'canceled', 'succeeded', 'skipped']);
  expect(progress.states).toEqual(await readStates(ctx, ids));
});

test('reads no run where there is none', async () => {
  const ctx = await testContext();

  expect(await readProgress(ctx, 'run_1', ['run_1.a'])).toEqual({ run: undefined, states: ['none'] });
});
