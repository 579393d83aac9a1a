import { hash } from 'node:crypto';
import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { isEnded, type Run } from './run.ts';
import { wake } from './run-jobs.ts';
import { readHead } from './runs.ts';

/** The turn of runs that a workflow's schedule starts. */
export function scheduleTurn(workflow: string): string {
  return `${workflow}/schedule`;
}

/** The turn of a workflow's runs with one concurrency key. */
export function keyTurn(workflow: string, key: string): string {
  return `${workflow}/key/${hash('sha256', key)}`;
}

/**
 * Takes a turn, or a place among those who wait for it, the oldest run first. A run of a workflow inside the one that has the
 * turn does not wait: nothing would end then. Asked again it answers the same, or that the turn has come.
 * @returns the run that is waited for; `undefined` when the turn is this run's
 */
export async function claimTurn(
  ctx: Context,
  turn: string,
  run: Pick<Run, 'id' | 'created_at'>,
): Promise<string | undefined> {
  for (;;) {
    const before = (await callScript(ctx.redis, 'claimTurn', turnKeys(ctx, turn), [run.id, run.created_at])) as string;
    if (before === run.id) return undefined;
    if (run.id.startsWith(`${before}.`)) {
      await ctx.redis.zrem(turnKeys(ctx, turn)[1], run.id);
      return undefined;
    }
    const other = await readHead(ctx, before);
    if (other !== undefined && !isEnded(other.status)) return before;
    // It ended in a crash, or retention took it: nobody else would give its turn back.
    await dropTurn(ctx, turn, before);
  }
}

/** Gives a turn back, also one that was only waited for, and starts the run whose turn it is. */
export async function leaveTurn(ctx: Context, turn: string, id: string): Promise<void> {
  const next = await dropTurn(ctx, turn, id);
  const run = next === null ? undefined : await readHead(ctx, next);
  if (run !== undefined) await wake(ctx, run);
}

/** Takes a run out of a turn, and says which run may have it now. */
async function dropTurn(ctx: Context, turn: string, id: string): Promise<string | null> {
  return (await callScript(ctx.redis, 'leaveTurn', turnKeys(ctx, turn), [id])) as string | null;
}

/** The runs of a turn that have not ended: who has it, and who waits. */
export async function readTurn(ctx: Context, turn: string): Promise<{ holder: Run | undefined; waiting: string[] }> {
  const [holderKey, waitingKey] = turnKeys(ctx, turn);
  const [id, waiting] = await Promise.all([ctx.redis.get(holderKey), ctx.redis.zrange(waitingKey, '0', '-1')]);
  const holder = id === null ? undefined : await readHead(ctx, id);
  return { holder: holder !== undefined && isEnded(holder.status) ? undefined : holder, waiting };
}

/** string: the run that has the turn; zset of run ids that wait for it, by when they were made. Live as long as such runs. */
function turnKeys(ctx: Context, turn: string): [string, string] {
  return [ctx.keys.other('turn', turn), ctx.keys.other('turn-waiting', turn)];
}
