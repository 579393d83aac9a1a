import { describe, expect, test } from 'vitest';
import { tick } from '../../../engine/polling/ticks.ts';
import { watchTriggers } from '../../../engine/polling/watchdog.ts';
import { checkSchedule, dueBetween } from '../../../engine/queue/schedules.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { setEnabled } from '../../../engine/workflows/workflows.ts';
import { testClock, until } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

const STEPS = [value('note', '{{ trigger }}')];

async function openScheduled(
  schedule: Record<string, unknown>,
  missed?: string,
  given: Parameters<typeof openFlows>[0] = {},
) {
  const flows = await openFlows(given);
  const trigger = { id: 'core.schedule', schedule, input: missed === undefined ? {} : { missed } };
  const workflow = await flows.make(STEPS, { trigger });
  return {
    ...flows,
    workflow,
    inputs: async () => {
      const { items: runs } = await listRuns(flows.ctx, 'default', { filter: { workflow: workflow.id }, limit: 100 });
      return runs.map(({ input }) => input as { scheduled_at: string; missed: number }).reverse();
    },
  };
}

test.each([
  ['an interval', { every_seconds: 1 }],
  ['cron with seconds', { cron: '* * * * * *', time_zone: 'Europe/Berlin' }],
])('ticks by %s, once for each time', async (_, schedule) => {
  const { inputs } = await openScheduled(schedule);

  const seen = await until('three runs have begun', async () => {
    const found = await inputs();
    return found.length >= 3 && found;
  });

  const times = seen.map(({ scheduled_at }) => Date.parse(scheduled_at));
  expect(new Set(times).size).toBe(times.length);
  // A machine that is busy for a second misses a time, and the next tick says so: none is left out in silence.
  for (const [i, { missed }] of seen.slice(1).entries()) {
    const seconds = (times[i + 1]! - times[i]!) / 1000;
    expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= missed + 1, `${seconds} s, ${missed} missed`).toBe(
      true,
    );
  }
});

test('a workflow that is disabled ticks no more, and ticks again when it is enabled', async () => {
  const { ctx, workflow, inputs } = await openScheduled({ every_seconds: 1 });
  await until('it has ticked', async () => (await inputs()).length > 0);

  await setEnabled(ctx, 'default', { id: workflow.id, enabled: false });

  expect(await ctx.queues.ticks.getJobSchedulersCount()).toBe(0);
  const before = (await inputs()).length;
  await setEnabled(ctx, 'default', { id: workflow.id, enabled: true });
  await until('it has ticked again', async () => (await inputs()).length > before);
});

describe('times that were missed', () => {
  const now = Date.parse('2026-01-01T12:00:30Z');
  const due = Date.parse('2026-01-01T09:00:00Z');

  async function missed(policy: string, at = due) {
    const clock = testClock(now);
    const setting = await openScheduled({ cron: '0 * * * *' }, policy, { worker: false, context: { clock } });
    await tick(setting.ctx, setting.workflow.id, `repeat:${setting.workflow.id}:${at}`);
    await tick(setting.ctx, setting.workflow.id, `repeat:${setting.workflow.id}:${at}`);
    return setting.inputs();
  }

  test('are made up for by one run, which knows how many they were', async () => {
    expect(await missed('run_once')).toMatchObject([{ scheduled_at: '2026-01-01T12:00:00.000Z', missed: 3 }]);
  });

  test('are made up for one by one', async () => {
    expect((await missed('run_all')).map(({ scheduled_at }) => scheduled_at).sort()).toEqual([
      '2026-01-01T09:00:00.000Z',
      '2026-01-01T10:00:00.000Z',
      '2026-01-01T11:00:00.000Z',
      '2026-01-01T12:00:00.000Z',
    ]);
  });

  test('are skipped, but for one that is only just late', async () => {
    expect(await missed('skip')).toMatchObject([{ scheduled_at: '2026-01-01T12:00:00.000Z' }]);
    const clock = testClock(now + 600_000);
    const { ctx, workflow, inputs } = await openScheduled({ cron: '0 * * * *' }, 'skip', {
      worker: false,
      context: { clock },
    });
    await tick(ctx, workflow.id, `repeat:${workflow.id}:${due}`);
    expect(await inputs()).toEqual([]);
  });
});

test('the watchdog sets a trigger going again whose schedule was lost', async () => {
  const clock = testClock();
  const { ctx, workflow } = await openScheduled({ every_seconds: 60 }, undefined, {
    worker: false,
    context: { clock },
  });
  await ctx.queues.ticks.removeJobScheduler(workflow.id);
  expect(await watchTriggers(ctx)).toBe(0);

  clock.advance(121_000);

  expect(await watchTriggers(ctx)).toBe(1);
  expect(await ctx.queues.ticks.getJobSchedulersCount()).toBe(1);
  expect(await watchTriggers(ctx)).toBe(0);
  expect(ctx.meters.own().counters.get('penstock_reconciler_repairs_total')).toContainEqual({
    labels: { what: 'missed_tick' },
    value: 1,
  });
});

describe('a schedule', () => {
  test.each([
    [{ cron: 'every day' }, '/trigger/schedule/cron', 'is not valid'],
    [{ cron: '0 0 30 2 *' }, '/trigger/schedule/cron', 'it never occurs'],
    [{ cron: '0 6 * * *', time_zone: 'Europe/Atlantis' }, '/trigger/schedule/time_zone', 'is not a time zone'],
    [{ cron: '0 6 * * *', every_seconds: 60 }, '/trigger/schedule', 'set only one of them'],
  ])('%j is refused', (schedule, pointer, message) => {
    expect(checkSchedule(schedule)).toEqual([{ pointer, message: expect.stringContaining(message) }]);
  });

  test('keeps the hour of its time zone when clocks change', () => {
    const times = dueBetween(
      { cron: '30 6 * * *', timeZone: 'Europe/Berlin' },
      { from: Date.parse('2026-03-28T00:00:00Z'), to: Date.parse('2026-03-30T12:00:00Z'), most: 10 },
    );

    expect(times.map((time) => new Date(time).toISOString())).toEqual([
      '2026-03-28T05:30:00.000Z',
      '2026-03-29T04:30:00.000Z',
      '2026-03-30T04:30:00.000Z',
    ]);
  });
});
