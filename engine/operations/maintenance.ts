/*
 * The operations floor: what an operator looks at or starts, and what runs beside the work. Here belong the doctor,
 * load and depths, the rotation of keys, and maintenance. It may touch every floor below; nothing of the work itself
 * calls it.
 */

import { removeOldSets } from '../connectors/old-sets.ts';
import { announceExpiries } from '../credentials/authentications/expiry.ts';
import { checkFreshness } from '../polling/freshness.ts';
import { watchTriggers } from '../polling/watchdog.ts';
import type { Context } from '../runs/context.ts';
import { measureFiles } from '../runs/file-bytes.ts';
import { repairRuns } from '../runs/reconcile.ts';
import { applyRetention } from '../runs/retention.ts';
import { tryItem } from '../store/each-item.ts';
import { tryLock } from '../store/locks.ts';

/** How often each worker looks whether it is its turn; one of them does the work. */
const EVERY_MS = 10_000;
/** Prolonged while the holder lives; one that died is replaced after it. */
const LOCK_MS = 10_000;

/** One that fails does not keep the others from their work. */
const TASKS: readonly (readonly [string, (ctx: Context) => Promise<unknown>])[] = [
  ['reconciler', repairRuns],
  ['watchdog', watchTriggers],
  ['freshness', checkFreshness],
  ['retention', applyRetention],
  ['files', measureFiles],
  ['expiries', announceExpiries],
  ['connectors', removeOldSets],
];

/**
 * Starts the housekeeping of a worker process: retention, the reconciler and warnings of credentials that end, one
 * process at a time over all workers.
 */
export function startMaintenance(ctx: Context): { close(): Promise<void> } {
  let isClosed = false;
  let round: Promise<void> = Promise.resolve();
  const turn = async () => {
    try {
      const lock = await tryLock(ctx, 'maintenance', LOCK_MS);
      if (lock === undefined) return;
      try {
        for (const [item, work] of TASKS) await tryItem(ctx, { loop: 'maintenance', item }, () => work(ctx));
      } finally {
        await lock.release();
      }
    } catch (error) {
      ctx.log.warn({ err: error }, 'maintenance failed and will be retried');
    }
  };
  const timer = setInterval(() => {
    if (!isClosed) round = round.then(turn);
  }, EVERY_MS);
  timer.unref();
  return {
    async close() {
      isClosed = true;
      clearInterval(timer);
      await round;
    },
  };
}
