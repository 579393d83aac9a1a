import type { Actor } from '../access/actor.ts';
import { engineActor } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import type { Metadata } from '../store/metadata.ts';
import type { Check, Write } from '../store/records.ts';
import { loadDefinition, revealDefinition } from './definitions.ts';
import { draftChange, readDraft, shownDefinition } from './drafts.ts';
import { checkIfMatch, etagOfWorkflow, type IfMatch } from './etag.ts';
import { checkWorkflow } from './workflow-check.ts';
import { type By, changeWorkflow, notedBy, type Workflow } from './workflow-record.ts';

/** What can be changed of a workflow without its definition. */
export interface WorkflowPatch {
  name?: string;
  description?: string;
  metadata?: Metadata;
}

/**
 * Changes what a workflow is called, or its metadata, which replaces the one before. A name or description makes a version of the
 * published one and publishes it, secrets included; while nothing was published, it changes the draft and makes no version.
 * Metadata alone makes no version. @throws ConnectorError as `updateWorkflow`
 */
export async function patchWorkflow(
  ctx: Context,
  tenant: string,
  change: { id: string; patch: WorkflowPatch; ifMatch?: IfMatch | undefined } & By,
): Promise<Workflow> {
  const { metadata, ...words } = change.patch;
  const noted = notedBy(change, 'update', () => ({ fields: Object.keys(change.patch) }));
  return changeWorkflow(ctx, { tenant, id: change.id, noted }, async (before) => {
    checkIfMatch('the workflow', { ifMatch: change.ifMatch, current: etagOfWorkflow(before) });
    const updated_at = ctx.clock.now();
    const after: Workflow = { ...before, updated_at, ...(metadata === undefined ? {} : { metadata }) };
    if (Object.keys(words).length === 0) return { after };
    if (before.version === 0) {
      const draft = await wordDraft(ctx, before, { words, actor: change.actor });
      return { after: { ...after, name: words.name ?? before.name }, ...draft };
    }
    const stored = await loadDefinition(ctx, before.id, before.version);
    const wanted = { ...revealDefinition(ctx, before, stored), ...words, publish: true };
    const { metadata: _none, ...definition } = await checkWorkflow(ctx, tenant, wanted);
    const latest = before.latest + 1;
    return { after: { ...after, name: definition.name, version: latest, latest }, definition };
  });
}

/** Name and description in the draft of a workflow that was never published. */
async function wordDraft(
  ctx: Context,
  workflow: Workflow,
  { words, actor }: { words: Omit<WorkflowPatch, 'metadata'>; actor: Actor | undefined },
): Promise<{ checks: Check[]; writes: Write[] }> {
  const before = await readDraft(ctx, workflow);
  const definition = { ...(before?.definition ?? (await shownDefinition(ctx, workflow))), ...words };
  return draftChange(ctx, workflow, { before, definition, actor: actor ?? engineActor(workflow.tenant) });
}
