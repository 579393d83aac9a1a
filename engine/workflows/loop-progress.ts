import { readStates, type StepState } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Loop } from '../runs/run.ts';
import { transact } from '../store/records.ts';

/**
 * How far a loop is. Items that began and whose end was not seen are kept by themselves, so that the work does not grow with the number of
 * items, and a crash before an item's run was written is seen.
 */
export interface LoopProgress {
  /** First item that has not begun. */
  next: number;
  /** Items whose runs are to be there, and had not ended. */
  open: readonly number[];
  /** Items that failed or were canceled. */
  failed: number;
}

/** What is to be done about a loop. */
export interface LoopStep {
  progress: LoopProgress;
  /** Items whose runs are to be written. */
  start: readonly number[];
  isDone: boolean;
}

/** What follows for a loop from the states of its open items. Pure: asked again for the same, it answers the same. */
export function stepOfLoop(
  { next, open, failed }: LoopProgress,
  states: readonly StepState[],
  { items, concurrency, on_error, isCanceled }: Loop & { isCanceled: boolean },
): LoopStep {
  const hasEnded = (i: number) => states[i] !== 'open' && states[i] !== 'none';
  const allFailed = failed + states.filter((state) => state === 'failed' || state === 'canceled').length;
  const isStopping = isCanceled || (allFailed > 0 && on_error === 'stop');
  const missing = open.filter((_, i) => states[i] === 'none' && !isStopping);
  const still = open.filter((_, i) => !hasEnded(i) && (states[i] === 'open' || !isStopping));
  const last = isStopping ? next : Math.max(next, Math.min(items, next + concurrency - still.length));
  const begun = Array.from({ length: last - next }, (_, i) => next + i);
  const progress = { next: last, open: [...still, ...begun], failed: allFailed };
  return {
    progress,
    start: [...missing, ...begun],
    isDone: progress.open.length === 0 && (isStopping || last >= items),
  };
}

/**
 * Looks after the items of a loop: notes which have ended, and which are to begin. Many ends of items may do this at once, in several
 * processes: a note is written only where nobody has written another since it was read.
 */
export async function advanceProgress(
  ctx: Context,
  run: { id: string; loop: Loop; isCanceled: boolean; itemIds: (open: readonly number[]) => string[] },
): Promise<LoopStep> {
  const key = ctx.keys.run(run.id);
  for (;;) {
    const [next, open, failed] = await ctx.redis.hmget(key, 'loop_next', 'loop_open', 'loop_failed');
    const before = { next: Number(next ?? 0), open: parseOpen(open ?? ''), failed: Number(failed ?? 0) };
    const states = await readStates(ctx, run.itemIds(before.open));
    const step = stepOfLoop(before, states, { ...run.loop, isCanceled: run.isCanceled });
    const after = step.progress;
    const text = after.open.join();
    if (next != null && after.next === before.next && text === (open ?? '')) return step;
    const refused = await transact(
      ctx,
      [
        ['exists', key],
        ['free', key, 'loop_next', String(before.next)],
        open ? ['field', key, 'loop_open', open] : ['free', key, 'loop_open', ''],
      ],
      [['HSET', key, 'loop_next', after.next, 'loop_open', text, 'loop_failed', after.failed]],
    );
    if (refused === undefined) return step;
    // A run that is gone has nothing left to do.
    if (refused.check === 0) return { progress: before, start: [], isDone: false };
  }
}

function parseOpen(text: string): number[] {
  return text === '' ? [] : text.split(',').map(Number);
}
