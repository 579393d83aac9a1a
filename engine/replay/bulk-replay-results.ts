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

/** The run whose turn it is; it stays there until `noteResult`. */
export function nextRun(ctx: Context, id: string): Promise<string | null> {
  return ctx.redis.lindex(pendingKey(ctx, id), 0);
}

/** Writes what happened to the run whose turn it was; a second time, or from a second worker, it changes nothing. */
export async function noteResult(ctx: Context, id: string, result: ReplayResult): Promise<void> {
  await callScript(
    ctx.redis,
    'noteReplay',
    [pendingKey(ctx, id), resultsKey(ctx, id), refusedKey(ctx, id)],
    [result.run, JSON.stringify(result), 'replay' in result ? 'replayed' : 'refused'],
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

/** A note that cannot be read is left out: which runs were replayed is in their own records. */
function parseNote<T>(text: string): T[] {
  try {
    return [JSON.parse(text) as T];
  } catch {
    return [];
  }
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
