import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { previewReplays } from '../../../engine/replay/bulk-replay-plan.ts';
import {
  nextRun,
  noteResult,
  pendingKey,
  readCounts,
  readResults,
} from '../../../engine/replay/bulk-replay-results.ts';
import { batchChannel, getBatch, readBatch, startBulkReplay } from '../../../engine/replay/bulk-replays.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { lockReplay } from '../../../engine/replay/replay-lock.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { deleteWorkflow } from '../../../engine/workflows/workflows.ts';
import { testContext, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openFlows, value } from '../flows.ts';
import { failedOnce, open, webhook } from './failing.ts';

const ALL = { limit: 100 };
/** A run that needs no service. */
const NOTHING = { action: 'core.transform', input: { value: 1 } };

test('many runs are listed with nothing to do again where the endpoint refused, and replayed when exactly that is confirmed', async () => {
  const flows = await open();
  const { ctx, answer, url, received } = flows;
  const first = await failedOnce(flows, url, answer);
  answer.status = 404;
  const second = await ended(ctx, await flows.begin(first.workflow, { n: 9 }));
  answer.status = 204;
  const filter = { status: 'failed', workflow: first.workflow.id } as const;

  const dry = await previewReplays(ctx, 'default', { filter, from: 'failed' });
  expect(dry.runs).toEqual(
    [first.run.id, second.id].map((run) => ({
      run,
      workflow: first.workflow.id,
      repeated: [],
    })),
  );
  expect(dry.effects).toEqual({ safe: 0, idempotent: 0, token: 0, once: 0 });
  expect(received).toHaveLength(2);

  const actor = engineActor('default');
  const { id } = await startBulkReplay(ctx, actor, { filter, from: 'failed', confirm: dry.confirm, perSecond: 10 });
  await done(ctx, id);
  const { items: results } = await readResults(ctx, id, ALL);
  expect(results.map(({ run }) => run)).toEqual([second.id, first.run.id]);
  for (const result of results) {
    const { replay } = result as { replay: string };
    expect(await ended(ctx, replay)).toMatchObject({ status: 'succeeded', replay_of: result.run });
  }
  expect(
    received
      .slice(2)
      .map(({ body }) => JSON.parse(body).n)
      .sort(),
  ).toEqual(['7', '9']);
  expect((await previewReplays(ctx, 'default', { filter, from: 'failed' })).runs).toEqual([]);
});

test('a run that another request replays right now keeps its turn, and is not replayed twice', async () => {
  const { ctx } = await openFlows();
  const begin = async (at: number) => {
    const run = await ended(ctx, (await submitAction(ctx, 'default', { request: NOTHING })).id);
    const plan = { filter: { ids: [run.id] } };
    const { confirm } = await previewReplays(ctx, 'default', plan);
    const lock = at === 0 ? await lockReplay(ctx, run.id) : undefined;
    const { id } = await startBulkReplay(ctx, engineActor('default'), { ...plan, confirm, perSecond: 10 });
    return { run, id, lock };
  };

  const [held, free] = [await begin(0), await begin(1)];
  await done(ctx, free.id);
  const meanwhile = await readCounts(ctx, held.id);
  const other = await replayRun(ctx, held.run);
  await held.lock!.release();
  await done(ctx, held.id);

  expect(meanwhile).toMatchObject({ replayed: 0, refused: 0 });
  expect((await readResults(ctx, held.id, ALL)).items).toMatchObject([{ run: held.run.id, code: 'ERR_CONFLICT' }]);
  expect((await readRun(ctx, held.run.id))!.replayed_by).toBe(other.id);
});

test('a dry run lists what happened, not what was refused, skipped or never begun', async () => {
  const { ctx, make, begin, url, received } = await open();
  const workflow = await make([
    value('a', 1),
    webhook('sent', url),
    webhook('skipped', url, { if: '{{ false }}' }),
    { id: 'stop', action: 'core.fail', input: { message: 'no' } },
    webhook('later', url),
  ]);
  await ended(ctx, await begin(workflow, {}));
  const filter = { status: 'failed', workflow: workflow.id } as const;

  const fromStart = await previewReplays(ctx, 'default', { filter });
  const fromFailed = await previewReplays(ctx, 'default', { filter, from: 'failed' });

  expect(received).toHaveLength(1);
  expect(fromStart.runs[0]?.repeated).toEqual([
    { step: 'a', action: 'core.transform', effect: 'safe' },
    { step: 'sent', action: 'core.webhook', effect: 'token' },
  ]);
  expect(fromFailed.runs[0]?.repeated).toEqual([]);
});

test('what is refused for good is done no second time, and a dry run counts nothing of it', async () => {
  const { ctx, url, received } = await open();
  const send = { action: 'core.webhook', input: { url, body: { n: 7 } } };
  const run = await ended(ctx, (await submitAction(ctx, 'default', { request: send })).id);
  const filter = { ids: [run.id] };

  const again = await previewReplays(ctx, 'default', { filter, from: 'start' });
  const dry = await previewReplays(ctx, 'default', { filter, from: 'failed' });
  const { confirm } = dry;
  const { id } = await startBulkReplay(ctx, engineActor('default'), { filter, from: 'failed', confirm, perSecond: 10 });
  await done(ctx, id);

  expect(again.effects).toMatchObject({ token: 1, once: 0 });
  expect(dry.effects).toEqual({ safe: 0, idempotent: 0, token: 0, once: 0 });
  expect(dry.actions).toEqual([]);
  expect(dry.runs).toMatchObject([{ run: run.id, repeated: [], refusal: { code: 'ERR_INPUT_INVALID' } }]);
  expect((await readResults(ctx, id, ALL)).items).toMatchObject([{ run: run.id, code: 'ERR_INPUT_INVALID' }]);
  expect(received).toHaveLength(1);
});

test('a workflow inside that was deleted may have done something', async () => {
  const { ctx, make, begin, url } = await open();
  const inner = await make([value('a', 1), webhook('sent', url)]);
  const outer = await make([
    { id: 'in', action: 'core.run_workflow', input: { workflow: inner.id } },
    { id: 'stop', action: 'core.fail', input: { message: 'no' } },
  ]);
  await ended(ctx, await begin(outer, {}));
  await deleteWorkflow(ctx, 'default', inner.id);

  // A process that has never read its definition.
  const other = await testContext({ prefix: ctx.config.prefix, role: 'api' });

  const dry = await previewReplays(other, 'default', { filter: { status: 'failed', workflow: outer.id } });

  expect(dry.runs[0]?.repeated).toEqual([{ step: 'in', action: 'core.run_workflow', effect: 'once' }]);
});

test('many runs are replayed once each, by any worker, also when a worker died after a replay', async () => {
  const flows = await open();
  const { ctx, answer, url, received } = flows;
  const runs: string[] = [];
  for (let i = 0; i < 4; i++) runs.push((await failedOnce(flows, url, answer)).run.id);
  const second = await startWorker(ctx);
  onTestFinished(() => second.close());
  const before = received.length;
  const filter = { status: 'failed' } as const;
  const { confirm } = await previewReplays(ctx, 'default', { filter });
  const request = { filter, confirm, perSecond: 100 };
  const [batch, again] = await Promise.all([
    startBulkReplay(ctx, engineActor('default'), request),
    startBulkReplay(ctx, engineActor('default'), request),
  ]);
  await done(ctx, batch.id);
  const { items: first } = await readResults(ctx, batch.id, ALL);
  for (const result of first) await ended(ctx, (result as { replay: string }).replay);
  // As a worker that died before it wrote what it had done: the run's turn comes again.
  const record = { ...(await readBatch(ctx, batch.id)), status: 'running' };
  await ctx.redis.set(ctx.keys.object('replay', batch.id), JSON.stringify(record));
  await ctx.redis.rpush(ctx.keys.other('replay-pending', batch.id), runs[0]!);
  await ctx.redis.zadd(ctx.keys.objects('replay', 'open'), 1, batch.id);
  await ctx.redis.publish(batchChannel(ctx), batch.id);
  const later = await until('the turn came again', async () => {
    const { items: results } = await readResults(ctx, batch.id, ALL);
    return results.length > first.length && results;
  });

  expect(again.id).toBe(batch.id);
  expect(new Set(first.map(({ run }) => run))).toEqual(new Set(runs));
  expect(received.length - before).toBe(runs.length);
  expect(later[0]).toEqual(first.find(({ run }) => run === runs[0]));
  expect(received.length - before).toBe(runs.length);
});

test('more runs than are shown are counted and taken down whole, the oldest first', async () => {
  const ctx = await testContext();
  const ids: string[] = [];
  for (let from = 0; from < 1100; from += 100) {
    const runs = Array.from({ length: 100 }, () => submitAction(ctx, 'default', { request: NOTHING }));
    for (const run of await Promise.all(runs)) {
      ids.push(run.id);
      await cancelRun(ctx, run);
    }
  }
  const filter = { status: 'canceled' } as const;

  const dry = await previewReplays(ctx, 'default', { filter });
  const batch = await startBulkReplay(ctx, engineActor('default'), { filter, confirm: dry.confirm, perSecond: 1 });

  expect(dry).toMatchObject({
    total: 1100,
    effects: { safe: 0 },
    actions: [],
  });
  expect(dry.runs).toHaveLength(1000);
  expect(batch).toMatchObject({ total: 1100, replayed: 0, status: 'running' });
  expect((await ctx.redis.lrange(pendingKey(ctx, batch.id), 0, -1)).sort()).toEqual(ids.sort());
  expect(await nextRun(ctx, batch.id)).toBe(dry.runs[0]!.run);
});

test('runs that fail after the dry run are left for the next', async () => {
  const flows = await open();
  const { ctx, answer, url } = flows;
  const { workflow, run } = await failedOnce(flows, url, answer);
  const filter = { status: 'failed', workflow: workflow.id } as const;
  const { confirm } = await previewReplays(ctx, 'default', { filter });
  answer.status = 404;
  const later = await ended(ctx, await flows.begin(workflow, { n: 9 }));
  answer.status = 204;

  const { id } = await startBulkReplay(ctx, engineActor('default'), { filter, confirm, perSecond: 10 });
  await done(ctx, id);

  expect((await readResults(ctx, id, ALL)).items.map((result) => result.run)).toEqual([run.id]);
  expect((await previewReplays(ctx, 'default', { filter })).runs.map((left) => left.run)).toEqual([later.id]);
});

test('nothing is begun when a run was replayed between the dry run and its confirmation', async () => {
  const flows = await open();
  const { ctx, answer, url } = flows;
  const { workflow, run } = await failedOnce(flows, url, answer);
  const filter = { status: 'failed', workflow: workflow.id } as const;
  const { confirm } = await previewReplays(ctx, 'default', { filter });
  await replayRun(ctx, run);

  const begun = startBulkReplay(ctx, engineActor('default'), { filter, confirm, perSecond: 10 });

  await expect(begun).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  expect(await ctx.redis.keys(`${ctx.keys.other('replay-pending', '*')}`)).toEqual([]);
});

test('a run that somebody replays before its turn comes is not replayed a second time', async () => {
  const { ctx } = await openFlows({ worker: false });
  const run = await submitAction(ctx, 'default', { request: NOTHING });
  await cancelRun(ctx, run);
  const filter = { status: 'canceled' } as const;
  const { confirm } = await previewReplays(ctx, 'default', { filter });
  const { id } = await startBulkReplay(ctx, engineActor('default'), { filter, confirm, perSecond: 10 });
  const replay = await replayRun(ctx, (await readRun(ctx, run.id))!);

  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  await ctx.redis.publish(batchChannel(ctx), id);

  expect(await done(ctx, id)).toMatchObject({
    replayed: 0,
    refused: 1,
    refusals: [{ run: run.id, code: 'ERR_CONFLICT', message: expect.stringContaining(replay.id) }],
  });
  expect((await readRun(ctx, run.id))!.replayed_by).toBe(replay.id);
});

test('two workers that hold one turn note one result', async () => {
  const ctx = await testContext();
  await ctx.redis.rpush(pendingKey(ctx, 'rpl_1'), 'run_1', 'run_2');
  const result = { run: 'run_1', code: 'ERR_CONFLICT', message: 'no' };

  await Promise.all([
    noteResult(ctx, { id: 'rpl_1', tenant: 'default' }, result),
    noteResult(ctx, { id: 'rpl_1', tenant: 'default' }, result),
  ]);

  expect(await readCounts(ctx, 'rpl_1')).toEqual({ replayed: 0, refused: 1, refusals: [result] });
  expect(await nextRun(ctx, 'rpl_1')).toBe('run_2');
});

function done(ctx: Context, id: string) {
  return until('the replay of many is done', async () => {
    const batch = await getBatch(ctx, 'default', id);
    return batch.status === 'done' && batch;
  });
}
