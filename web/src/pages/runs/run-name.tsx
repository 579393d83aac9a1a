import { useQuery } from '@tanstack/react-query';
import type { RunSummary } from 'penstock-client';
import { workflowsQuery } from '../../data/workflows.ts';

type Named = Pick<RunSummary, 'id' | 'action' | 'workflow' | 'step' | 'item_index'>;

/** What a run is called: its workflow's name or its action. A workflow that was deleted is known by its id. */
export function useRunName(): (run: Named) => string {
  const { data = [] } = useQuery(workflowsQuery);
  return ({ id, action, workflow }) => {
    if (action !== undefined) return action;
    return data.find((each) => each.id === workflow)?.name ?? workflow ?? id;
  };
}
