import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../runs/context.ts';
import { HIDDEN } from '../secrets/plain-names.ts';
import { type ChildPlace, type Started, writeEnded } from './child-write.ts';
import { startLoop } from './loops.ts';
import { failToStart, startItem } from './start-item.ts';
import { evaluateOne } from './step-scope.ts';

/** Characters of a text that a message shows. */
const MAX_SHOWN = 60;

/**
 * Begins a step: writes the run of its action, of its workflow, or of the loop over its items. A step whose `if` is not true
 * gets a run that has ended, as does one that cannot begin. Doing it twice does it once.
 */
export async function startStep(ctx: Context, at: ChildPlace): Promise<Started> {
  const { step } = at;
  try {
    if (step.if !== undefined && !isTrue(await evaluateOne(ctx, at, { template: step.if, pointer: '/if' }))) {
      return await writeEnded(ctx, at, { status: 'succeeded', skipped: true });
    }
    if (step.for_each !== undefined) return await startLoop(ctx, at, step.for_each);
  } catch (error) {
    return failToStart(ctx, at, error);
  }
  return startItem(ctx, at);
}

/**
 * As JSONata's $boolean: nothing, empty, zero and false are not true; a list is when one of its items is. A text is neither: "false"
 * and "0" would be true.
 * @throws ConnectorError ERR_EXPRESSION for a text
 */
function isTrue({ value, isSecret }: { value: unknown; isSecret: boolean }): boolean {
  if (typeof value === 'string') throw neither(isSecret ? HIDDEN : value);
  if (Array.isArray(value)) return value.some((item) => isTrue({ value: item, isSecret }));
  if (value !== null && typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}

function neither(text: string): ConnectorError {
  const shown = JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
  const message = `returned the text ${shown}, which is neither true nor false`;
  return new ConnectorError('ERR_EXPRESSION', `the expression at /if ${message}`, {
    hint: 'Compare it, such as {{ steps.a.output.state = "ready" }}, or check that it exists with $exists(...).',
    errors: [{ pointer: '/if', message }],
  });
}
