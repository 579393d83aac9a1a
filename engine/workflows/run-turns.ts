import { createHmac } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { writeField } from '../runs/runs.ts';
import { claimTurn, keyTurn, leaveTurn, scheduleTurn } from '../runs/turns.ts';
import { linkSecret } from '../secrets/signed-links.ts';
import { evaluateOne } from './step-scope.ts';
import type { WorkflowRun } from './workflow-failure.ts';

const POINTER = '/concurrency_key';
const MAX_KEY_LENGTH = 1000;
const DIGEST = 'sha256:';

/**
 * Whether a workflow's run may start its steps: it has the turn of its schedule and that of its concurrency key. The key is
 * evaluated once; nothing or an empty text is no key. A run that must wait is started by the end of the one before it.
 * @throws ConnectorError ERR_EXPRESSION
 */
export async function hasTurns(ctx: Context, of: WorkflowRun): Promise<boolean> {
  const { run, definition } = of;
  if (run.turn === undefined && definition.concurrency_key === undefined) return true;
  if (definition.concurrency_key !== undefined && run.concurrency_key === undefined) {
    run.concurrency_key = await keyOf(ctx, of, definition.concurrency_key);
    await writeField(ctx, run, 'concurrency_key', run.concurrency_key);
  }
  for (const turn of turnsOf(run)) {
    const before = await claimTurn(ctx, turn, run);
    if (before === undefined) continue;
    if (run.waits_for !== before) await writeField(ctx, run, 'waits_for', before);
    return false;
  }
  if (run.waits_for !== undefined && run.waits_for !== '') await writeField(ctx, run, 'waits_for', '');
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

/** A key is shown and kept with its run: what was made of a secret, as its digest. @throws ConnectorError ERR_EXPRESSION */
async function keyOf(ctx: Context, of: WorkflowRun, template: string): Promise<string> {
  const { value, isSecret } = await evaluateOne(ctx, of, { template, pointer: POINTER });
  if (value === undefined || value === null || value === '') return '';
  const key = typeof value === 'string' ? value : stringifyJson(value);
  if (isSecret) return digestOf(ctx, of.run, key);
  if (key.length <= MAX_KEY_LENGTH) return key;
  const message = `returned a text of ${key.length} characters; the limit is ${MAX_KEY_LENGTH}`;
  throw new ConnectorError('ERR_EXPRESSION', `the expression at ${POINTER} ${message}`, {
    hint: 'Use an id, such as {{ trigger.customer }}.',
    errors: [{ pointer: POINTER, message }],
  });
}

/** The same for the same key; nobody without the secret of links can try keys out. */
async function digestOf(ctx: Context, { tenant, workflow }: Run, key: string): Promise<string> {
  const digest = createHmac('sha256', await linkSecret(ctx)).update(`concurrency/${tenant}/${workflow}/${key}`);
  return `${DIGEST}${digest.digest('hex')}`;
}
