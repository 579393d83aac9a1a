import type { Context } from '../context.ts';
import { type ChildPlace, type Started, writeEnded } from './child-write.ts';
import { startLoop } from './loops.ts';
import { failToStart, startItem } from './start-item.ts';
import { evaluateOne } from './step-scope.ts';

/**
 * Begins a step: writes the run of its action, of its workflow, or of the loop over its items. A step whose `if` is not true
 * gets a run that has ended, as does one that cannot begin. Doing it twice does it once.
 */
export async function startStep(ctx: Context, at: ChildPlace): Promise<Started> {
  const { step } = at;
  try {
    if (step.if !== undefined && !isTrue(await evaluateOne(ctx, at, step.if))) {
      return await writeEnded(ctx, at, { status: 'succeeded', skipped: '1' });
    }
    if (step.for_each !== undefined) return await startLoop(ctx, at, step.for_each);
  } catch (error) {
    return failToStart(ctx, at, error);
  }
  return startItem(ctx, at);
}

/** As JSONata's $boolean: nothing, empty, zero and false are not true; a list is when one of its items is. */
function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (value !== null && typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}
