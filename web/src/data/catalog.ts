import { queryOptions } from '@tanstack/react-query';
import {
  type ActionSummary,
  type Connector,
  listActions,
  listConnectors,
  listTriggers,
  type TriggerSummary,
} from 'penstock-client';
import { ask } from './api-error.ts';

const PAGE = 200;

/** What an installation can do. It changes only with another version, so it is read once. */
export interface Catalog {
  connectors: Connector[];
  actions: ActionSummary[];
  triggers: TriggerSummary[];
}

/** Every connector, action and trigger, without their schemas. */
export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: async ({ signal }): Promise<Catalog> => {
    const [connectors, actions, triggers] = await Promise.all([
      everyItem((cursor) => ask(listConnectors({ query: { limit: PAGE, cursor }, signal }))),
      everyItem((cursor) => ask(listActions({ query: { limit: PAGE, cursor }, signal }))),
      everyItem((cursor) => ask(listTriggers({ query: { limit: PAGE, cursor }, signal }))),
    ]);
    return { connectors, actions, triggers };
  },
  staleTime: Number.POSITIVE_INFINITY,
});

async function everyItem<Item>(
  load: (cursor: string | undefined) => Promise<{ items: Item[]; next_cursor?: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await load(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
