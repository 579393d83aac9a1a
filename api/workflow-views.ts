import type { Caller } from '../engine/access/actor.ts';
import { mayAct } from '../engine/access/roles.ts';
import type { Context } from '../engine/context.ts';
import { readCursor } from '../engine/cursors/cursors.ts';
import { viewTrigger } from '../engine/polling/trigger-view.ts';
import type { Run } from '../engine/runs/run.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { type Definition, loadDefinition, showDefinition } from '../engine/workflows/definitions.ts';
import { currentWebhook } from '../engine/workflows/service-webhooks.ts';
import { accountsOf, countOpenRuns, newestRuns, workflowsRunning } from '../engine/workflows/usage.ts';
import { incomingWebhookUrl } from '../engine/workflows/webhook-url.ts';
import { shownVersion, type Workflow } from '../engine/workflows/workflow-record.ts';
import type { WorkflowDefinition } from '../engine/workflows/workflow-schema.ts';
import { warningsOf } from '../engine/workflows/workflow-warnings.ts';

/** A workflow in a list: with its trigger's health, and its newest runs where they are asked for. */
export async function summarizeWorkflow(ctx: Context, workflow: Workflow, recentRuns: number) {
  const definition = await shownDefinition(ctx, workflow);
  const { id, linked_account } = definition?.trigger ?? {};
  const { state, lag, futureRows, deadLettersOpen, nextTickAt } = await viewTrigger(ctx, workflow);
  const runs = recentRuns === 0 ? [] : await newestRuns(ctx, workflow.id, recentRuns);
  return {
    ...head(workflow),
    linked_accounts: definition === undefined ? [] : accountsOf(definition),
    ...(recentRuns === 0 ? {} : { recent_runs: runs.map(showRecent) }),
    trigger: {
      state,
      ...(id === undefined ? {} : { id }),
      ...(linked_account === undefined ? {} : { linked_account }),
      ...(lag === undefined ? {} : { lag }),
      ...(futureRows === undefined ? {} : { future_rows: futureRows }),
      ...(deadLettersOpen === undefined ? {} : { dead_letters_open: deadLettersOpen }),
      ...(nextTickAt === undefined ? {} : { next_tick_at: toTimestamp(nextTickAt) }),
    },
  };
}

function showRecent({ id, status, created_at, finished_at, error, pending_approvals }: Run) {
  return {
    id,
    status,
    created_at: toTimestamp(created_at),
    ...(finished_at === undefined ? {} : { finished_at: toTimestamp(finished_at) }),
    ...(error === undefined ? {} : { code: error.code }),
    ...(pending_approvals === undefined ? {} : { pending_approvals }),
  };
}

/**
 * The workflow with its published definition; of one that has only a draft, without. The URL that starts it is shown to those who
 * may run it.
 */
export async function showWorkflow(ctx: Context, workflow: Workflow, { role }: Caller) {
  const shown = await shownDefinition(ctx, workflow);
  if (shown === undefined) return { ...head(workflow), trigger: {}, steps: [], warnings: [] };
  const definition = showDefinition(shown);
  const url =
    startsByUrl(ctx, shown) && mayAct(role, 'operator') ? { url: await incomingWebhookUrl(ctx, workflow) } : {};
  const registered = currentWebhook(workflow);
  const service_webhook = registered && { id: registered.id, registered_at: toTimestamp(registered.registered_at) };
  return {
    ...head(workflow),
    ...partsOf(definition),
    warnings: warningsOf(ctx, definition),
    ...url,
    ...(service_webhook === undefined ? {} : { service_webhook }),
  };
}

/** What is lost with a workflow. */
export async function previewDeletion(ctx: Context, workflow: Workflow) {
  const definition = await shownDefinition(ctx, workflow);
  return {
    dry_run: true,
    open_runs: await countOpenRuns(ctx, workflow.id),
    delivered: (await readCursor(ctx, workflow.id)).events,
    has_url: definition !== undefined && startsByUrl(ctx, definition),
    workflows: await workflowsRunning(ctx, workflow),
  };
}

/** A definition without what is in the workflow's own record. */
export function partsOf(definition: WorkflowDefinition) {
  const { name: _name, enabled: _enabled, publish: _publish, metadata: _metadata, ...parts } = definition;
  return parts;
}

/** Undefined while there is only a draft. */
async function shownDefinition(ctx: Context, workflow: Workflow): Promise<Definition | undefined> {
  const version = shownVersion(workflow);
  return version === undefined ? undefined : loadDefinition(ctx, workflow.id, version);
}

function startsByUrl(ctx: Context, { trigger }: Pick<WorkflowDefinition, 'trigger'>): boolean {
  return ctx.manifests.triggers.get(trigger.id)?.kind === 'webhook';
}

function head({ id, name, version, latest, enabled, metadata, created_at, updated_at }: Workflow) {
  return {
    id,
    name,
    version,
    latest,
    enabled,
    ...(metadata === undefined ? {} : { metadata }),
    created_at: new Date(created_at).toISOString(),
    updated_at: new Date(updated_at).toISOString(),
  };
}
