import { useQuery } from '@tanstack/react-query';
import { type ActionSummary, getAction, getTrigger, type TriggerSummary } from 'penstock-client';
import { ask } from '../../data/api-error.ts';
import { type Catalog, catalogQuery } from '../../data/catalog.ts';

const FRESH_MS = 300_000;

/** What can be chosen, by id. Both are undefined until they are loaded. */
export function useCatalog(): {
  actions: ReadonlyMap<string, ActionSummary> | undefined;
  triggers: ReadonlyMap<string, TriggerSummary> | undefined;
} {
  const { data } = useQuery({ ...catalogQuery, select: byId });
  return { actions: data?.actions, triggers: data?.triggers };
}

function byId({ actions, triggers }: Catalog) {
  return {
    actions: new Map(actions.map((action) => [action.id, action])),
    triggers: new Map(triggers.map((trigger) => [trigger.id, trigger])),
  };
}

/** An action with its schemas. */
export function useAction(id: string | undefined) {
  return useQuery({
    queryKey: ['action', id],
    queryFn: ({ signal }) => ask(getAction({ path: { id: id! }, signal })),
    enabled: id !== undefined && id !== '',
    staleTime: FRESH_MS,
  });
}

/** A trigger with its schemas. */
export function useTrigger(id: string | undefined) {
  return useQuery({
    queryKey: ['trigger', id],
    queryFn: ({ signal }) => ask(getTrigger({ path: { id: id! }, signal })),
    enabled: id !== undefined && id !== '',
    staleTime: FRESH_MS,
  });
}
