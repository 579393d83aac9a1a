import type { Context } from './context.ts';

/** Asks for a tick now, outside the schedule: more pages are waiting, or a person asked. `cursor` is a workflow's id, or a range's; a second
 * tick with the id of one that waits is none. */
export async function enqueueTick(ctx: Context, cursor: string, jobId?: string): Promise<void> {
  await ctx.queues.ticks.add('tick', { workflow: cursor }, jobId === undefined ? {} : { jobId });
}
