import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import type { Context } from '../runs/context.ts';
import { deliveryOf } from '../runs/deliveries.ts';
import { submitAction } from '../runs/submit.ts';
import type { SecretPlaces } from '../secrets/secret-places.ts';
import { isRunAccount } from './account-of-run.ts';
import { type ChildPlace, deadlineOf, type Started, writeEnded } from './child-write.ts';
import { openStepInput } from './definitions.ts';
import { hideGuarded } from './guarded-evaluation.ts';
import { listProperties } from './lists.ts';
import { evaluateInput } from './step-scope.ts';
import { startSubWorkflow } from './sub-workflows.ts';
import { RUN_WORKFLOW } from './workflow-check.ts';

/**
 * Begins the one run of a step, or of one item of its loop. What cannot begin gets a run that has failed.
 * Doing it twice does it once.
 */
export async function startItem(ctx: Context, at: ChildPlace): Promise<Started> {
  const { run, step, item } = at;
  let secret: SecretPlaces = new Map();
  try {
    const schema = ctx.manifests.actions.get(step.action)?.manifest.input ?? {};
    const workflow = { id: run.workflow!, tenant: run.tenant };
    const template = openStepInput(ctx, workflow, at.definition, step.id);
    const { input, refs, places } = await evaluateInput(ctx, at, template, listProperties(schema));
    secret = places;
    if (step.action === RUN_WORKFLOW) return await startSubWorkflow(ctx, at, { input, refs, places });
    await submitAction(ctx, run.tenant, {
      request: {
        action: step.action,
        linked_account: isRunAccount(step.linked_account) ? run.linked_account : step.linked_account,
        authentication: step.authentication,
        input,
        options: step.options,
      },
      origin: {
        id: at.id,
        purpose: 'step',
        parent: at.parent,
        step: step.id,
        workflow: run.workflow!,
        workflow_version: run.workflow_version!,
        secret_places: places,
        input_refs: refs,
        item_index: item?.index,
        retry: step.retry,
        ...deadlineOf(ctx, step),
        ...deliveryOf(run, step, item?.index),
      },
    });
    return 'open';
  } catch (error) {
    // A check of the input repeats what was given.
    return failToStart(ctx, at, hideGuarded(error, secret));
  }
}

/** A run that says why a step could not begin. @throws what is no ConnectorError */
export async function failToStart(ctx: Context, at: ChildPlace, error: unknown): Promise<Started> {
  if (!(error instanceof ConnectorError)) throw error;
  const record = toErrorRecord(error);
  return writeEnded(ctx, at, { status: 'failed', error: { ...record, message: `could not start: ${record.message}` } });
}
