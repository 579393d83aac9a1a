import { ConnectorError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';
import { usageCheck, usageWrite } from '../store/quotas.ts';
import type { Write } from '../store/records.ts';
import { sealDefinition } from './definition-secrets.ts';
import { type Definition, definitionKey } from './definitions.ts';
import type { Draft } from './drafts.ts';
import { checkWorkflow } from './workflow-check.ts';
import { planOf } from './workflow-plan.ts';
import { changeWorkflow, type Workflow } from './workflow-record.ts';
import { type WorkflowDefinition, workflowSchema } from './workflow-schema.ts';

/** Snapshots that are kept of one workflow; a run of an older one can no longer continue or be replayed. */
const MAX_SNAPSHOTS = 50;

/**
 * Keeps a draft as it is now for one run, beside the versions: its number is below 0. It is checked as a version is.
 * @throws ConnectorError ERR_INPUT_INVALID with every validation error, ERR_QUOTA_EXCEEDED
 */
export async function snapshotDraft(ctx: Context, workflow: Workflow, draft: Draft): Promise<number> {
  const { id, tenant } = workflow;
  const { metadata: _metadata, ...definition } = await checkWorkflow(ctx, tenant, draft.definition);
  const text = stringifyJson(sealDefinition(ctx, workflow, definition));
  const after = await changeWorkflow(ctx, { tenant, id }, async (before) => {
    const number = (before.snapshots ?? 0) + 1;
    const oldest = definitionKey(ctx, id, -(number - MAX_SNAPSHOTS));
    const freed = number > MAX_SNAPSHOTS ? await ctx.redis.strlen(oldest) : 0;
    const amount = Buffer.byteLength(text) - freed;
    return {
      after: { ...before, snapshots: number },
      checks: [usageCheck(ctx, { tenant, name: 'workflow_bytes', amount })],
      writes: [
        ['SET', definitionKey(ctx, id, -number), text],
        ...(number > MAX_SNAPSHOTS ? [['DEL', oldest] as Write] : []),
        usageWrite(ctx, { tenant, name: 'workflow_bytes', amount }),
      ],
    };
  });
  return -after.snapshots!;
}

/** Keys of the snapshots that are kept of a workflow. */
export function snapshotKeys(ctx: Context, { id, snapshots = 0 }: Workflow): string[] {
  const count = Math.min(snapshots, MAX_SNAPSHOTS);
  return Array.from({ length: count }, (_, i) => definitionKey(ctx, id, i - snapshots));
}

/**
 * One step of a draft, as a definition that has only this step: the rest of the draft may be incomplete.
 * @throws ConnectorError ERR_INPUT_INVALID when the step is not there, or is itself incomplete
 */
export function definitionOfStep(ctx: Context, workflow: Workflow, { definition }: Draft, stepId: string): Definition {
  const found = findStep(definition, stepId);
  if (found === undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', `the draft has no step "${stepId}"`, {
      errors: [{ pointer: '/step', message: 'is not a step of the draft' }],
    });
  }
  // What decides when it starts does not matter to a test.
  const { needs: _needs, on_error: _onError, if: _if, ...step } = found;
  const { variables, secrets } = definition;
  const alone = workflowSchema.check(
    {
      name: workflow.name,
      trigger: { id: 'core.manual' },
      steps: [step],
      ...(variables === undefined ? {} : { variables }),
      ...(secrets === undefined ? {} : { secrets }),
    },
    'the step of the draft',
  ) as WorkflowDefinition;
  const stored = sealDefinition(ctx, workflow, structuredClone(alone));
  return { ...stored, plan: planOf(stored) };
}

/** A step at any depth: in error branches and in `on_failure`, too. */
function findStep(value: unknown, id: string): JsonObject | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return first(value, (item) => findStep(item, id));
  const part = value as JsonObject;
  if (part.id === id && typeof part.action === 'string') return part;
  return first([part.steps, part.on_error, part.on_failure], (inner) => findStep(inner, id));
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
