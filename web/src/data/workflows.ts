import { queryOptions } from '@tanstack/react-query';
import {
  getTriggerHealth,
  getWorkflow,
  listTriggers,
  listWorkflows,
  type TriggerSummary,
  type WorkflowSummary,
} from 'penstock-client';
import { ask } from './api-error.ts';

const PAGE = 200;

/** Every workflow of the tenant, for names and filters. */
export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: async ({ signal }) => {
    const workflows: WorkflowSummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(listWorkflows({ query: { limit: PAGE, cursor }, signal }));
      workflows.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return workflows;
  },
  staleTime: 30_000,
});

/** A workflow by its id or name. */
export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: ['workflow', id],
    queryFn: ({ signal }) => ask(getWorkflow({ path: { id }, signal })),
  });

/** How its trigger is doing. */
export const triggerHealthQuery = (id: string) =>
  queryOptions({
    queryKey: ['workflow', id, 'trigger'],
    queryFn: ({ signal }) => ask(getTriggerHealth({ path: { id }, signal })),
  });

/** Every trigger of the catalog, for titles and kinds. */
export const triggersQuery = queryOptions({
  queryKey: ['triggers'],
  queryFn: async ({ signal }) => {
    const triggers: TriggerSummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(listTriggers({ query: { limit: PAGE, cursor }, signal }));
      triggers.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return triggers;
  },
  staleTime: Number.POSITIVE_INFINITY,
});
