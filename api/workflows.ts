import type { JsonObject } from '../connector/manifest.ts';
import { showPage } from '../engine/store/list-pages.ts';
import type { Metadata } from '../engine/store/metadata.ts';
import { etagOfWorkflow } from '../engine/workflows/etag.ts';
import { listWorkflows } from '../engine/workflows/workflow-list.ts';
import { getWorkflow } from '../engine/workflows/workflows.ts';
import { etagHeader } from './http/if-match.ts';
import { listRoute } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { METADATA_FILTER, NAME_FILTER, ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { workflowChangeRoutes } from './workflow-changes.ts';
import { showWorkflow, summarizeWorkflow } from './workflow-views.ts';

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

/** `/v1/workflows`: a trigger and steps. `{id}` takes an id or a name. */
export function workflowRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
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
        const read = await Promise.allSettled(items.map((workflow) => summarizeWorkflow(ctx, workflow, recent_runs)));
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
    ...workflowChangeRoutes(serving),
  ];
}
