import { ConnectorError } from '../../connector/errors.ts';
import type { ValueRef } from '../artifacts/artifact-store.ts';
import type { Context } from '../runs/context.ts';
import { placesBelow } from '../secrets/secret-places.ts';
import { derivedId, timeOfId } from '../store/ids.ts';
import { checkRunAccount, needsRunAccount } from './account-of-run.ts';
import { type ChildPlace, deadlineOf, type Started, writeEnded } from './child-write.ts';
import { loadDefinition } from './definitions.ts';
import type { Evaluated } from './step-scope.ts';
import { submitWorkflow } from './submit-workflow.ts';
import { getWorkflow, publishedVersion } from './workflows.ts';

/** Workflows that run workflows that run workflows: deeper is a circle. */
const MAX_DEEP = 10;
/** A loop of the most items whose items each run a workflow with one more inside fits; loops within loops grow without end. */
const MAX_RUNS_PER_ROOT = 20_000;
/** After the last of them began. */
const ROOT_KEPT_MS = 7 * 86_400_000;
const INPUT = '/input';

/**
 * Begins the workflow of a `core.run_workflow` step. It is the step's own run: nothing waits for it, its end is the step's end.
 * With `wait: false` it is a run by itself, and the step has ended.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a workflow that is disabled, has only drafts, or runs itself
 */
export async function startSubWorkflow(
  ctx: Context,
  at: ChildPlace,
  { input, refs = {}, places }: Evaluated,
): Promise<Started> {
  const { run, step } = at;
  const workflow = await getWorkflow(ctx, run.tenant, String(input.workflow));
  if (!workflow.enabled) {
    throw new ConnectorError('ERR_CONFLICT', `the workflow "${workflow.name}" is disabled`, {
      hint: 'Enable it, or remove the step that runs it.',
    });
  }
  const version = publishedVersion(workflow);
  const depth = (run.depth ?? 0) + 1;
  if (depth > MAX_DEEP) {
    throw new ConnectorError('ERR_CONFLICT', `"${workflow.name}" would be nested ${depth} levels deep`, {
      hint: 'Look for workflows that run each other.',
    });
  }
  const root = run.root ?? run.id;
  await countRun(ctx, root, workflow.name);
  const definition = await loadDefinition(ctx, workflow.id, version);
  // The workflow inside runs on the account of the one around it unless the step names another.
  const given = input.linked_account ?? (needsRunAccount(definition) ? run.linked_account : undefined);
  const linkedAccount = given === undefined ? undefined : String(given);
  const linked_account = await checkRunAccount(ctx, run.tenant, { definition, linkedAccount });
  const request = {
    workflow: workflow.id,
    version,
    trigger: input.input ?? {},
    trigger_refs: below(refs),
    secret_places: placesBelow('/input', places),
    depth,
    root,
    linked_account,
  };
  if (input.wait === false) {
    const id = derivedId('run', timeOfId(at.id), ['detached', at.id]);
    await submitWorkflow(ctx, run.tenant, { ...request, id });
    return writeEnded(ctx, at, { status: 'succeeded', output: { run: id, output: null } });
  }
  const step_of = {
    parent: at.parent,
    step: step.id,
    ...deadlineOf(ctx, step),
    ...(at.item && { item_index: at.item.index }),
  };
  await submitWorkflow(ctx, run.tenant, { ...request, id: at.id, step_of });
  return 'open';
}

/** Counts a run among those that one root run has begun, in all depths. @throws ConnectorError ERR_CONFLICT for one too many */
async function countRun(ctx: Context, root: string, name: string): Promise<void> {
  const key = ctx.keys.other('runs-of-root', root);
  const [[, count] = []] = (await ctx.redis.multi().incr(key).pexpire(key, ROOT_KEPT_MS).exec()) ?? [];
  if (Number(count) <= MAX_RUNS_PER_ROOT) return;
  const message = `"${name}" would be workflow run ${count} started by run ${root}; the limit is ${MAX_RUNS_PER_ROOT}`;
  throw new ConnectorError('ERR_CONFLICT', message, {
    hint: 'Look for workflows that run each other, or for nested loops. Split the work into several runs.',
  });
}

/** The references under the property `input`, whose value is what the workflow is started with. */
function below(refs: Record<string, ValueRef>): Record<string, ValueRef> {
  const own = Object.entries(refs).filter(([pointer]) => pointer === INPUT || pointer.startsWith(`${INPUT}/`));
  return Object.fromEntries(own.map(([pointer, ref]) => [pointer.slice(INPUT.length), ref]));
}
