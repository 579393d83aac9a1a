import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import type { Caller } from '../engine/access/actor.ts';
import { audit, type Change } from '../engine/access/audit.ts';
import { mayAct } from '../engine/access/roles.ts';
import type { Context } from '../engine/context.ts';
import { readCursor } from '../engine/cursors/cursors.ts';
import { incomingWebhookUrl } from '../engine/polling/incoming-webhooks.ts';
import { TRIGGER_STATES, viewTrigger } from '../engine/polling/trigger-view.ts';
import { RUN_STATUSES, type Run } from '../engine/runs/run.ts';
import { showPage } from '../engine/store/list-pages.ts';
import { METADATA_SCHEMA, type Metadata } from '../engine/store/metadata.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { loadDefinition, showDefinition } from '../engine/workflows/definitions.ts';
import { accountsOf, countOpenRuns, newestRuns, workflowsRunning } from '../engine/workflows/usage.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import { type WorkflowDefinition, workflowSchema } from '../engine/workflows/workflow-schema.ts';
import { warningsOf } from '../engine/workflows/workflow-warnings.ts';
import {
  createWorkflow,
  deleteWorkflow,
  etagOfWorkflow,
  getWorkflow,
  listWorkflows,
  patchWorkflow,
  setEnabled,
  updateWorkflow,
  type WorkflowPatch,
} from '../engine/workflows/workflows.ts';
import { DELETION_QUERY, type DeletionQuery, deletionAnswers } from './deletions.ts';
import { MAX_DEFINITION_BYTES } from './http/body.ts';
import { etagHeader, IF_MATCH_HEADER, ifMatchOf } from './http/if-match.ts';
import { listRoute } from './http/list-route.ts';
import { type Call, type Route, route } from './http/route.ts';
import {
  ANY_OBJECT,
  COUNT,
  METADATA,
  METADATA_FILTER,
  NAME_FILTER,
  object,
  ref,
  TEXT,
  TEXTS,
  TIME,
} from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const brief: JsonObject = {
  id: TEXT,
  name: TEXT,
  version: { ...COUNT, description: 'The published version, which new runs use; 0 while there are only drafts.' },
  latest: { ...COUNT, description: 'The newest version, published or draft.' },
  enabled: { type: 'boolean' },
  created_at: TIME,
  updated_at: TIME,
};

/** What a definition may hold beside its trigger and steps. */
export const definitionOptional: JsonObject = {
  description: TEXT,
  variables: ANY_OBJECT,
  secrets: { ...ANY_OBJECT, description: 'Names of the secrets. Their values are never shown.' },
  concurrency_key: TEXT,
  on_failure: { ...ANY_OBJECT, description: '`steps` that run once after a run fails.' },
  notify: {
    type: 'array',
    items: { type: 'string', enum: ['failed', 'succeeded'] },
    description: 'Which ends of runs emit events.',
  },
  timeout_seconds: { type: 'number', description: 'Time limit of a whole run.' },
};

/** Runs that the list of workflows shows with each. */
const MAX_RECENT_RUNS = 20;
const RECENT_RUNS: JsonObject = {
  title: 'Recent runs',
  type: 'integer',
  minimum: 0,
  maximum: MAX_RECENT_RUNS,
  default: 0,
  description: 'How many of its newest runs to show with each workflow.',
};

const { name: NAME, description: DESCRIPTION } = (workflowSchema.schema as { properties: Record<string, JsonObject> })
  .properties as { name: JsonObject; description: JsonObject };
const PATCH_BODY: JsonObject = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { name: NAME, description: DESCRIPTION, metadata: METADATA_SCHEMA },
};

export const workflowSchemas: JsonObject = {
  WorkflowSummary: object(
    {
      ...brief,
      linked_accounts: { ...TEXTS, description: 'Ids of the linked accounts that its trigger and steps use.' },
      trigger: object(
        { id: TEXT, state: { type: 'string', enum: [...TRIGGER_STATES] } },
        {
          linked_account: TEXT,
          dead_letters_open: COUNT,
          future_rows: COUNT,
          next_tick_at: { ...TIME, description: 'Omitted when none is planned.' },
          lag: { ...ANY_OBJECT, description: 'See the health of the trigger.' },
        },
      ),
    },
    {
      metadata: METADATA,
      recent_runs: {
        type: 'array',
        description: 'Its newest runs, newest first; only with the query parameter `recent_runs`.',
        items: object(
          { id: TEXT, status: { type: 'string', enum: [...RUN_STATUSES] }, created_at: TIME },
          { finished_at: TIME, code: { ...TEXT, description: 'Error code.' } },
        ),
      },
    },
  ),
  Workflow: object(
    { ...brief, trigger: ANY_OBJECT, steps: { type: 'array', items: ANY_OBJECT } },
    {
      ...definitionOptional,
      metadata: METADATA,
      warnings: {
        type: 'array',
        description: 'Warnings about the definition. In the response to a save, they refer to the saved version.',
        items: object({
          pointer: { ...TEXT, description: 'JSON pointer into the workflow.' },
          code: TEXT,
          message: TEXT,
        }),
      },
      url: {
        ...TEXT,
        description:
          'URL for incoming webhooks. Anyone who knows it can start the workflow, so it is hidden from viewers.',
      },
    },
  ),
};

/** `/v1/workflows`: a trigger and steps. `{id}` takes an id or a name. */
export function workflowRoutes({ ctx }: Serving): Route[] {
  const turn = (word: 'enable' | 'disable', enabled: boolean) =>
    route({
      method: 'POST',
      path: `/v1/workflows/{id}/${word}`,
      operation: `${word}_workflow`,
      tag: 'Workflows',
      summary: enabled
        ? 'Enable a workflow: its trigger starts. The cursor is kept.'
        : 'Disable a workflow: its trigger stops. The cursor is kept.',
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const { id } = await getWorkflow(ctx, call.caller.tenant, call.params.id!);
        const workflow = await setEnabled(ctx, call.caller.tenant, { id, enabled, actor: call.caller });
        return { status: 200, body: await showWorkflow(ctx, workflow, call.caller) };
      },
    });
  return [
    listRoute<{ name?: string; metadata?: Metadata; recent_runs: number }>({
      path: '/v1/workflows',
      operation: 'list_workflows',
      tag: 'Workflows',
      summary: 'List workflows, newest first.',
      filter: { ...NAME_FILTER, ...METADATA_FILTER, recent_runs: RECENT_RUNS },
      item: 'WorkflowSummary',
      page: 'A page of workflow summaries.',
      async read({ caller, query: { name, metadata, recent_runs } }, page) {
        const { items, ...rest } = await listWorkflows(ctx, caller.tenant, { ...page, name, metadata });
        const read = await Promise.allSettled(items.map((workflow) => summarize(ctx, workflow, recent_runs)));
        const shown = items.map(({ id }, i) => ({ id, summary: read[i]! }));
        return showPage(
          ctx,
          'workflow',
          { items: shown, ...rest },
          {
            idOf: ({ id }) => id,
            read({ summary }) {
              if (summary.status === 'fulfilled') return summary.value;
              throw summary.reason;
            },
          },
        );
      },
    }),
    route({
      method: 'POST',
      path: '/v1/workflows',
      operation: 'create_workflow',
      maxBodyBytes: MAX_DEFINITION_BYTES,
      isSecret: true,
      tag: 'Workflows',
      summary: 'Create a workflow and start its trigger unless `enabled` is false.',
      body: workflowSchema.schema,
      bodyCheck: 'engine',
      answers: {
        201: { description: 'The workflow.', schema: ref('Workflow'), headers: { Location: 'Path of the workflow.' } },
      },
      async handle(call) {
        const workflow = await createWorkflow(ctx, call.caller.tenant, call.body ?? {}, { actor: call.caller });
        return {
          status: 201,
          headers: { location: `/v1/workflows/${workflow.id}`, ...etagHeader(etagOfWorkflow(workflow)) },
          body: await showSaved(ctx, workflow, call.caller),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/workflows/{id}',
      operation: 'get_workflow',
      tag: 'Workflows',
      summary: 'Get a workflow with its definition.',
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle({ caller, params }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        return {
          status: 200,
          headers: etagHeader(etagOfWorkflow(workflow)),
          body: await showWorkflow(ctx, workflow, caller),
        };
      },
    }),
    route({
      method: 'PUT',
      path: '/v1/workflows/{id}',
      operation: 'update_workflow',
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag: 'Workflows',
      summary: 'Save a new version of a workflow. Runs in flight keep their version, and the cursor is kept.',
      description:
        'With `publish: false`, the version is a draft and new runs keep using the published version. Concurrent requests are saved one after the other, each as its own version. Whether the workflow is enabled does not change.',
      body: workflowSchema.schema,
      bodyCheck: 'engine',
      requestHeaders: IF_MATCH_HEADER,
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const { id } = await getWorkflow(ctx, call.caller.tenant, call.params.id!);
        const workflow = await updateWorkflow(ctx, call.caller.tenant, {
          id,
          ifMatch: ifMatchOf(call.request),
          body: call.body ?? {},
          actor: call.caller,
        });
        return {
          status: 200,
          headers: etagHeader(etagOfWorkflow(workflow)),
          body: await showSaved(ctx, workflow, call.caller),
        };
      },
    }),
    route<unknown, WorkflowPatch>({
      method: 'PATCH',
      path: '/v1/workflows/{id}',
      operation: 'patch_workflow',
      tag: 'Workflows',
      summary: 'Change the name, the description or the metadata of a workflow, and nothing else.',
      description:
        'Metadata is replaced as a whole, and makes no version. A name or a description makes a version of the published one, with its secrets; while nothing is published, one that is not published. The draft keeps its own name and description.',
      body: PATCH_BODY,
      requestHeaders: IF_MATCH_HEADER,
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle({ caller, params, body, request }) {
        const { id } = await getWorkflow(ctx, caller.tenant, params.id!);
        const change = { id, patch: body, ifMatch: ifMatchOf(request), actor: caller };
        const workflow = await patchWorkflow(ctx, caller.tenant, change);
        return {
          status: 200,
          headers: etagHeader(etagOfWorkflow(workflow)),
          body: await showWorkflow(ctx, workflow, caller),
        };
      },
    }),
    route<DeletionQuery>({
      method: 'DELETE',
      path: '/v1/workflows/{id}',
      operation: 'delete_workflow',
      tag: 'Workflows',
      summary: 'Delete a workflow with its trigger and cursor. Its runs are kept.',
      query: DELETION_QUERY,
      answers: deletionAnswers('WorkflowDeletion'),
      async handle(call) {
        const workflow = await getWorkflow(ctx, call.caller.tenant, call.params.id!);
        if (call.query.dry_run === true) return { status: 200, body: await previewDeletion(ctx, workflow) };
        await deleteWorkflow(ctx, call.caller.tenant, workflow.id, { actor: call.caller });
        return { status: 204 };
      },
    }),
    turn('enable', true),
    turn('disable', false),
  ];
}

async function previewDeletion(ctx: Context, workflow: Workflow) {
  const { trigger } = await loadDefinition(ctx, workflow.id, shownVersion(workflow));
  return {
    dry_run: true,
    open_runs: await countOpenRuns(ctx, workflow.id),
    delivered: (await readCursor(ctx, workflow.id)).events,
    has_url: ctx.manifests.triggers.get(trigger.id)?.kind === 'webhook',
    workflows: await workflowsRunning(ctx, workflow),
  };
}

async function summarize(ctx: Context, workflow: Workflow, recentRuns: number) {
  const definition = await loadDefinition(ctx, workflow.id, shownVersion(workflow));
  const { id, linked_account } = definition.trigger;
  const { state, lag, futureRows, deadLettersOpen, nextTickAt } = await viewTrigger(ctx, workflow);
  const runs = recentRuns === 0 ? [] : await newestRuns(ctx, workflow.id, recentRuns);
  return {
    ...head(workflow),
    linked_accounts: accountsOf(definition),
    ...(recentRuns === 0 ? {} : { recent_runs: runs.map(showRecent) }),
    trigger: {
      id,
      state,
      ...(linked_account === undefined ? {} : { linked_account }),
      ...(lag === undefined ? {} : { lag }),
      ...(futureRows === undefined ? {} : { future_rows: futureRows }),
      ...(deadLettersOpen === undefined ? {} : { dead_letters_open: deadLettersOpen }),
      ...(nextTickAt === undefined ? {} : { next_tick_at: toTimestamp(nextTickAt) }),
    },
  };
}

function showRecent({ id, status, created_at, finished_at, error }: Run) {
  return {
    id,
    status,
    created_at: toTimestamp(created_at),
    ...(finished_at === undefined ? {} : { finished_at: toTimestamp(finished_at) }),
    ...(error === undefined ? {} : { code: error.code }),
  };
}

/**
 * The workflow with its published definition, or with the newest draft while nothing is published. The URL that starts it is
 * shown to those who may run it.
 */
export async function showWorkflow(ctx: Context, workflow: Workflow, { role }: Caller) {
  const definition = showDefinition(await loadDefinition(ctx, workflow.id, shownVersion(workflow)));
  const isIncomingWebhook = ctx.manifests.triggers.get(definition.trigger.id)?.kind === 'webhook';
  const url = isIncomingWebhook && mayAct(role, 'operator') ? { url: await incomingWebhookUrl(ctx, workflow) } : {};
  return { ...head(workflow), ...partsOf(definition), warnings: warningsOf(ctx, definition), ...url };
}

/** The answer to saving: also what a person should know of the version that was saved. */
export async function showSaved(ctx: Context, workflow: Workflow, caller: Caller) {
  const saved = await loadDefinition(ctx, workflow.id, workflow.latest);
  return { ...(await showWorkflow(ctx, workflow, caller)), warnings: warningsOf(ctx, saved) };
}

/** A definition without what is in the workflow's own record. */
export function partsOf(definition: WorkflowDefinition) {
  const { name: _name, enabled: _enabled, publish: _publish, metadata: _metadata, ...parts } = definition;
  return parts;
}

function shownVersion({ version, latest }: Workflow): number {
  return version === 0 ? latest : version;
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

/** Records who did what to a workflow. */
export async function noteWorkflow(
  ctx: Context,
  { caller }: Call,
  { verb, workflow, details }: { verb: string; workflow: Workflow; details?: Record<string, unknown> },
): Promise<void> {
  const { id, name, version } = workflow;
  const target = { kind: 'workflow', id, name };
  const change: Change = { action: `workflow.${verb}`, target, details: { version, ...details } };
  await audit(ctx, caller, change);
}

/** @throws ConnectorError ERR_CONFLICT when the workflow is disabled */
export function assertEnabled(workflow: Workflow): void {
  if (workflow.enabled) return;
  throw new ConnectorError('ERR_CONFLICT', `the workflow "${workflow.name}" is disabled`, {
    hint: `Enable it first: POST /v1/workflows/${workflow.id}/enable.`,
  });
}
