import { setTimeout } from 'node:timers/promises';
import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { cancelRun } from '../runs/cancel.ts';
import type { Context } from '../runs/context.ts';
import { removeArtifacts, removeRuns } from '../runs/retention.ts';
import { isEnded, type RunStatus } from '../runs/run.ts';
import { finishRun } from '../runs/run-writes.ts';
import { readableHeads, readRun } from '../runs/runs.ts';
import { isRedisUnavailable } from '../store/redis.ts';
import { scanKeys } from '../store/scan-keys.ts';
import { noteIds } from './tenant-ids.ts';

/** Runs handled at once. */
const AT_ONCE = 50;
const LOOK_MS = 200;

/**
 * Cancels what has not ended, gives workers `waitMs` to cancel what they have begun at services, ends the rest without that, and removes all
 * runs of a tenant with their artifacts. They are found by their records: steps and polls are in no list. Returns how many went.
 */
export async function removeTenantRuns(
  ctx: Context,
  tenant: string,
  { accounts, waitMs }: { accounts: readonly string[]; waitMs: number },
): Promise<number> {
  await dropBacklogs(ctx, tenant, accounts);
  const found = await findRuns(ctx, tenant);
  await noteIds(ctx, tenant, [...new Set(found.map(({ id }) => id.split('.', 1)[0]!))]);
  const open = found.filter(({ isOpen }) => isOpen).map(({ id }) => id);
  await each(
    open.filter((id) => !id.includes('.')),
    async (id) => {
      const run = await readable(ctx, id);
      if (run !== undefined) await cancelRun(ctx, run);
    },
  );
  for (const end = Date.now() + waitMs; Date.now() < end && (await areOpen(ctx, open)); ) await setTimeout(LOOK_MS);
  await each(open, (id) => endNow(ctx, id));
  const ids = [...new Set([...found.map(({ id }) => id), ...(await listed(ctx, tenant))])];
  await each(ids, async (id) => {
    const [run] = await readableHeads(ctx, [id]);
    // An error ends the deletion here, and the next attempt finds the run again; retention would continue.
    if (run !== undefined) await removeArtifacts(ctx, run);
  });
  for (let at = 0; at < ids.length; at += AT_ONCE) await removeRuns(ctx, ids.slice(at, at + AT_ONCE));
  return ids.length;
}

/** Runs that wait for their turn must not take the places of those that are ended here. */
async function dropBacklogs({ redis, keys }: Context, tenant: string, accounts: readonly string[]): Promise<void> {
  const owners = [tenant, ...accounts];
  const dropping = redis.multi();
  dropping.unlink(keys.roundRobin(tenant)).hdel(keys.backlogs(), ...owners);
  for (const owner of owners) dropping.unlink(keys.backlog(owner));
  await dropping.exec();
}

async function findRuns(ctx: Context, tenant: string): Promise<{ id: string; isOpen: boolean }[]> {
  const start = ctx.keys.run('');
  const found = [];
  for await (const keys of scanKeys(ctx.redis, start)) {
    const reading = ctx.redis.pipeline();
    for (const key of keys) reading.hmget(key, 'run', 'status');
    for (const [i, [error, fields]] of ((await reading.exec()) ?? []).entries()) {
      if (error !== null) throw error;
      const [made, status] = fields as [string | null, string | null];
      if (tenantIn(made) !== tenant) continue;
      found.push({ id: keys[i]!.slice(start.length), isOpen: status === null || !isEnded(status as RunStatus) });
    }
  }
  return found;
}

/** Of a record that cannot be read, nothing; those in a list of the tenant are found there. */
function tenantIn(made: string | null): string | undefined {
  try {
    return (parseJson(made ?? '{}') as { tenant?: string }).tenant;
  } catch {
    return undefined;
  }
}

async function listed({ redis, keys }: Context, tenant: string): Promise<string[]> {
  const lists = [keys.runs(tenant), keys.failedRuns(tenant), keys.endedRuns(tenant), keys.heldRuns(tenant)];
  return (await Promise.all(lists.map((list) => redis.zrange(list, '0', '-1')))).flat();
}

async function areOpen(ctx: Context, ids: readonly string[]): Promise<boolean> {
  const reading = ctx.redis.pipeline();
  for (const id of ids) reading.hget(ctx.keys.run(id), 'status');
  return ((await reading.exec()) ?? []).some(([, status]) => status !== null && !isEnded(status as RunStatus));
}

async function endNow(ctx: Context, id: string): Promise<void> {
  const run = await readable(ctx, id);
  if (run !== undefined && !isEnded(run.status)) {
    const { fencing_token: _token, ...anyHolder } = run;
    const error = toErrorRecord(new ConnectorError('ERR_CANCELED', 'the tenant was deleted'));
    await finishRun(ctx, anyHolder as typeof run, { status: 'canceled', error });
  }
  const { runs, urgent, isolated } = ctx.queues;
  for (const queue of [runs, urgent, isolated]) {
    await queue.remove(id).catch((error: unknown) => {
      // Else a worker holds it; it finds that the run has ended.
      if (isRedisUnavailable(error)) throw error;
    });
  }
}

/** A run that cannot be read is removed as it is. */
async function readable(ctx: Context, id: string) {
  return readRun(ctx, id).catch((error: unknown) => {
    if (error instanceof ConnectorError && error.code === 'ERR_RECORD_UNREADABLE') return undefined;
    throw error;
  });
}

async function each(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < ids.length; at += AT_ONCE) await Promise.all(ids.slice(at, at + AT_ONCE).map(work));
}
