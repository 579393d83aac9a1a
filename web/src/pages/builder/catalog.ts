import { queryOptions, useQuery } from '@tanstack/react-query';
import {
  type ActionSummary,
  getAction,
  getTrigger,
  listActions,
  listTriggers,
  type TriggerSummary,
} from 'penstock-client';
import { ask } from '../../data/api-error.ts';

const PAGE = 200;
const FRESH_MS = 300_000;

async function all<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; next_cursor?: string | null }>,
) {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const { items: more, next_cursor } = await page(cursor);
    items.push(...more);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

/** Every action of the installation, by id. */
const actionsQuery = queryOptions({
  queryKey: ['catalog', 'actions'],
  queryFn: async ({ signal }) => {
    const actions = await all((cursor) => ask(listActions({ query: { limit: PAGE, cursor }, signal })));
    return new Map(actions.map((action) => [action.id, action]));
  },
  staleTime: FRESH_MS,
});

/** Every trigger of the installation, by id. */
const triggersQuery = queryOptions({
  queryKey: ['catalog', 'triggers'],
  queryFn: async ({ signal }) => {
    const triggers = await all((cursor) => ask(listTriggers({ query: { limit: PAGE, cursor }, signal })));
    return new Map(triggers.map((trigger) => [trigger.id, trigger]));
  },
  staleTime: FRESH_MS,
});

/** What can be chosen. Both are undefined until they are loaded. */
export function useCatalog(): {
  actions: ReadonlyMap<string, ActionSummary> | undefined;
  triggers: ReadonlyMap<string, TriggerSummary> | undefined;
} {
  const { data: actions } = useQuery(actionsQuery);
  const { data: triggers } = useQuery(triggersQuery);
  return { actions, triggers };
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
