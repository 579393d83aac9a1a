import { readTenantIds } from '../access/tenants.ts';
import { isArtifactOf } from '../artifacts/artifact-store.ts';
import { tryItem } from '../store/each-item.ts';
import { queueScript } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { releaseHeld } from './held-runs.ts';
import type { Run } from './run.ts';
import { bucketKeys, countedInAll } from './run-counts.ts';
import { ownBytes } from './run-owners.ts';
import { readableHeads } from './runs.ts';

/** Runs taken away in one round trip. */
const BATCH = 500;
/** Bounds one call for one tenant: a round ends and the next continues. */
const MAX_PER_CALL = 50_000;

/**
 * Removes ended runs that are too old, or more than a tenant may keep, with their artifacts and their places in the indexes. Tenants
 * are counted apart: many runs of one push out only its own. Runs of steps and items stay while the run above them is open. Oldest first; what fails half-way is found again by the next
 * call. Returns how many went.
 */
export async function applyRetention(ctx: Context): Promise<number> {
  const { keys } = ctx;
  const tenants = new Set(['default', ...(await readTenantIds(ctx))]);
  let removed = 0;
  // Last, runs whose tenant could not be read when they ended, and those that were listed before tenants were counted apart.
  for (const tenant of [...tenants, undefined]) {
    const work = async () => {
      if (tenant !== undefined) await releaseHeld(ctx, tenant);
      return trim(ctx, keys.endedRuns(tenant));
    };
    removed += (await tryItem(ctx, { loop: 'retention', item: tenant ?? 'unknown' }, work)) ?? 0;
  }
  return removed;
}

async function trim(ctx: Context, ended: string): Promise<number> {
  const { redis, config } = ctx;
  let removed = 0;
  while (removed < MAX_PER_CALL) {
    const surplus = Math.max(0, (await redis.zcard(ended)) - config.retentionRuns);
    const byCount = surplus === 0 ? [] : await redis.zrange(ended, '0', String(Math.min(surplus, BATCH) - 1));
    const oldest = String(ctx.clock.now() - config.retentionMs);
    const byAge = await redis.zrangebyscore(ended, '-inf', oldest, 'LIMIT', 0, BATCH);
    const ids = [...new Set([...byCount, ...byAge])];
    if (ids.length === 0) return removed;
    await removeRuns(ctx, ids, ended);
    removed += ids.length;
  }
  return removed;
}

/** Removes ended runs with their artifacts and their places in the indexes; ids that are gone are passed over. `ended`: the list they were found in. */
export async function removeRuns(ctx: Context, ids: string[], ended?: string): Promise<void> {
  const { redis, keys } = ctx;
  const runs = await readableHeads(ctx, ids);
  const tenants = runs.includes(undefined) ? await readTenantIds(ctx) : [];
  const removing = redis.pipeline();
  const indexes = new Map<string, string[]>();
  const note = (index: string, id: string) => indexes.set(index, [...(indexes.get(index) ?? []), id]);
  for (const [i, id] of ids.entries()) {
    const run = runs[i];
    if (run === undefined) {
      removing.unlink(keys.run(id));
      // It cannot be read; or it is gone by its own time limit, which is far after this one: housekeeping stood still for days.
      for (const tenant of tenants) for (const index of [keys.runs(tenant), keys.failedRuns(tenant)]) note(index, id);
      continue;
    }
    for (const index of indexesOf(ctx, run)) note(index, id);
    await tryItem(ctx, { loop: 'retention', item: id }, () => removeArtifacts(ctx, run));
    const bytes = ownBytes(id, run.input_artifact) + ownBytes(id, run.artifact);
    // Of two workers that remove it at once, one counts.
    const owned = [keys.run(id), keys.usage(run.tenant), ...bucketKeys(ctx, run)];
    queueScript(removing, 'removeRun', owned, [bytes, ...countedInAll(run)]);
  }
  for (const [index, members] of indexes) removing.zrem(index, ...members);
  if (ended !== undefined) removing.zrem(ended, ...ids);
  await removing.exec();
}

function indexesOf(ctx: Context, run: Run): string[] {
  const { keys } = ctx;
  return [
    keys.runs(run.tenant),
    keys.failedRuns(run.tenant),
    keys.endedRuns(run.tenant),
    keys.heldRuns(run.tenant),
    ...(run.workflow === undefined ? [] : [keys.workflowRuns(run.workflow)]),
    ...(run.workflow === undefined || run.dead_letter === undefined ? [] : [keys.deadLetters(run.workflow)]),
  ];
}

/** Removes what a run has stored outside Redis. */
export async function removeArtifacts(ctx: Context, run: Run): Promise<void> {
  const ids = [run.input_artifact?.id, run.input_lines?.id, run.artifact?.id, ...(run.artifacts ?? [])];
  for (const id of new Set(ids)) if (id !== undefined && isArtifactOf(id, run.id)) await ctx.artifacts.remove(id);
}
