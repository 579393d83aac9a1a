import type { Activation } from './activation.ts';
import type { Context } from './context.ts';
import { wake } from './run-jobs.ts';
import type { RunSession } from './run-session.ts';
import { readHeads } from './runs.ts';

/** Least time after which a run of a paused account looks again by itself; twice that at most. */
const LOOK_MS = 60_000;
/** Runs that a resume starts at once; the others look by themselves. */
const MAX_WOKEN = 500;

/** Lets a run wait, without a slot, until its account is resumed. */
export async function parkWhilePaused(ctx: Context, session: RunSession): Promise<Activation> {
  await ctx.redis.sadd(keyOf(ctx, session.run.linked_account!), session.run.id);
  return session.park({ ms: LOOK_MS * (1 + ctx.clock.random()), leaves: true });
}

/** Starts the runs that waited for an account. What a crash keeps from it starts by itself, within two minutes. */
export async function wakePaused(ctx: Context, account: string): Promise<void> {
  const ids = await ctx.redis.spop(keyOf(ctx, account), MAX_WOKEN);
  for (const run of await readHeads(ctx, ids)) if (run !== undefined) await wake(ctx, run);
  await ctx.redis.del(keyOf(ctx, account));
}

/** set of run ids that wait for an account. Lives until it is resumed. */
function keyOf(ctx: Context, account: string): string {
  return ctx.keys.other('paused-runs', account);
}
