import type { Context } from '../store/context.ts';

/** Watches the freshness of a workflow's trigger from now on, or no longer. */
export async function watchFreshness(ctx: Context, workflow: string, isWatched: boolean): Promise<void> {
  if (isWatched) await ctx.redis.zadd(watchedKey(ctx), 0, workflow);
  else await ctx.redis.multi().zrem(watchedKey(ctx), workflow).del(lateKey(ctx, workflow)).exec();
}

/** zset of workflow ids, all scores 0: enabled triggers with `freshness`. */
export function watchedKey(ctx: Context): string {
  return ctx.keys.other('freshness', 'watched');
}

/** string: there while a trigger is late. Lives until it has recovered. */
export function lateKey(ctx: Context, workflow: string): string {
  return ctx.keys.other('trigger-late', workflow);
}
