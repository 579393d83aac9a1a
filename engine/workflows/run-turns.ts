import { stringifyJson } from '../../connector/json.ts';
import type { Context } from '../context.ts';
import { type Run, writeField } from '../runs/runs.ts';
import { evaluateOne } from './step-scope.ts';
import { claimTurn, keyTurn, leaveTurn, scheduleTurn } from './turns.ts';
import type { WorkflowRun } from './workflow-failure.ts';

/**
 * Whether a workflow's run may start its steps: it has the turn of its schedule and that of its concurrency key. The key is
 * evaluated once; nothing or an empty text is no key. A run that must wait is started by the end of the one before it.
 * @throws ConnectorError ERR_EXPRESSION
 */
export async function hasTurns(ctx: Context, of: WorkflowRun): Promise<boolean> {
  const { run, definition } = of;
  if (run.turn === undefined && definition.concurrency_key === undefined) return true;
  if (definition.concurrency_key !== undefined && run.concurrency_key === undefined) {
    run.concurrency_key = textOf(await evaluateOne(ctx, of, definition.concurrency_key));
    await writeField(ctx, run.id, 'concurrency_key', run.concurrency_key);
  }
  for (const turn of turnsOf(run)) {
    const before = await claimTurn(ctx, turn, run);
    if (before === undefined) continue;
    if (run.waits_for !== before) await writeField(ctx, run.id, 'waits_for', before);
    return false;
  }
  if (run.waits_for !== undefined && run.waits_for !== '') await writeField(ctx, run.id, 'waits_for', '');
  return true;
}

/** Gives back what turns a run has, or waits for. For a run without any it costs nothing. */
export async function leaveTurns(ctx: Context, run: Run): Promise<void> {
  for (const turn of turnsOf(run)) await leaveTurn(ctx, turn, run.id);
}

/** In the order in which they are taken, the same for all: two runs never wait for each other. */
function turnsOf({ workflow, turn, concurrency_key }: Run): string[] {
  return [
    ...(turn === undefined ? [] : [scheduleTurn(workflow!)]),
    ...(concurrency_key === undefined || concurrency_key === '' ? [] : [keyTurn(workflow!, concurrency_key)]),
  ];
}

function textOf(key: unknown): string {
  if (key === undefined || key === null) return '';
  return typeof key === 'string' ? key : stringifyJson(key);
}
