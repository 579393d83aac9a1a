import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { LeaseLost, type RunSession, resume } from '../../../engine/runs/run-session.ts';
import { writeRun } from '../../../engine/runs/run-writes.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { testClock, testContext } from '../../context.ts';
import { claimRun, newRun } from '../new-run.ts';

async function open(fields: Parameters<typeof newRun>[1] = {}) {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  const run = newRun(ctx, fields);
  await writeRun(ctx, run);
  return { ctx, clock, id: run.id, claim: () => claim(ctx, run.id) };
}

async function claim(ctx: Context, id: string): Promise<RunSession> {
  const run = await claimRun(ctx, id);
  const turn = { aside: <T>(work: Promise<T>) => work } as never;
  const session = resume(ctx, run, { stop: new AbortController().signal, turn });
  onTestFinished(() => session.close());
  return session;
}

const read = async (ctx: Context, id: string) => (await readRun(ctx, id))!;

test('a session is claimed, executes once it has saved, and is parked with its state', async () => {
  const { ctx, id, claim } = await open();
  const session = await claim();
  expect(session.stage).toBe('claimed');

  await session.save({ artifacts: ['art_1'] });
  expect(session.stage).toBe('executing');
  session.noteFailure();
  session.advanceTo({ ...session.state, phase: 'await', start: { run_id: '7' } });
  const activation = await session.park({ ms: 100, leaves: true });

  expect(session.stage).toBe('parked');
  expect(activation).toEqual({ kind: 'wait', ms: 100 });
  expect(await read(ctx, id)).toMatchObject({
    status: 'waiting',
    failures: 0,
    artifacts: ['art_1'],
    state: { phase: 'await', start: { run_id: '7' } },
  });
});

test('a run that began nothing goes back to the queue, and one that waits for its time is woken at its time limit', async () => {
  const { ctx, id, clock, claim } = await open({ deadline: Date.now() + 10_000 });
  const first = await claim();
  expect(await first.park({ ms: 60_000 })).toMatchObject({ kind: 'wait', ms: expect.any(Number) });
  expect((await read(ctx, id)).status).toBe('queued');

  const second = await claim();
  const { deadline } = second.run;
  expect(await second.park({ ms: 60_000, leaves: true })).toEqual({ kind: 'wait', ms: deadline! - clock.now() });
  clock.advance(10_001);

  expect((await claim()).isStopped).toBe(true);
});

test('the session before is lost once another worker has claimed the run, and writes nothing', async () => {
  const { ctx, id, claim } = await open();
  const before = await claim();
  const after = await claim();

  await expect(before.park({ ms: 1 })).rejects.toThrow(LeaseLost);

  expect(before.stage).toBe('lost');
  expect((await read(ctx, id)).status).toBe('running');
  await after.finalize({ status: 'succeeded', output: 1 });
  expect(after.stage).toBe('finalized');
  expect(await read(ctx, id)).toMatchObject({ status: 'succeeded', output: 1 });
});

test.each(['parked', 'finalized', 'lost'] as const)('nothing follows on a session that is %s', async (stage) => {
  const { ctx, id, claim } = await open();
  const session = await claim();
  if (stage === 'parked') await session.park({ ms: 1 });
  if (stage === 'finalized') await session.finalize({ status: 'succeeded' });
  if (stage === 'lost') {
    await claim();
    await session.save({}).catch(() => {});
  }
  const before = await read(ctx, id);

  expect(session.stage).toBe(stage);
  await expect(session.save({ failures: 9 })).rejects.toThrow(stage);
  await expect(session.finalize({ status: 'succeeded' })).rejects.toThrow(stage);
  expect(await read(ctx, id)).toEqual(before);
});

test('what was sent when it was aborted for a cancel counts as sent, and what it held is given back once', async () => {
  const { claim } = await open({ effect: 'once' });
  const session = await claim();
  const released: string[] = [];
  session.onClose(() => released.push('first'));
  session.onClose(() => released.push('second'));
  session.launches.begin();
  const { signal } = new AbortController();

  session.turnToCancel(signal);
  session.close();

  expect(session).toMatchObject({ isStopped: true, hasBegun: true, signal });
  expect(released).toEqual(['first', 'second']);
});
