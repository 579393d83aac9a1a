import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { DEFAULT_LIMIT, notAPosition } from '../engine/store/list-pages.ts';
import { type Definition, loadDefinition, showDefinition } from '../engine/workflows/definitions.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import { getWorkflow, publishWorkflow } from '../engine/workflows/workflows.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { definitionOptional } from './workflow-schemas.ts';
import { partsOf, showWorkflow } from './workflow-views.ts';

const VERSION = /^[1-9]\d{0,8}$/;

const PUBLISH_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    version: {
      title: 'Version',
      type: 'integer',
      minimum: 1,
      description: 'Default: the newest version. Pass an earlier version to roll back.',
    },
  },
};

const brief: JsonObject = {
  version: COUNT,
  name: TEXT,
  status: {
    type: 'string',
    enum: ['published', 'draft', 'earlier'],
    description:
      '`published`: new runs use it. `earlier`: it was published before. `draft`: stored by an earlier Penstock, and not published when it was stored.',
  },
};

export const workflowVersionSchemas: JsonObject = {
  WorkflowVersionSummary: object(brief),
  WorkflowVersion: object(
    { ...brief, trigger: ANY_OBJECT, steps: { type: 'array', items: ANY_OBJECT } },
    definitionOptional,
  ),
};

/** `/v1/workflows/{id}/versions`: what a workflow was and is. None of them ever changes. */
export function workflowVersionRoutes({ ctx }: Serving): Route[] {
  const tag = 'Workflows';
  return [
    listRoute({
      path: '/v1/workflows/{id}/versions',
      operation: 'list_workflow_versions',
      tag,
      summary: 'List the versions of a workflow, newest first.',
      item: 'WorkflowVersionSummary',
      page: 'A page of version summaries.',
      async read({ caller, params }, { limit = DEFAULT_LIMIT, after }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        if (after !== undefined && !VERSION.test(after)) throw notAPosition();
        const newest = after === undefined ? workflow.latest : Math.min(workflow.latest, Number(after) - 1);
        const count = Math.max(0, Math.min(limit, newest));
        const numbers = Array.from({ length: count }, (_, i) => newest - i);
        const found = await Promise.all(numbers.map((version) => loadDefinition(ctx, workflow.id, version)));
        const items = found.map((definition, i) => summarize(workflow, numbers[i]!, definition));
        return { items, next: newest > count ? String(newest - count + 1) : undefined };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/versions/{version}',
      operation: 'get_workflow_version',
      tag,
      summary: 'Get a version of a workflow.',
      answers: { 200: { description: 'The version.', schema: ref('WorkflowVersion') } },
      async handle({ caller, params }) {
        const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
        const version = versionOf(params.version!);
        const definition = await loadDefinition(ctx, workflow.id, version);
        const body = { ...summarize(workflow, version, definition), ...partsOf(showDefinition(definition)) };
        return { status: 200, body };
      },
    }),
    route<unknown, { version?: number }>({
      method: 'POST',
      path: '/v1/workflows/{id}/publish',
      operation: 'publish_workflow',
      tag,
      summary: 'Publish a version of a workflow. New runs use it.',
      description:
        'The version is validated again, because accounts or actions may have been deleted since. The cursor is kept.',
      body: PUBLISH_BODY,
      answers: { 200: { description: 'The workflow.', schema: ref('Workflow') } },
      async handle(call) {
        const workflow = await publishWorkflow(ctx, call.caller.tenant, {
          id: call.params.id!,
          version: call.body.version,
          actor: call.caller,
        });
        return { status: 200, body: await showWorkflow(ctx, workflow, call.caller) };
      },
    }),
  ];
}

function summarize(workflow: Workflow, version: number, { name, publish }: Pick<Definition, 'name' | 'publish'>) {
  const status = version === workflow.version ? 'published' : publish ? 'earlier' : 'draft';
  return { version, name, status };
}

function versionOf(text: string): number {
  if (VERSION.test(text)) return Number(text);
  throw new ConnectorError('ERR_INPUT_INVALID', `"${text}" is not a version number`, {
    hint: 'Version numbers start at 1.',
    errors: [{ pointer: '/version', message: 'is not a version number' }],
  });
}
