import { useQuery } from '@tanstack/react-query';
import type { WorkflowSummary } from 'penstock-client';
import { useMemo } from 'react';
import { workflowsQuery } from '../../data/workflows.ts';

/** Which workflows use an account with their trigger or a step; undefined until it is known. */
export interface Usage {
  of(account: string): readonly WorkflowSummary[] | undefined;
  query: { isPending: boolean; isError: boolean; error: unknown; refetch(): unknown };
}

export function useUsage(): Usage {
  const query = useQuery(workflowsQuery);
  const { data } = query;
  return useMemo(() => {
    const byAccount = new Map<string, WorkflowSummary[]>();
    for (const workflow of data ?? []) {
      for (const account of workflow.linked_accounts) {
        const known = byAccount.get(account);
        if (known === undefined) byAccount.set(account, [workflow]);
        else known.push(workflow);
      }
    }
    return { of: (account) => (data === undefined ? undefined : (byAccount.get(account) ?? [])), query };
  }, [data, query]);
}
