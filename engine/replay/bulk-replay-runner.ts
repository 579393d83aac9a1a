import { ConnectorError } from '../../connector/errors.ts';
import { audit } from '../access/audit.ts';
import { isSuspended } from '../access/tenant-cache.ts';
import { scopeOf } from '../connectors/scope.ts';
import { bulkReplayRunId } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import { readRun } from '../runs/runs.ts';
import { tryItem } from '../store/each-item.ts';
import { type Lock, tryLock } from '../store/locks.ts';
import { isQuotaError } from '../store/quotas.ts';
import { nextRun, noteResult, type ReplayResult } from './bulk-replay-results.ts';
import { type BulkReplay, endBatch, openBatches, readBatch } from './bulk-replays.ts';
import { replayRun } from './replay.ts';
import { lockReplay } from './replay-lock.ts';

/** The part of a worker that carries replays of many runs on. */
export interface ReplayRunner {
  /** A batch has begun. */
  notify(): void;
  close(): Promise<void>;
}

/** Each batch gets its share once a second. */
const TURN_MS = 1000;
/** Looked for without being told: a message of Redis' pub/sub may be missed, and a worker may die. */
const EVERY_MS = 10_000;
const LOCK_MS = 10_000;

/** Starts to execute bulk replays; one worker at a time over all workers, so that their rates are kept. */
export function startReplayRunner(ctx: Context): ReplayRunner {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> | undefined;
  const turn = async () => {
    const isOpen = await carryBatches(ctx, () => isClosed).catch((error: unknown) => {
      ctx.log.warn({ err: error }, 'a bulk replay could not continue and will be retried');
      return true;
    });
    turning = undefined;
    plan(isOpen ? TURN_MS : EVERY_MS);
  };
  const begin = () => {
    turning ??= turn();
  };
  const plan = (ms: number) => {
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(begin, ms);
    timer.unref();
  };
  plan(EVERY_MS);
  return {
    notify: () => plan(0),
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await turning;
    },
  };
}

/** One turn: the share of each open batch. False when none is open, or another worker has the turn. */
async function carryBatches(ctx: Context, isClosed: () => boolean): Promise<boolean> {
  const ids = await openBatches(ctx);
  if (ids.length === 0) return false;
  const lock = await tryLock(ctx, 'replays', LOCK_MS);
  if (lock === undefined) return false;
  const began = ctx.clock.now();
  try {
    for (const item of ids) await tryItem(ctx, { loop: 'replays', item }, () => carryOn(ctx, item, { lock, isClosed }));
    // The lock is kept until the second is over: another worker that is notified does not begin its share within it.
    const left = TURN_MS - (ctx.clock.now() - began);
    if (left > 0 && !isClosed()) await new Promise((resolve) => setTimeout(resolve, Math.min(left, TURN_MS)).unref());
    return true;
  } finally {
    await lock.release();
  }
}

async function carryOn(ctx: Context, id: string, { lock, isClosed }: { lock: Lock; isClosed: () => boolean }) {
  for (let count = 0; !isClosed() && lock.isHeld(); count++) {
    const batch = await readBatch(ctx, id);
    if (batch?.status !== 'running') return;
    // It continues once the tenant is resumed.
    if (await isSuspended(ctx, batch.tenant)) return;
    const run = await nextRun(ctx, id);
    if (run === null) return endBatch(ctx, id, 'done');
    if (count >= batch.perSecond) return;
    // A run that is being replayed right now keeps its turn.
    const beginning = await lockReplay(ctx, run);
    if (beginning === undefined) return;
    try {
      await noteResult(ctx, batch, await replayOne(ctx, batch, run));
    } catch (error) {
      if (!isQuotaError(error)) throw error;
      // The run keeps its turn, and batches of other tenants get theirs.
      return;
    } finally {
      await beginning.release();
    }
  }
}

/** The replay's id comes from the batch and the run: done twice, because a worker died in between, it is one replay. */
async function replayOne(given: Context, batch: BulkReplay, id: string): Promise<ReplayResult> {
  const ctx = await scopeOf(given, batch.tenant);
  const run = await readRun(ctx, id);
  if (run === undefined) return { run: id, code: 'ERR_NOT_FOUND', message: 'the run is no longer kept' };
  const replay = bulkReplayRunId(batch, id);
  if (run.replayed_by !== undefined && run.replayed_by !== replay)
    return { run: id, code: 'ERR_CONFLICT', message: `the run was already replayed by ${run.replayed_by}` };
  try {
    await replayRun(ctx, run, { from: batch.from, version: batch.version, id: replay });
  } catch (error) {
    const isFinal = error instanceof ConnectorError && error.kind !== 'unavailable' && !isQuotaError(error);
    if (!isFinal) throw error;
    return { run: id, code: error.code, message: error.message };
  }
  const details = { replay, batch: batch.id };
  await audit(ctx, batch.actor, { action: 'run.replay', target: { kind: 'run', id }, details });
  return { run: id, replay };
}
