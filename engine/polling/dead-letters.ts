import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readRun, writeField } from '../runs/runs.ts';

/** Of a replay of a replay of a replay. */
const MAX_CHAIN = 20;

/** Notes that the page of a run was given up: it counts as read, and the run holds its rows. Noted twice it is one. */
export async function openDeadLetter(
  ctx: Context,
  run: Pick<Run, 'id' | 'tenant' | 'parent'> & { workflow: string },
): Promise<void> {
  await writeField(ctx, run, 'dead_letter', 'open');
  await ctx.redis.zadd(ctx.keys.deadLetters(run.workflow), 'NX', ctx.clock.now(), run.id);
}

/** A replay has delivered what a dead-lettered run holds: that one, and the replays between them, are open no more. */
export async function closeDeadLetters(ctx: Context, delivered: Run): Promise<void> {
  let id = delivered.replay_of;
  for (let i = 0; i < MAX_CHAIN && id !== undefined; i += 1) {
    const run: Run | undefined = await readRun(ctx, id);
    if (run?.workflow === undefined) return;
    if (run.dead_letter === 'open') await close(ctx, { ...run, workflow: run.workflow });
    id = run.replay_of;
  }
}

/**
 * A person gives up what a dead-lettered run holds: it is open no more, and its rows are delivered only by a replay of the run. A second
 * time, and after a replay has delivered it, it changes nothing. @throws ConnectorError ERR_CONFLICT for a run that holds no event batch
 */
export async function discardDeadLetter(ctx: Context, run: Run): Promise<void> {
  if (run.workflow === undefined || run.dead_letter === undefined) {
    throw new ConnectorError('ERR_CONFLICT', `the run "${run.id}" has no dead-lettered event batch`, {
      hint: 'Only runs that GET /v1/runs?dead_letter=true lists can be discarded.',
    });
  }
  await close(ctx, { ...run, workflow: run.workflow });
}

/** How many are open, and since when the last is (epoch ms). */
export async function readDeadLetters(
  ctx: Context,
  workflow: string,
): Promise<{ open: number; lastAt: number | null }> {
  const key = ctx.keys.deadLetters(workflow);
  const [open, last] = await Promise.all([ctx.redis.zcard(key), ctx.redis.zrange(key, '-1', '-1', 'WITHSCORES')]);
  return { open, lastAt: last[1] === undefined ? null : Number(last[1]) };
}

async function close(ctx: Context, run: Pick<Run, 'id' | 'tenant' | 'parent'> & { workflow: string }): Promise<void> {
  await writeField(ctx, run, 'dead_letter', 'closed');
  await ctx.redis.zrem(ctx.keys.deadLetters(run.workflow), run.id);
}
