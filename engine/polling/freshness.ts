import { isSuspended } from '../access/tenant-cache.ts';
import { scopeOf } from '../connectors/scope.ts';
import { lateKey, watchedKey, watchFreshness } from '../cursors/freshness-watch.ts';
import { emitEvent } from '../events/life-events.ts';
import type { Context } from '../runs/context.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import { readWorkflow, type Workflow } from '../workflows/workflow-record.ts';
import { viewTrigger } from './trigger-view.ts';

const BATCH = 100;
const MS = 1000;

/**
 * Tells once of each sync that is later than its `freshness` allows, and once of its recovery. Called by one process at a time;
 * after a crash between the event and its note it tells a second time.
 */
export async function checkFreshness(ctx: Context): Promise<void> {
  const ids = await ctx.redis.zrange(watchedKey(ctx), '0', '-1');
  for (let at = 0; at < ids.length; at += BATCH) {
    await Promise.all(
      ids.slice(at, at + BATCH).map((id) =>
        checkOne(ctx, id).catch((error: unknown) => {
          ctx.log.warn({ workflow: id, err: error }, 'the freshness of a trigger could not be checked');
        }),
      ),
    );
  }
}

async function checkOne(ctx: Context, id: string): Promise<void> {
  const workflow = await readWorkflow(ctx, id);
  const max = workflow?.enabled ? await maxLagOf(ctx, workflow) : undefined;
  if (workflow === undefined || max === undefined) return watchFreshness(ctx, id, false);
  if (await isSuspended(ctx, workflow.tenant)) return;
  const lagSeconds = await ageOf(ctx, workflow);
  const isKnownLate = (await ctx.redis.exists(lateKey(ctx, id))) === 1;
  if (lagSeconds > max === isKnownLate) return;
  const type = isKnownLate ? 'trigger.on_time' : 'trigger.late';
  const data = { workflow: id, lag_seconds: Math.round(lagSeconds), max_lag_seconds: max };
  ctx.log.warn(data, type);
  await emitEvent(ctx, workflow.tenant, { type, data });
  if (isKnownLate) await ctx.redis.del(lateKey(ctx, id));
  else await ctx.redis.set(lateKey(ctx, id), '1');
}

/**
 * Age of the oldest row that is not delivered, or the time since the last look that went well: whichever is longer. A look whose pages
 * are all given up does not go well.
 */
async function ageOf(ctx: Context, workflow: Workflow): Promise<number> {
  const { state, cursor, lag } = await viewTrigger(await scopeOf(ctx, workflow.tenant), workflow);
  const wentWell = state === 'not_delivering' ? cursor?.lastDeliveryAt : cursor?.lastSuccessAt;
  const looked = wentWell ?? workflow.created_at;
  return Math.max(lag?.seconds ?? 0, (ctx.clock.now() - looked) / MS);
}

async function maxLagOf(ctx: Context, { id, version }: Workflow): Promise<number | undefined> {
  return (await loadDefinition(ctx, id, version)).trigger.freshness?.max_lag_seconds;
}
