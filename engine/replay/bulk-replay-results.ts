import type { Context } from '../runs/context.ts';
import { DEFAULT_LIMIT, type ListPage, notAPosition, type PageRequest } from '../store/list-pages.ts';
import { callScript } from '../store/scripts.ts';

/** Why one run of a batch was not replayed. */
export interface Refusal {
  run: string;
  code: string;
  message: string;
}

/** What happened to one run of a batch. */
export type ReplayResult = { run: string; replay: string } | Refusal;

/** How far a batch is, without what happened to each run. */
export interface Counts {
  replayed: number;
  refused: number;
  /** The first of those that could not be replayed. */
  refusals: Refusal[];
}

const MAX_REFUSALS = 100;
/** In place of the id of a run that was not made. */
const NO_RUN = '-';

/** The run whose turn it is; it stays there until `noteResult`. */
export function nextRun(ctx: Context, id: string): Promise<string | null> {
  return ctx.redis.lindex(pendingKey(ctx, id), 0);
}

/** Writes what happened to the run whose turn it was; a second time, or from a second worker, it changes nothing. */
export async function noteResult(
  ctx: Context,
  { id, tenant }: { id: string; tenant: string },
  result: ReplayResult,
): Promise<void> {
  await callScript(
    ctx.redis,
    'noteReplay',
    [pendingKey(ctx, id), resultsKey(ctx, id), refusedKey(ctx, id), ctx.keys.changes(replaysOf(tenant))],
    [result.run, JSON.stringify(result), 'replay' in result ? 'replayed' : 'refused', id],
  );
}

/** Three short reads, however many runs there are. */
export async function readCounts(ctx: Context, id: string): Promise<Counts> {
  const [noted, refused, refusals] = await Promise.all([
    ctx.redis.llen(resultsKey(ctx, id)),
    ctx.redis.llen(refusedKey(ctx, id)),
    ctx.redis.lrange(refusedKey(ctx, id), 0, MAX_REFUSALS - 1),
  ]);
  return { replayed: noted - refused, refused, refusals: refusals.flatMap((text) => parseNote<Refusal>(text)) };
}

/** What happened to the runs, newest first. Notes are only ever added, so a position is a number of notes from the first. */
export async function readResults(
  ctx: Context,
  id: string,
  { limit = DEFAULT_LIMIT, after }: PageRequest,
): Promise<ListPage<ReplayResult>> {
  if (after !== undefined && !/^[1-9]\d{0,14}$/.test(after)) throw notAPosition();
  const end = after === undefined ? await ctx.redis.llen(resultsKey(ctx, id)) : Number(after);
  if (end === 0) return { items: [] };
  const start = Math.max(0, end - limit);
  const texts = await ctx.redis.lrange(resultsKey(ctx, id), start, end - 1);
  const items = texts.reverse().flatMap((text) => parseNote<ReplayResult>(text));
  return { items, next: start === 0 ? undefined : String(start) };
}

/** Ids of the runs that a bulk replay has made, the last first, with their places; `before`: from there back. Refusals have places too, and no run. */
export async function replayRunIds(
  ctx: Context,
  id: string,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<{ id: string; at: number }[]> {
  const end = before ?? (await ctx.redis.llen(resultsKey(ctx, id)));
  const begin = Math.max(0, end - limit);
  if (end <= begin) return [];
  const texts = await ctx.redis.lrange(resultsKey(ctx, id), begin, end - 1);
  return texts
    .map((text, i) => {
      const [note] = parseNote<ReplayResult>(text);
      return { id: note !== undefined && 'replay' in note ? note.replay : NO_RUN, at: begin + i };
    })
    .reverse();
}

/** A note that cannot be read is left out: which runs were replayed is in their own records. */
function parseNote<T>(text: string): T[] {
  try {
    return [JSON.parse(text) as T];
  } catch {
    return [];
  }
}

/** Owner of the changes of a tenant's bulk replays; see engine/events/change-stream.ts. */
export function replaysOf(tenant: string): string {
  return `replays:${tenant}`;
}

/** list of run ids: whose turn is still to come, oldest first. Lives as long as its batch runs. */
export function pendingKey(ctx: Context, id: string): string {
  return ctx.keys.other('replay-pending', id);
}

/** list of JSON: what happened to each run. Lives as long as its batch. */
export function resultsKey(ctx: Context, id: string): string {
  return ctx.keys.other('replay-results', id);
}

/** list of JSON: those of the results that are refusals. Lives as long as its batch. */
export function refusedKey(ctx: Context, id: string): string {
  return ctx.keys.other('replay-refused', id);
}
