import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import { beforeLaunch, isLaunch } from '../../actions/launch.ts';
import { inputError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import { parameterTexts } from './parameters.ts';
import { runStatement } from './result.ts';
import { inTransaction } from './transaction.ts';

interface StatementInput {
  statement: string;
  parameters?: unknown[];
  timeout_seconds: number;
}

/** What would end the transaction that a run is. Comments may stand before it. */
const TRANSACTION_CONTROL =
  /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b/i;

/** Runs a query in a transaction in which the server allows no write. */
export function advanceQuery(action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  return runOne({ action, call, io }, true);
}

/** Runs any statement in a transaction. */
export async function advanceExecute(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const control = TRANSACTION_CONTROL.exec((call.input as StatementInput).statement)?.[1];
  if (control !== undefined)
    throw inputError(
      '/statement',
      `begins with ${control.toUpperCase()}; each run is one transaction, which is committed at its end`,
    );
  await beforeLaunch(action, call, state, io);
  return runOne({ action, call, io }, false);
}

async function runOne(
  { action, call, io }: { action: Action; call: ActionCall; io: Io },
  isReadOnly: boolean,
): Promise<Step> {
  const { statement, parameters = [], timeout_seconds: timeoutSeconds } = call.input as StatementInput;
  const options = {
    action,
    purpose: 'start' as const,
    isReadOnly,
    timeoutSeconds,
    isLaunch: isLaunch(call),
    isFree: true,
  };
  const { columns, rows, rowCount, artifact } = await inTransaction(io, options, async (transaction) => {
    const texts = await parameterTexts(transaction, statement, parameters);
    return runStatement(transaction, io, { statement, parameters: texts, inline: call.inline });
  });
  const output = { columns, rows, row_count: rowCount };
  if (artifact === undefined) return { kind: 'done', output: { ...output, preview: false } };
  const { rows: _, ...about } = artifact;
  return { kind: 'done', output: { ...output, preview: true, artifact: about }, previews: { rows: artifact } };
}
