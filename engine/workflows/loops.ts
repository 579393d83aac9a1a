import { ConnectorError, type ErrorRecord, toErrorRecord } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import { placesBelow, type SecretPlace, type SecretPlaces } from '../keys/secret-places.ts';
import { loadInput } from '../runs/inputs.ts';
import { loadOutput } from '../runs/outputs.ts';
import { readMany } from '../runs/run-list.ts';
import { hideOfRun, sealedOutput, secretsOfRun } from '../runs/run-secrets.ts';
import type { RunEnd } from '../runs/run-writes.ts';
import { writeRun } from '../runs/run-writes.ts';
import { type Run, readHead } from '../runs/runs.ts';
import { storeValue } from '../runs/values.ts';
import { callScript } from '../scripts.ts';
import { itemRunId, stepRunIds } from './child-runs.ts';
import { type ChildPlace, childRun, type Started, writeEnded } from './child-write.ts';
import { loadDefinition } from './definitions.ts';
import { startItem } from './start-item.ts';
import { evaluateInput } from './step-scope.ts';
import type { ForEach } from './workflow-schema.ts';

/** The outputs of more items would not fit into memory at once. */
const MOST_ITEMS = 10_000;
const BATCH = 500;

/**
 * Begins the loop of a step: a run whose children are the runs of its items. No items: it has ended.
 * @throws ConnectorError ERR_EXPRESSION, ERR_INPUT_INVALID when the items are no list, or too many
 */
export async function startLoop(ctx: Context, at: ChildPlace, forEach: ForEach): Promise<Started> {
  const { input, refs, places } = await evaluateInput(ctx, at, { items: forEach.items }, ['items']);
  const { shown, sealed } = hideOfRun(ctx, input, { tenant: at.run.tenant, run: at.id, part: 'input', places });
  const run = {
    ...childRun(ctx, at, 'workflow'),
    ...(refs === undefined ? {} : { input_refs: refs }),
    ...(sealed === undefined ? {} : { sealed_input: sealed }),
    input: shown,
  };
  const items = itemsOf(await loadInput(ctx, run), at.step.id);
  if (items.length === 0) return writeEnded(ctx, at, { status: 'succeeded', output: { items: [] } });
  const stored = await storeValue(ctx, shown, { run: run.id, part: 'in' });
  const { concurrency, on_error } = forEach;
  await writeRun(
    ctx,
    {
      ...run,
      loop: { items: items.length, concurrency, on_error },
      ...('artifact' in stored ? { input: null, input_artifact: stored.artifact } : {}),
    },
    { kind: 'bulk', most: 0 },
  );
  return 'open';
}

/** Carries a loop on: begins items up to as many at once as it may, or gives its end. May be called at any time, also twice at once. */
export async function advanceLoop(ctx: Context, run: Run): Promise<{ run: Run; end: RunEnd } | undefined> {
  const { items: count, concurrency, on_error } = run.loop!;
  for (;;) {
    const [open, failed, isDone, ...missing] = (await callScript(
      ctx.redis,
      'advanceLoop',
      [ctx.keys.run(run.id)],
      [ctx.keys.prefix, run.id, count, concurrency, on_error, run.cancel_requested_at === undefined ? '0' : '1'],
    )) as [number, number, number, ...string[]];
    if (isDone === 1) return { run, end: await endOf(ctx, run, failed) };
    if (missing.length === 0) return undefined;
    void open;
    if (!(await startItems(ctx, run, missing.map(Number)))) return undefined;
  }
}

/** True when one of them ended at once, so that there is room for another. */
async function startItems(ctx: Context, run: Run, indexes: number[]): Promise<boolean> {
  const definition = await loadDefinition(ctx, run.workflow!, run.workflow_version!);
  const parent = await readHead(ctx, run.parent!);
  const self = await whole(ctx, run);
  const items = itemsOf(await loadInput(ctx, self), run.step!);
  const { places } = secretsOfRun(ctx, self, 'input');
  if (parent === undefined) return false;
  const { step } = definition.plan.steps.get(run.step!)!;
  const children = stepRunIds(parent, definition);
  let hasEnded = false;
  for (const index of indexes) {
    const started = await startItem(ctx, {
      run: parent,
      definition,
      children,
      item: { value: items[index], index, places: placesOfItem(places, index) },
      id: itemRunId(run.id, index),
      parent: run.id,
      step,
    });
    hasEnded ||= started === 'ended';
  }
  return hasEnded;
}

async function endOf(ctx: Context, run: Run, failed: number): Promise<RunEnd> {
  const { items: count, on_error } = run.loop!;
  if (run.cancel_requested_at !== undefined) {
    return { status: 'canceled', error: toErrorRecord(new ConnectorError('ERR_CANCELED', 'the run was canceled')) };
  }
  const outputs: unknown[] = [];
  const places = new Map<string, SecretPlace>();
  const errors: (Pick<ErrorRecord, 'code' | 'message'> | null)[] = [];
  let first: Run | undefined;
  for (let from = 0; from < count; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => itemRunId(run.id, from + i));
    for (const child of await readMany(ctx, ids)) {
      if (child !== undefined && child.status !== 'succeeded') first ??= child;
      if (child?.sealed_output !== undefined) {
        for (const [pointer, place] of secretsOfRun(ctx, child, 'output').places)
          places.set(`/items/${outputs.length}${pointer}`, place);
      }
      outputs.push(child?.status === 'succeeded' ? ((await loadOutput(ctx, child, 'open')) ?? null) : null);
      errors.push(child?.error === undefined ? null : { code: child.error.code, message: child.error.message });
    }
    if (first !== undefined && on_error === 'stop') break;
  }
  if (first === undefined || on_error === 'continue') {
    const output = { items: outputs, ...(failed === 0 ? {} : { failed, errors }) };
    const hidden = hideOfRun(ctx, output, { tenant: run.tenant, run: run.id, part: 'output', places });
    return { status: 'succeeded', output: hidden.shown, ...sealedOutput(hidden) };
  }
  const error = first.error ?? toErrorRecord(new ConnectorError('ERR_STEP_FAILED', 'no reason was given'));
  return { status: 'failed', error: { ...error, message: `item ${first.item_index} failed: ${error.message}` } };
}

/** Of a list that is secret as a whole, each item is. */
function placesOfItem(places: SecretPlaces, index: number): SecretPlaces {
  const [whole] = ['/items', ''].flatMap((pointer) => places.get(pointer) ?? []);
  return whole === undefined ? placesBelow(`/items/${index}`, places) : new Map([['', whole]]);
}

/** A run's head has not its input. */
async function whole(ctx: Context, run: Run): Promise<Run> {
  if (run.input_artifact !== undefined || run.input !== undefined) return run;
  return (await readMany(ctx, [run.id]))[0] ?? run;
}

function itemsOf(input: unknown, step: string): unknown[] {
  const { items } = (input ?? {}) as { items?: unknown };
  if (items === undefined || items === null) return [];
  if (!Array.isArray(items)) {
    throw new ConnectorError('ERR_INPUT_INVALID', `the items of step "${step}" are not a list`, {
      hint: 'Give for_each an expression whose value is a list, such as {{ trigger.rows }}.',
      errors: [{ pointer: '/for_each/items', message: 'is not a list' }],
    });
  }
  if (items.length <= MOST_ITEMS) return items;
  throw new ConnectorError('ERR_INPUT_INVALID', `step "${step}" has ${items.length} items, more than ${MOST_ITEMS}`, {
    hint: 'Take smaller pages, or a step that takes the list as a whole.',
    errors: [{ pointer: '/for_each/items', message: `has more than ${MOST_ITEMS} items` }],
  });
}
