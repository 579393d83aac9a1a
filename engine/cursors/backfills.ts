import { ConnectorError } from '../../connector/errors.ts';
import type { Position } from '../../triggers/position.ts';
import type { Context } from '../store/context.ts';
import { type ListPage, type PageRequest, pageOfIndex } from '../store/list-pages.ts';
import { parseStored, readEach, withUnreadable } from '../store/unreadable.ts';
import { readCursor, removeCursor, writeCursor } from './cursors.ts';

/** A part of a source that is delivered again in parallel with the live sync, with a cursor of its own. Times are epoch ms. */
export interface Range {
  id: string;
  tenant: string;
  workflow: string;
  /** Rows after this cursor value; `null` is from the first. */
  after: string | null;
  /** Up to and including this value. */
  until: string;
  status: 'running' | 'done' | 'canceled';
  created_at: number;
  finished_at?: number;
}

const KIND = 'range';
const PREFIX = 'rng_';
/** Ended ones are kept for this long. */
const KEEP_MS = 30 * 86_400_000;

export function isRangeId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** Stores a new range with the cursor from which it is delivered. */
export async function writeRange(ctx: Context, record: Range, from: { position: Position; by: string }): Promise<void> {
  const { id, workflow, created_at: now } = record;
  await ctx.redis
    .multi()
    .set(ctx.keys.object(KIND, id), JSON.stringify(record))
    .zadd(ctx.keys.objects(KIND, workflow), now, id)
    .zadd(ctx.keys.objects(KIND, 'open'), now, id)
    .exec();
  await writeCursor(ctx, id, from);
}

/** A range that is not done. */
export async function readRange(ctx: Context, id: string): Promise<Range | undefined> {
  const range = await readAny(ctx, id);
  return range?.status === 'running' ? range : undefined;
}

async function readAny(ctx: Context, id: string): Promise<Range | undefined> {
  const text = await ctx.redis.get(ctx.keys.object(KIND, id));
  return text === null ? undefined : parseStored<Range>(KIND, id, text);
}

/** A workflow's ranges, newest first, with how far each is; those that are no longer kept are left out and forgotten. */
export async function listRanges(
  ctx: Context,
  workflow: string,
  page: PageRequest = {},
): Promise<ListPage<Range & { events: number; failures: number; last_error: string | null }>> {
  const index = ctx.keys.objects(KIND, workflow);
  const { ids, next } = await pageOfIndex(ctx, index, page);
  const texts = ids.length === 0 ? [] : await ctx.redis.mget(ids.map((id) => ctx.keys.object(KIND, id)));
  const gone = ids.filter((_, i) => texts[i] === null);
  if (gone.length > 0) await ctx.redis.zrem(index, ...gone);
  const known = readEach(ctx, KIND, {
    records: texts,
    idOf: (_, i) => ids[i]!,
    read: (text) => (text === null ? undefined : (JSON.parse(text) as Range)),
  });
  const items = await Promise.all(
    known.items.map(async (range) => {
      const { events, failures, lastError } = await readCursor(ctx, range.id);
      return { ...range, events, failures, last_error: lastError };
    }),
  );
  return { ...withUnreadable(items, known.unreadable), next };
}

/** Ends a range: everything in it was delivered, or a person no longer wants it. Ending it twice ends it once. */
export async function endRange(ctx: Context, id: string, status: 'done' | 'canceled'): Promise<void> {
  const range = await readRange(ctx, id);
  if (range === undefined) return;
  const { keys } = ctx;
  const ended: Range = { ...range, status, finished_at: ctx.clock.now() };
  await ctx.redis
    .multi()
    .set(keys.object(KIND, id), JSON.stringify(ended), 'PX', KEEP_MS)
    .zrem(keys.objects(KIND, 'open'), id)
    .pexpire(keys.cursor(id), KEEP_MS)
    .del(keys.cursorHistory(id), keys.cursorMemory(id))
    .exec();
}

/**
 * A person no longer wants a range; the page in flight is delivered still. One that has ended stays as it is.
 * @throws ConnectorError ERR_NOT_FOUND, also for a range of another workflow
 */
export async function cancelRange(ctx: Context, workflow: string, id: string): Promise<Range> {
  const before = await readAny(ctx, id);
  if (before?.workflow !== workflow) {
    throw new ConnectorError('ERR_NOT_FOUND', `this workflow has no backfill "${id}"`, {
      hint: 'Ended ones are kept for 30 days.',
    });
  }
  await endRange(ctx, id, 'canceled');
  return (await readAny(ctx, id)) ?? before;
}

/** Ranges that are not done, oldest first; the watchdog asks for their ticks. */
export function openRanges(ctx: Context, limit: number): Promise<string[]> {
  return ctx.redis.zrange(ctx.keys.objects(KIND, 'open'), '0', String(limit - 1));
}

/** Forgets the ranges of a workflow that is deleted. */
export async function removeRanges(ctx: Context, workflow: string): Promise<void> {
  const ids = await ctx.redis.zrange(ctx.keys.objects(KIND, workflow), '0', '-1');
  for (const id of ids) await removeCursor(ctx, id);
  if (ids.length === 0) return;
  await ctx.redis
    .multi()
    .zrem(ctx.keys.objects(KIND, 'open'), ...ids)
    .del(ctx.keys.objects(KIND, workflow), ...ids.map((id) => ctx.keys.object(KIND, id)))
    .exec();
}
