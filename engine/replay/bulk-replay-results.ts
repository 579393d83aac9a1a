import type { Context } from '../runs/context.ts';
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

/** What happened to the runs, in their order, from the one at `skip` on. */
export async function readResults(
  ctx: Context,
  id: string,
  { skip, limit }: { skip: number; limit: number },
): Promise<ReplayResult[]> {
  const texts = await ctx.redis.lrange(resultsKey(ctx, id), skip, skip + limit - 1);
  return texts.flatMap((text) => parseNote<ReplayResult>(text));
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
