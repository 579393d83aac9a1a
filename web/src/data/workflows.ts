import { queryOptions } from '@tanstack/react-query';
import { listWorkflows, type WorkflowSummary } from 'penstock-client';
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
