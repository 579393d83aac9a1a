import { ConnectorError, type ErrorRecord, toErrorRecord } from '../../connector/errors.ts';
import { itemRunId } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type OpenRun, type Run, type RunEnd } from '../runs/run.ts';
import { writeRun } from '../runs/run-writes.ts';
import { readHead } from '../runs/runs.ts';
import { type ChildPlace, childRun, type Started, writeEnded } from './child-write.ts';
import { stepRunIds } from './children.ts';
import { loadDefinition } from './definitions.ts';
import { dropItems, keepItems, openItems } from './loop-items.ts';
import { gatherOutputs, itemRuns } from './loop-outputs.ts';
import { advanceProgress } from './loop-progress.ts';
import { startItem } from './start-item.ts';
import { evaluateInput } from './step-scope.ts';
import type { ForEach } from './workflow-schema.ts';

/**
 * Begins the loop of a step: a run whose children are the runs of its items. No items: it has ended.
 * @throws ConnectorError ERR_EXPRESSION, ERR_INPUT_INVALID when the items are no list
 */
export async function startLoop(ctx: Context, at: ChildPlace, forEach: ForEach): Promise<Started> {
  // The items are copied: not once more for a step that has begun.
  if ((await readHead(ctx, at.id)) !== undefined) return 'open';
  const evaluated = await evaluateInput(ctx, at, { items: forEach.items }, ['items']);
  const items = await keepItems(ctx, evaluated, at);
  if (items.count === 0) {
    await dropItems(ctx, items);
    return writeEnded(ctx, at, { status: 'succeeded', output: { items: [] } });
  }
  const { concurrency, on_error } = forEach;
  const loop = { items: items.count, concurrency, on_error };
  const run: OpenRun = {
    ...childRun(ctx, at),
    kind: 'workflow',
    loop: { ...loop, ...(items.pages && { pages: items.pages }) },
    ...items.fields,
  };
  const isNew = await writeRun(ctx, run, { kind: 'bulk', most: 0 });
  if (!isNew) await dropItems(ctx, items);
  return 'open';
}

/** Items whose runs are written at once: a round trip for each was most of the time that a loop of many took to begin. */
const STARTED_TOGETHER = 10;

/** Continues a loop: begins items up to as many at once as it may, or gives its end. May be called at any time, also twice at once. */
export async function advanceLoop(ctx: Context, run: Run): Promise<{ run: Run; end: RunEnd } | undefined> {
  const at = {
    id: run.id,
    loop: run.loop!,
    isCanceled: run.cancel_requested_at !== undefined,
    itemIds: (open: readonly number[]) => open.map((index) => itemRunId(run.id, index)),
  };
  for (;;) {
    const { start, progress, isDone } = await advanceProgress(ctx, at);
    if (isDone) return { run, end: await endOf(ctx, run, progress.failed) };
    if (start.length === 0) return undefined;
    if (!(await startItems(ctx, run, start))) return undefined;
  }
}

/** True when one of them ended at once, so that there is room for another. */
async function startItems(ctx: Context, run: Run, indexes: readonly number[]): Promise<boolean> {
  const [definition, parent, items] = await Promise.all([
    loadDefinition(ctx, run.workflow!, run.workflow_version!),
    readHead(ctx, run.parent!),
    openItems(ctx, run),
  ]);
  if (parent === undefined) return false;
  const { step } = definition.plan.steps.get(run.step!)!;
  const children = stepRunIds(parent, definition);
  const start = async (index: number) =>
    startItem(ctx, {
      run: parent,
      definition,
      children,
      item: { ...(await items.at(index)), index },
      id: itemRunId(run.id, index),
      parent: run.id,
      step,
    });
  let hasEnded = false;
  for (let from = 0; from < indexes.length; from += STARTED_TOGETHER) {
    const started = await Promise.all(indexes.slice(from, from + STARTED_TOGETHER).map(start));
    hasEnded ||= started.includes('ended');
  }
  return hasEnded;
}

async function endOf(ctx: Context, run: Run, failed: number): Promise<RunEnd> {
  if (run.cancel_requested_at !== undefined) {
    return { status: 'canceled', error: toErrorRecord(new ConnectorError('ERR_CANCELED', 'the run was canceled')) };
  }
  try {
    if (failed > 0 && run.loop!.on_error === 'stop') return { status: 'failed', error: await firstFailure(ctx, run) };
    return { status: 'succeeded', ...(await gatherOutputs(ctx, run, failed)) };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { status: 'failed', error: toErrorRecord(error) };
  }
}

async function firstFailure(ctx: Context, run: Run): Promise<ErrorRecord> {
  for await (const { child, index } of itemRuns(ctx, run)) {
    if (child === undefined || child.status === 'succeeded' || !isEnded(child.status)) continue;
    const error = child.error ?? toErrorRecord(new ConnectorError('ERR_STEP_FAILED', 'no reason was given'));
    return { ...error, message: `item ${index} failed: ${error.message}` };
  }
  return toErrorRecord(new ConnectorError('ERR_STEP_FAILED', 'an item failed, and its run was deleted'));
}
