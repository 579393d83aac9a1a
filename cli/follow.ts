import type { ErrorRecord } from '../connector/errors.ts';
import { indentedJson, printAnswer, printFields } from './answer.ts';
import { type Json, path } from './client.ts';
import type { Call } from './command.ts';
import { runErrorLines } from './problem.ts';
import { note, paint, print, type Shell, showProgress } from './shell.ts';
import { duration, table, time } from './table.ts';

/** The API holds an answer for at most this long; then it is asked again. */
const WAIT_SECONDS = 60;
/** Rows of a result that are shown to a person. */
const MAX_ROWS = 50;
const ENDED = ['succeeded', 'failed', 'canceled'];
const PROGRESS_MS = 1000;

/** The header that asks the API to hold its answer until the run ends. */
export const WAIT_HEADER = { prefer: `wait=${WAIT_SECONDS}` };

/** Waits for the end of a run, with its status on a terminal meanwhile. Ctrl-C leaves the run going and says so. */
export async function waitForEnd(call: Call, run: Json): Promise<Json> {
  const { shell, client } = call;
  const progress = setInterval(
    () => showProgress(shell, `${run.id}  ${statusOf(run)}  ${duration(run.created_at, undefined)}`),
    PROGRESS_MS,
  );
  const leave = () => {
    showProgress(shell, '');
    note(shell, `The run continues. Follow it with: npx penstock runs tail ${run.id}`);
  };
  shell.signal.addEventListener('abort', leave, { once: true });
  try {
    while (!ENDED.includes(run.status))
      run = await client.call('GET', path`/v1/runs/${run.id}`, { headers: WAIT_HEADER });
    return run;
  } finally {
    clearInterval(progress);
    shell.signal.removeEventListener('abort', leave);
    showProgress(shell, '');
  }
}

/** Prints a run that ended or continues; the exit code says whether it failed. */
export function printOutcome(call: Call, run: Json): number {
  printAnswer(call, run, () => showOutcome(call.shell, run));
  return exitCodeOf(run);
}

/** 1 for a run that failed or was canceled; one that continues counts as done. */
export function exitCodeOf(run: Json): number {
  return run.status === 'failed' || run.status === 'canceled' ? 1 : 0;
}

function showOutcome(shell: Shell, run: Json): void {
  if (run.output !== undefined && run.output !== null) showOutput(shell, run.output);
  if (run.output?.preview === true) {
    const all = `npx penstock runs output ${run.id}`;
    print(shell, `Showing the first of ${run.output.row_count ?? 'many'} rows. Get all of them with: ${all}`);
  }
  if (run.artifact)
    print(shell, `The output has ${run.artifact.size} bytes. Get it with: npx penstock runs output ${run.id}`);
  for (const line of run.error ? runErrorLines(run.error as ErrorRecord) : []) note(shell, paint(shell, 'red', line));
  const took = run.finished_at ? ` in ${duration(run.started_at ?? run.created_at, run.finished_at)}` : '';
  note(shell, `${run.id} ${paintStatus(shell, run)}${took}`);
  if (!ENDED.includes(run.status)) note(shell, `Follow it with: npx penstock runs tail ${run.id}`);
  if (run.status === 'failed') note(shell, `Run it again with: npx penstock runs replay ${run.id}`);
}

/** The rows of a statement as a table, anything else as JSON. */
function showOutput(shell: Shell, output: Json): void {
  const { rows } = output;
  if (!Array.isArray(rows) || rows.length === 0) {
    print(shell, indentedJson(output));
    return;
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  for (const line of table(
    shell,
    columns,
    rows.slice(0, MAX_ROWS).map((row) => columns.map((column) => row[column])),
  ))
    print(shell, line);
  if (rows.length > MAX_ROWS) note(shell, `… and ${rows.length - MAX_ROWS} more rows. Use --json to get all of them.`);
}

/** A run with everything that a person looks for: what, where, how often it was tried, what came of it. */
export function showRun(shell: Shell, run: Json): void {
  printFields(shell, {
    id: run.id,
    status: paintStatus(shell, run),
    action: run.action,
    workflow: run.workflow,
    step: run.step,
    linked_account: run.linked_account,
    parent: run.parent,
    replay_of: run.replay_of,
    replayed_by: run.replayed_by,
    dead_letter: run.dead_letter ? 'the event batch was dead-lettered; replay the run to deliver it' : undefined,
    created_at: time(run.created_at),
    took: run.started_at && duration(run.started_at, run.finished_at),
    attempts: run.attempts,
    launches: run.launches?.length ? run.launches : undefined,
    input: run.input,
    output: run.output,
    artifact: run.artifact,
    warnings: run.warnings?.length ? run.warnings : undefined,
  });
  for (const line of run.error ? runErrorLines(run.error as ErrorRecord) : []) print(shell, paint(shell, 'red', line));
  if (run.steps?.length) showSteps(shell, run.steps);
  if (run.steps_next_cursor === undefined) return;
  note(shell, `These are from the first 200 of ${run.loop.items} items.`);
  note(shell, `List the others with: npx penstock runs list --parent ${run.id}`);
  note(shell, 'Add --status failed for those that failed.');
}

/** The runs of a workflow's steps, in their order. */
function showSteps(shell: Shell, steps: Json[]): void {
  const rows = steps.map((step) => [
    step.step ?? step.item_index,
    step.skipped ? 'skipped' : statusOf(step),
    step.started_at && duration(step.started_at, step.finished_at),
    step.id,
    step.error?.code,
  ]);
  for (const line of table(shell, ['STEP', 'STATUS', 'TOOK', 'RUN', 'ERROR'], rows)) print(shell, line);
}

/** The status of a run; one that waits for a person says so. */
export function statusOf({ status, pending_approvals: pending }: Json): string {
  return pending > 0 ? 'waiting for approval' : status;
}

/** The same in its color. */
export function paintStatus(shell: Shell, run: Json): string {
  return paint(shell, run.status === 'succeeded' ? 'green' : run.status === 'failed' ? 'red' : 'yellow', statusOf(run));
}
