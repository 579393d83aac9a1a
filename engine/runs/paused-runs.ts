import { isSuspended } from '../access/tenant-cache.ts';
import { isAccountPaused } from '../credentials/accounts/pause-account.ts';
import type { Parked } from './activation.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { wake } from './run-jobs.ts';
import type { RunSession } from './run-session.ts';
import { readHeads } from './runs.ts';

/** Least time after which a run of a paused account looks again by itself; twice that at most. */
const LOOK_MS = 60_000;
/** Runs that a resume starts at once; the others look by themselves. */
const MAX_WOKEN = 500;

/**
 * Lets a run wait, without a slot, until the owner is resumed: its account, or its tenant. A run of a paused account gives its place to others
 * of the tenant; one of a suspended tenant keeps it, so that only so many of the tenant come back to look, however many wait.
 * It comes back at once when the owner has been resumed: what this process knew may be older than that, and a resume wakes only those that it
 * finds parked. So the owner is read again after the run has parked.
 */
export async function parkWhilePaused(ctx: Context, session: RunSession, owner: string): Promise<Parked> {
  const { run } = session;
  await ctx.redis.sadd(keyOf(ctx, owner), run.id);
  const parked = await session.park({ ms: LOOK_MS * (1 + ctx.clock.random()), leaves: owner !== run.tenant });
  if (await isPausedNow(ctx, run, owner)) return parked;
  await ctx.redis.srem(keyOf(ctx, owner), run.id);
  return { ...parked, ms: 0 };
}

/** As it is stored, whatever this process knew. */
async function isPausedNow(ctx: Context, run: Run, owner: string): Promise<boolean> {
  if (owner === run.tenant) {
    ctx.tenants.invalidate(owner);
    return isSuspended(ctx, owner);
  }
  ctx.tokens.accounts.invalidate(owner);
  return isAccountPaused(ctx, owner);
}

/** Starts the runs that waited for an account or a tenant. What a crash keeps from it starts by itself, within two minutes. */
export async function wakePaused(ctx: Context, owner: string): Promise<void> {
  const ids = await ctx.redis.spop(keyOf(ctx, owner), MAX_WOKEN);
  for (const run of await readHeads(ctx, ids)) if (run !== undefined) await wake(ctx, run);
  await ctx.redis.del(keyOf(ctx, owner));
}

/** set of run ids that wait for an account or a tenant. Lives until it is resumed. */
function keyOf(ctx: Context, owner: string): string {
  return ctx.keys.other('paused-runs', owner);
}
