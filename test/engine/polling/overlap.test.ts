import { expect, test } from 'vitest';
import { listEvents } from '../../../engine/events/event-list.ts';
import { tick } from '../../../engine/polling/ticks.ts';
import type { Run } from '../../../engine/runs/run.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { decideRun } from '../../../engine/workflows/approvals.ts';
import { testClock, until } from '../../context.ts';
import { openFlows } from '../flows.ts';

const MINUTE = 60_000;
const ASK = { id: 'ask', action: 'core.approve', input: {} };

test('a time that comes while the last run still runs waits for its end, one at most', async () => {
  const { due, runs, finish, skipped } = await open(undefined);

  const [first, second] = [await due(), await due()];
  await due();
  await until('the first one asks', async () => (await runs())[0]?.asks);
  const before = await runs();
  await finish(first);

  expect(before).toMatchObject([
    { id: first, asks: true },
    { id: second, asks: false },
  ]);
  expect(before[1]!.run.waits_for).toBe(first);
  expect(await skipped()).toEqual([first]);
  await until('the second one asks', async () => (await runs())[1]?.asks);
});

test('with skip no run is made, and an event says so', async () => {
  const { due, runs, skipped } = await open('skip');

  const first = await due();
  await until('it asks', async () => (await runs())[0]?.asks);
  await due();

  expect((await runs()).map(({ id }) => id)).toEqual([first]);
  expect(await skipped()).toEqual([first]);
});

test('with cancel_previous the last run is canceled and the next starts', async () => {
  const { due, runs, skipped } = await open('cancel_previous');

  await due();
  await until('it asks', async () => (await runs())[0]?.asks);
  await due();

  await until('the second one asks', async () => (await runs())[1]?.asks);
  expect((await runs())[0]!.run.status).toBe('canceled');
  expect(await skipped()).toEqual([]);
});

test('a tick that is repeated makes one run', async () => {
  const { due, runs } = await open('skip');

  await due();
  await due(0);

  expect(await runs()).toHaveLength(1);
});

test('belongs to schedules', async () => {
  const { make } = await openFlows({ worker: false });

  await expect(make([ASK], { trigger: { id: 'core.manual', overlap: 'skip' } })).rejects.toMatchObject({
    errors: [{ pointer: '/trigger/overlap' }],
  });
});

async function open(overlap: string | undefined) {
  const clock = testClock();
  const { ctx, make } = await openFlows({ context: { clock } });
  const schedule = { cron: '0 0 1 1 *' };
  const workflow = await make([ASK], { trigger: { id: 'core.schedule', schedule, ...(overlap && { overlap }) } });
  let at = clock.now();
  const list = async () =>
    (await listRuns(ctx, 'default', { filter: { workflow: workflow.id }, limit: 10 })).items.reverse();
  return {
    /** Ticks for a time a minute later than the one before, and gives the newest run. */
    async due(later = MINUTE): Promise<string> {
      clock.advance(later);
      at += later;
      await tick(ctx, workflow.id, `repeat:${workflow.id}:${at}`);
      return (await list()).at(-1)!.id;
    },
    async runs(): Promise<{ id: string; asks: boolean; run: Run }[]> {
      const found = await list();
      return Promise.all(
        found.map(async (run) => ({
          id: run.id,
          asks: (await readRun(ctx, `${run.id}.ask`))?.status === 'waiting',
          run: (await readRun(ctx, run.id))!,
        })),
      );
    },
    finish: async (run: string) => decideRun(ctx, (await readRun(ctx, `${run}.ask`))!, { approved: true, by: 'test' }),
    /** The runs that kept others from starting. */
    async skipped(): Promise<unknown[]> {
      const { items: events } = await listEvents(ctx, 'default', { type: 'schedule.skipped', limit: 10 });
      return events.map(({ data }) => (data as unknown as { running: string }).running);
    },
  };
}
