import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import type { Actor } from '../access/actor.ts';
import { engineActor } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { newId } from '../store/ids.ts';
import { METADATA_SCHEMA, type Metadata } from '../store/metadata.ts';
import { quotaCheck } from '../store/quotas.ts';
import { draftChange, readDraft, saveDraft } from './drafts.ts';
import { checkIfMatch, etagOfWorkflow, type IfMatch } from './etag.ts';
import { insertWorkflow, type Workflow } from './workflow-record.ts';
import { workflowSchema } from './workflow-schema.ts';

/** What is saved with `publish: false`: a draft, of which only what the record of the workflow takes is checked. */
const body = compileSchema({
  type: 'object',
  required: ['name'],
  properties: { name: (workflowSchema.schema.properties as JsonObject).name!, metadata: METADATA_SCHEMA },
});

type Body = JsonObject & { name: string; metadata?: Metadata };

/** Whether a body asks for a draft in place of a version. */
export function isUnpublished(given: unknown): boolean {
  return given !== null && typeof given === 'object' && (given as { publish?: unknown }).publish === false;
}

/**
 * Makes a workflow that has a draft and no version: nothing runs it before the draft is published. The draft may be incomplete.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_NAME_TAKEN, ERR_QUOTA_EXCEEDED
 */
export async function createUnpublished(
  ctx: Context,
  tenant: string,
  { given, actor }: { given: unknown; actor?: Actor | undefined },
): Promise<Workflow> {
  const { publish: _publish, metadata, ...definition } = body.check(given, 'workflow') as Body;
  const now = ctx.clock.now();
  const after: Workflow = {
    id: newId('wf', now),
    tenant,
    name: definition.name,
    version: 0,
    latest: 0,
    enabled: false,
    ...(metadata === undefined ? {} : { metadata }),
    created_at: now,
    updated_at: now,
  };
  const draft = draftChange(ctx, after, { before: undefined, definition, actor: actor ?? engineActor(tenant) });
  const checks = [quotaCheck(ctx, { tenant, name: 'workflows' }), ...draft.checks];
  const noted = actor === undefined ? undefined : { actor, verb: 'create' };
  return insertWorkflow(ctx, { after, checks, writes: draft.writes }, noted);
}

/**
 * Stores what a workflow is to become as its draft; the workflow stays as it is. `ifMatch` is of the workflow.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_QUOTA_EXCEEDED; ERR_CONFLICT when it has a draft
 */
export async function saveUnpublished(
  ctx: Context,
  workflow: Workflow,
  { given, ifMatch, actor }: { given: unknown; ifMatch?: IfMatch | undefined; actor?: Actor | undefined },
): Promise<Workflow> {
  checkIfMatch('the workflow', { ifMatch, current: etagOfWorkflow(workflow) });
  const { publish: _publish, ...definition } = body.check(given, 'workflow') as Body;
  if ((await readDraft(ctx, workflow)) !== undefined) {
    throw new ConnectorError('ERR_CONFLICT', `the workflow "${workflow.name}" already has a draft`, {
      hint: `Read it and change it: GET and PUT /v1/workflows/${workflow.id}/draft.`,
    });
  }
  await saveDraft(ctx, workflow, { definition, isNew: true, actor: actor ?? engineActor(workflow.tenant) });
  return workflow;
}
