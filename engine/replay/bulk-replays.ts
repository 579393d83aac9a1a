import { randomUUID } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Actor } from '../access/actor.ts';
import type { Context } from '../runs/context.ts';
import { derivedId } from '../store/ids.ts';
import { type ListPage, type PageRequest, pageOfIndex } from '../store/list-pages.ts';
import { transact, type Write } from '../store/records.ts';
import { parseStored, type Readable, readEach, withUnreadable } from '../store/unreadable.ts';
import { asOfConfirm, type ManyReplays, previewReplays } from './bulk-replay-plan.ts';
import {
  type Counts,
  pendingKey,
  type ReplayResult,
  readCounts,
  readResults,
  refusedKey,
  replaysOf,
  resultsKey,
} from './bulk-replay-results.ts';
import type { ReplayChoice } from './replay-plan.ts';

/** A replay of many runs that continues by itself, at a rate. Times are epoch ms. */
export interface BulkReplay extends ReplayChoice {
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

/** A batch and how far it is. */
export type BulkReplayProgress = BulkReplay & Counts;

const KIND = 'replay';
/** Ended ones are kept for this long. */
const KEEP_MS = 30 * 86_400_000;
/** Open batches of one look. */
const MAX_OPEN = 200;
const OPEN = 'open';
/** A list that is being written down belongs to nobody until it is whole; one that was left lapses. */
const DRAFT_MS = 3_600_000;

/** Rings the workers when a batch begins. */
export function batchChannel({ keys }: Pick<Context, 'keys'>): string {
  return keys.other('channel', 'replays');
}

/**
 * Begins to replay what a preview showed; workers execute it. Called again with the same `confirm`, it begins nothing and
 * answers with the batch that there is. The list of runs is written page by page, so there may be any number.
 * @throws ConnectorError ERR_CONFLICT when what was confirmed would do something else by now, ERR_INPUT_INVALID
 */
export async function startBulkReplay(
  ctx: Context,
  actor: Actor,
  request: ManyReplays & { confirm: string; perSecond: number },
): Promise<BulkReplayProgress> {
  const { confirm } = request;
  const asOf = asOfConfirm(confirm);
  const id = derivedId('rpl', 0, [actor.tenant, confirm]);
  const before = await ctx.redis.get(ctx.keys.object(KIND, id));
  if (before !== null && (JSON.parse(before) as BulkReplay).status === 'running')
    return getBatch(ctx, actor.tenant, id);
  const draft = pendingKey(ctx, `${id}.${randomUUID()}`);
  try {
    const preview = await previewReplays(ctx, actor.tenant, {
      ...request,
      asOf,
      // Newest first, each before the last: the oldest come to stand at the head.
      onPage: (runs) => writeDraft(ctx, draft, runs),
    });
    if (preview.confirm !== confirm) {
      throw new ConnectorError('ERR_CONFLICT', 'the matching runs have changed since the dry run', {
        hint: 'Repeat the dry run and send its new "confirm" value.',
        errors: [{ pointer: '/confirm', message: 'belongs to a different list of runs' }],
      });
    }
    await commit(ctx, { id, actor, request, total: preview.total }, { before, draft });
  } finally {
    await ctx.redis.del(draft);
  }
  return getBatch(ctx, actor.tenant, id);
}

async function writeDraft(ctx: Context, draft: string, runs: readonly { run: string }[]): Promise<void> {
  if (runs.length === 0) return;
  const ids = runs.map(({ run }) => run);
  await ctx.redis
    .multi()
    .lpush(draft, ...ids)
    .pexpire(draft, DRAFT_MS)
    .exec();
}

/** Puts the batch in place with its list, unless another call has. */
async function commit(
  ctx: Context,
  of: { id: string; actor: Actor; request: ReplayChoice & { perSecond: number }; total: number },
  { before, draft }: { before: string | null; draft: string },
): Promise<void> {
  const { keys } = ctx;
  const { id, actor, total } = of;
  const { from, version, perSecond } = of.request;
  const now = ctx.clock.now();
  const batch: BulkReplay = {
    id,
    tenant: actor.tenant,
    actor,
    ...(from === undefined ? {} : { from }),
    ...(version === undefined ? {} : { version }),
    perSecond,
    total,
    status: 'running',
    created_at: now,
  };
  const object = keys.object(KIND, id);
  await transact(
    ctx,
    [before === null ? ['absent', object] : ['equals', object, before]],
    [
      ['DEL', resultsKey(ctx, id)],
      ['DEL', refusedKey(ctx, id)],
      ...(total === 0 ? [] : moveList(draft, pendingKey(ctx, id))),
      ['SET', object, JSON.stringify(batch)],
      ['ZADD', keys.objects(KIND, actor.tenant), String(now), id],
      ['ZADD', keys.objects(KIND, OPEN), String(now), id],
      ['PUBLISH', batchChannel(ctx), id],
      ['ANNOUNCE', keys.changes(replaysOf(actor.tenant)), id],
    ],
  );
}

function moveList(from: string, to: string): Write[] {
  return [
    ['RENAME', from, to],
    ['PERSIST', to],
  ];
}

/** A tenant's batch and how far it is. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function getBatch(ctx: Context, tenant: string, id: string): Promise<BulkReplayProgress> {
  const batch = await readBatch(ctx, id);
  if (batch?.tenant === tenant) return { ...batch, ...(await readCounts(ctx, id)) };
  throw new ConnectorError('ERR_NOT_FOUND', `there is no bulk replay "${id}"`, {
    hint: 'Ended ones are kept for 30 days.',
  });
}

/** What happened to the runs so far, newest first. @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID */
export async function listResults(
  ctx: Context,
  tenant: string,
  { id, ...page }: PageRequest & { id: string },
): Promise<ListPage<ReplayResult>> {
  await getBatch(ctx, tenant, id);
  return readResults(ctx, id, page);
}

/** A tenant's, newest first; those that are no longer kept are left out and forgotten. */
export async function listBatches(
  ctx: Context,
  tenant: string,
  page: PageRequest = {},
): Promise<ListPage<BulkReplayProgress>> {
  const index = ctx.keys.objects(KIND, tenant);
  await ctx.redis.zremrangebyscore(index, '-inf', ctx.clock.now() - KEEP_MS);
  const { ids, next } = await pageOfIndex(ctx, index, page);
  return { ...(await viewBatches(ctx, ids)), next };
}

/** Bulk replays of whatever tenant, and how far they are; one that is not there is left out. */
export async function viewBatches(ctx: Context, ids: readonly string[]): Promise<Readable<BulkReplayProgress>> {
  const texts = ids.length === 0 ? [] : await ctx.redis.mget(ids.map((id) => ctx.keys.object(KIND, id)));
  const found = readEach(ctx, KIND, {
    records: texts,
    idOf: (_, i) => ids[i]!,
    read: (text) => (text === null ? undefined : (JSON.parse(text) as BulkReplay)),
  });
  const items = await Promise.all(
    found.items.map(async (batch) => ({ ...batch, ...(await readCounts(ctx, batch.id)) })),
  );
  return withUnreadable(items, found.unreadable);
}

/** Ends a batch: all is done, or a person wants no more of it. What was replayed stays. Ending it twice ends it once. */
export async function endBatch(ctx: Context, id: string, status: 'done' | 'canceled'): Promise<void> {
  const { keys } = ctx;
  const text = await ctx.redis.get(keys.object(KIND, id));
  const batch = text === null ? undefined : parseStored<BulkReplay>(KIND, id, text);
  if (batch?.status !== 'running') return;
  const ended: BulkReplay = { ...batch, status, finished_at: ctx.clock.now() };
  // Two that end it at once: the first says how.
  await transact(
    ctx,
    [['equals', keys.object(KIND, id), text!]],
    [
      ['SET', keys.object(KIND, id), JSON.stringify(ended), 'PX', String(KEEP_MS)],
      ['ZREM', keys.objects(KIND, OPEN), id],
      ['DEL', pendingKey(ctx, id)],
      ['PEXPIRE', resultsKey(ctx, id), String(KEEP_MS)],
      ['PEXPIRE', refusedKey(ctx, id), String(KEEP_MS)],
      ['ANNOUNCE', keys.changes(replaysOf(batch.tenant)), id],
    ],
  );
}

/** Batches that are not done, oldest first. */
export function openBatches(ctx: Context): Promise<string[]> {
  return ctx.redis.zrange(ctx.keys.objects(KIND, OPEN), '0', String(MAX_OPEN - 1));
}

/** The batch as it was begun or ended. */
export async function readBatch(ctx: Context, id: string): Promise<BulkReplay | undefined> {
  const text = await ctx.redis.get(ctx.keys.object(KIND, id));
  return text === null ? undefined : parseStored<BulkReplay>(KIND, id, text);
}
