import { describe, expect, test } from 'vitest';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { finishRun, saveRun, writeRun } from '../../../engine/runs/run-writes.ts';
import { getRun, readRun } from '../../../engine/runs/runs.ts';
import { testClock, testContext } from '../../context.ts';
import { claimRun, FAILED, newRun } from '../new-run.ts';

describe('a run record', () => {
  test('keeps a 64-bit integer of its input exact', async () => {
    const ctx = await testContext();
    const run = newRun(ctx, { input: { job_id: 9007199254740993n } });

    await writeRun(ctx, run);

    expect((await readRun(ctx, run.id))?.input).toEqual({ job_id: 9007199254740993n });
  });

  test('is written once: a second run with its id changes nothing', async () => {
    const ctx = await testContext();
    const run = newRun(ctx);

    const first = await writeRun(ctx, run);
    const second = await writeRun(ctx, { ...run, action: 'databricks.other' });

    expect([first, second]).toEqual([true, false]);
    expect((await readRun(ctx, run.id))?.action).toBe('databricks.run_job');
  });

  test("is not found by another tenant's key", async () => {
    const ctx = await testContext();
    const run = newRun(ctx);
    await writeRun(ctx, run);

    await expect(getRun(ctx, 'another', run.id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  test('refuses the writes of an earlier holder once another has claimed it', async () => {
    const ctx = await testContext();
    const run = newRun(ctx);
    await writeRun(ctx, run);
    const first = await claimRun(ctx, run.id);
    const second = await claimRun(ctx, run.id);

    expect(await saveRun(ctx, first, { state: { phase: 'await' } })).toBe('lost');
    expect(await finishRun(ctx, first, FAILED)).toBe(false);
    expect(await saveRun(ctx, second, { state: { phase: 'start' } })).toBe('ok');
    expect(await finishRun(ctx, second, { status: 'succeeded', output: 1 })).toBe(true);
    expect(await readRun(ctx, run.id)).toMatchObject({ status: 'succeeded', output: 1 });
  });

  test('ends once', async () => {
    const ctx = await testContext();
    const run = newRun(ctx);
    await writeRun(ctx, run);

    const ends = await Promise.all([finishRun(ctx, run, { status: 'succeeded' }), finishRun(ctx, run, FAILED)]);

    expect(ends).toEqual([true, false]);
    expect((await readRun(ctx, run.id))?.status).toBe('succeeded');
  });
});

describe('the list of runs', () => {
  test('gives every run once, newest first, also where many share a millisecond', async () => {
    const clock = testClock();
    const ctx = await testContext({ context: { clock } });
    const ids: string[] = [];
    for (let i = 0; i < 30; i++) {
      const run = newRun(ctx);
      ids.push(run.id);
      await writeRun(ctx, run);
      if (i % 10 === 9) clock.advance(1);
    }

    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await listRuns(ctx, 'default', { filter: {}, limit: 7, after });
      seen.push(...page.items.map((run) => run.id));
      after = page.next;
    } while (after !== undefined);

    expect(seen).toHaveLength(30);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  test('filters by the code of the error', async () => {
    const ctx = await testContext();
    const [good, bad] = [newRun(ctx), newRun(ctx)];
    await writeRun(ctx, good);
    await writeRun(ctx, bad);
    await finishRun(ctx, good, { status: 'succeeded' });
    await finishRun(ctx, bad, { status: 'failed', error: { code: 'ERR_TIMEOUT', kind: 'temporary', message: 'late' } });

    const { items: runs } = await listRuns(ctx, 'default', { filter: { code: 'ERR_TIMEOUT' }, limit: 10 });

    expect(runs.map((run) => run.id)).toEqual([bad.id]);
  });

  test('refuses a cursor that is none', async () => {
    const ctx = await testContext();

    await expect(listRuns(ctx, 'default', { filter: {}, limit: 10, after: 'nonsense' })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/cursor' }],
    });
  });
});
