import { describe, expect, test } from 'vitest';
import { tick } from '../../../engine/polling/ticks.ts';
import { watchTriggers } from '../../../engine/polling/watchdog.ts';
import { cronError, nextCronTime } from '../../../engine/queue/cron.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { listWorkflows } from '../../../engine/workflows/workflow-list.ts';
import { testClock } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

function times(cron: string, timeZone: string, from: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(from);
  while (found.length < count) {
    at = nextCronTime({ cron, timeZone }, at)!;
    found.push(new Date(at).toISOString());
  }
  return found;
}

describe('in the night of a clock change', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']],
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00Z',
      ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T00:00Z',
      ['2026-04-04T14:45:00.000Z', '2026-04-05T15:15:00.000Z'],
    ],
    ['30 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', ['2026-09-06T04:00:00.000Z', '2026-09-07T03:30:00.000Z']],
    ['30 23 * * *', 'America/Santiago', '2026-04-04T12:00Z', ['2026-04-05T02:30:00.000Z', '2026-04-06T03:30:00.000Z']],
    ['0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z']],
  ])('%s in %s comes once a day, at a time that is told', (cron, zone, from, expected) => {
    expect(times(cron, zone, from, expected.length)).toEqual(expected);
  });
});

const ACCEPTED = [
  '0 6 15W * *',
  '0 6 LW * *',
  '0 6 L * *',
  '@midnight',
  '0 12 1 * +MON',
  '0 0 6 * * 1-5 *',
  '0 6 * * FRI#L',
  '30 2 * * *',
];

test.each(ACCEPTED)('%s is fired when it is predicted', async (cron) => {
  const { ctx, make } = await openFlows({ worker: false });
  const schedule = { cron, time_zone: 'Europe/Berlin' };

  const before = Date.now();
  const workflow = await make([value('note', 1)], { trigger: { id: 'core.schedule', schedule } });
  const after = Date.now();

  const fired = (await ctx.queues.ticks.getJobScheduler(workflow.id))?.next;
  // Two times only where one of them passed while the workflow was saved.
  expect([before, after].map((now) => nextCronTime({ cron, timeZone: 'Europe/Berlin' }, now))).toContain(fired);
  expect(Number(await ctx.redis.zscore(ctx.keys.dueTicks(), workflow.id))).toBe(fired);
});

test.each(['2027-01-01', '2027-01-01T00:00:00', '@reboot', '0 0 12 1 1 * 2025', '60 * * * *', '0 6 H * *', '', 'MON'])(
  '"%s" is refused when the workflow is saved, and takes no name',
  async (cron) => {
    const { ctx, make } = await openFlows({ worker: false });

    const saving = make([value('note', 1)], { trigger: { id: 'core.schedule', schedule: { cron } } });

    await expect(saving).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
    expect((await listWorkflows(ctx, 'default', { limit: 10 })).items).toEqual([]);
    expect(await ctx.redis.hlen(ctx.keys.names('workflow', 'default'))).toBe(0);
  },
);

test('a pattern says how it is written', () => {
  expect(cronError({ cron: 'MON', timeZone: 'UTC' }, 0)).toContain('minute hour day month weekday');
});

test('a tick that is only late, and the one of the watchdog, make one run', async () => {
  const clock = testClock(Date.parse('2026-03-29T00:59:00Z'));
  const { ctx, make } = await openFlows({ worker: false, context: { clock } });
  const schedule = { cron: '30 2 * * *', time_zone: 'Europe/Berlin' };
  const workflow = await make([value('note', 1)], { trigger: { id: 'core.schedule', schedule } });
  const due = Number(await ctx.redis.zscore(ctx.keys.dueTicks(), workflow.id));
  clock.advance(due + 120_000 - clock.now());

  expect(await watchTriggers(ctx)).toBe(1);
  const jobs = (await ctx.queues.ticks.getJobs(['wait', 'prioritized'])).filter(({ id }) => id?.startsWith('missed-'));
  for (const { id } of jobs) await tick(ctx, workflow.id, id);
  await tick(ctx, workflow.id, `repeat:${workflow.id}:${due}`);

  expect(jobs).toHaveLength(1);
  const { items: runs } = await listRuns(ctx, 'default', { filter: { workflow: workflow.id }, limit: 10 });
  expect(runs).toHaveLength(1);
});
