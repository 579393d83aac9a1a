import { ConnectorError } from '../../connector/errors.ts';
import type { Actor } from '../access/audit.ts';
import type { Context } from '../context.ts';
import { derivedId } from '../ids.ts';
import { type ManyReplays, previewReplays } from './replay-many.ts';
import type { ReplayChoice } from './replay-plan.ts';

/** A replay of many runs that goes on by itself, at a rate. Times are epoch ms. */
export interface ReplayBatch extends ReplayChoice {
  id: string;
  tenant: string;
  /** Who began it; each replay is written into the audit log under this name. */
  actor: Actor;
  perSecond: number;
  total: number;
  status: 'running' | 'done' | 'canceled';
  created_at: number;
  finished_at?: number;
}

/** What became of one run of a batch. */
export type ReplayResult = { run: string; replay: string } | { run: string; code: string; message: string };

/** A batch and how far it is. */
export interface BatchProgress extends ReplayBatch {
  /** Results so far, in the order of the runs. */
  results: ReplayResult[];
}

const KIND = 'replay';
/** Ended ones are kept for this long. */
const KEEP_MS = 30 * 86_400_000;
const MOST_LISTED = 200;
const OPEN = 'open';

/** Rings the workers when a batch begins. */
export function batchChannel({ keys }: Pick<Context, 'keys'>): string {
  return keys.other('channel', 'replays');
}

/**
 * Begins to replay what a preview showed; workers carry it on. Called again with the same `confirm`, it begins nothing and
 * answers with the batch that there is.
 * @throws ConnectorError ERR_CONFLICT when what matches now would do something else than what was confirmed
 */
export async function beginBatch(
  ctx: Context,
  actor: Actor,
  request: ManyReplays & { confirm: string; perSecond: number },
): Promise<BatchProgress> {
  const { confirm, from, version, perSecond } = request;
  const { tenant } = actor;
  const preview = await previewReplays(ctx, tenant, request);
  const id = derivedId('rpl', 0, `${tenant}/${confirm}`);
  const before = await readBatch(ctx, id);
  if (before !== undefined && before.status === 'running') return progressOf(ctx, before);
  if (preview.confirm !== confirm) {
    throw new ConnectorError('ERR_CONFLICT', 'the runs that match are no longer those that were confirmed', {
      hint: 'Look at the dry run again, and confirm with the text that it gives.',
      errors: [{ pointer: '/confirm', message: 'is of another list' }],
    });
  }
  const { keys } = ctx;
  const now = ctx.clock.now();
  // Two that begin it at once must agree on its time: the ids of the replays are made of it.
  const first = await ctx.redis.set(keys.other('replay-begun', id), now, 'PX', KEEP_MS, 'NX', 'GET');
  const runs = preview.runs.map(({ run }) => run);
  const batch: ReplayBatch = {
    id,
    tenant,
    actor,
    ...(from === undefined ? {} : { from }),
    ...(version === undefined ? {} : { version }),
    perSecond,
    total: runs.length,
    status: 'running',
    created_at: Number(first ?? now),
  };
  const write = ctx.redis
    .multi()
    .del(pendingKey(ctx, id), resultsKey(ctx, id))
    .set(keys.object(KIND, id), JSON.stringify(batch))
    .zadd(keys.objects(KIND, tenant), now, id)
    .zadd(keys.objects(KIND, OPEN), now, id);
  if (runs.length > 0) write.rpush(pendingKey(ctx, id), ...runs);
  await write.publish(batchChannel(ctx), id).exec();
  return progressOf(ctx, batch);
}

/** A tenant's batch with its results. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function getBatch(ctx: Context, tenant: string, id: string): Promise<BatchProgress> {
  const batch = await readBatch(ctx, id);
  if (batch?.tenant === tenant) return progressOf(ctx, batch);
  throw new ConnectorError('ERR_NOT_FOUND', `there is no replay "${id}"`, { hint: 'Ended ones are kept for 30 days.' });
}

/** The last 200 of a tenant, newest first; those that are no longer kept are left out and forgotten. */
export async function listBatches(ctx: Context, tenant: string): Promise<BatchProgress[]> {
  const index = ctx.keys.objects(KIND, tenant);
  await ctx.redis.zremrangebyscore(index, '-inf', ctx.clock.now() - KEEP_MS);
  const ids = await ctx.redis.zrevrange(index, 0, MOST_LISTED - 1);
  const batches = await Promise.all(ids.map((id) => readBatch(ctx, id)));
  return Promise.all(batches.flatMap((batch) => (batch === undefined ? [] : [progressOf(ctx, batch)])));
}

/** Ends a batch: all is done, or a person wants no more of it. What was replayed stays. Ending it twice ends it once. */
export async function endBatch(ctx: Context, id: string, status: 'done' | 'canceled'): Promise<void> {
  const batch = await readBatch(ctx, id);
  if (batch?.status !== 'running') return;
  const { keys } = ctx;
  const ended: ReplayBatch = { ...batch, status, finished_at: ctx.clock.now() };
  await ctx.redis
    .multi()
    .set(keys.object(KIND, id), JSON.stringify(ended), 'PX', KEEP_MS)
    .zrem(keys.objects(KIND, OPEN), id)
    .del(pendingKey(ctx, id))
    .pexpire(resultsKey(ctx, id), KEEP_MS)
    .exec();
}

/** Batches that are not done, oldest first. */
export function openBatches(ctx: Context): Promise<string[]> {
  return ctx.redis.zrange(ctx.keys.objects(KIND, OPEN), '0', String(MOST_LISTED - 1));
}

/** The batch as it was begun or ended. */
export async function readBatch(ctx: Context, id: string): Promise<ReplayBatch | undefined> {
  const text = await ctx.redis.get(ctx.keys.object(KIND, id));
  return text === null ? undefined : (JSON.parse(text) as ReplayBatch);
}

/** The run whose turn it is; it stays there until `noteResult`. */
export function nextRun(ctx: Context, id: string): Promise<string | null> {
  return ctx.redis.lindex(pendingKey(ctx, id), 0);
}

/** Writes what became of the run whose turn it was. */
export async function noteResult(ctx: Context, id: string, result: ReplayResult): Promise<void> {
  await ctx.redis
    .multi()
    .lrem(pendingKey(ctx, id), 1, result.run)
    .rpush(resultsKey(ctx, id), JSON.stringify(result))
    .exec();
}

async function progressOf(ctx: Context, batch: ReplayBatch): Promise<BatchProgress> {
  const texts = await ctx.redis.lrange(resultsKey(ctx, batch.id), 0, -1);
  return { ...batch, results: texts.map((text) => JSON.parse(text) as ReplayResult) };
}

function pendingKey(ctx: Context, id: string): string {
  return ctx.keys.other('replay-pending', id);
}

function resultsKey(ctx: Context, id: string): string {
  return ctx.keys.other('replay-results', id);
}
