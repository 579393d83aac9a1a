import type { ConnectorError, UsedQuota } from '../../connector/errors.ts';
import type { Context } from '../runs/context.ts';

/** A run of a schedule that is due and waits, because a quota of its tenant is used up. */
export interface WaitingRun {
  /** When it was due, epoch ms. */
  dueAt: number;
  quota: UsedQuota;
}

/** Notes that a run waits, for so long as it is looked at again; a second call replaces the first. */
export async function noteWaitingRun(
  ctx: Context,
  workflow: string,
  of: { dueAt: number; error: ConnectorError; keepMs: number },
): Promise<void> {
  if (of.error.quota === undefined) return;
  const waiting: WaitingRun = { dueAt: of.dueAt, quota: of.error.quota };
  await ctx.redis.set(keyOf(ctx, workflow), JSON.stringify(waiting), 'PX', of.keepMs);
}

/** Nothing happens when none waits. */
export async function forgetWaitingRun(ctx: Context, workflow: string): Promise<void> {
  await ctx.redis.del(keyOf(ctx, workflow));
}

export async function readWaitingRun(ctx: Context, workflow: string): Promise<WaitingRun | undefined> {
  const text = await ctx.redis.get(keyOf(ctx, workflow));
  return text === null ? undefined : (JSON.parse(text) as WaitingRun);
}

function keyOf(ctx: Context, workflow: string): string {
  return ctx.keys.other('waiting-run', workflow);
}
