import { queryOptions } from '@tanstack/react-query';
import { getTriggerHealth, getWorkflow, listWorkflows, type WorkflowSummary } from 'penstock-client';
import { ask } from './api-error.ts';
import { everyItem } from './every-item.ts';

/** Every workflow of the tenant, for names and filters. */
export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: ({ signal }) => everyItem<WorkflowSummary>((query) => ask(listWorkflows({ query, signal }))),
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
