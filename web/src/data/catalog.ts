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
import { everyItem } from './every-item.ts';

/** A tenant's own connectors change while the app is open, by another program; what is shown is at most so old when a page is opened. */
export const FRESH_MS = 60_000;

/** What an installation can do, with the connectors of the tenant's own. */
export interface Catalog {
  connectors: Connector[];
  actions: ActionSummary[];
  triggers: TriggerSummary[];
}

/** Every connector, with its kinds of login. */
export const connectorsQuery = queryOptions({
  queryKey: ['connectors', 'all'],
  queryFn: ({ signal }) => everyItem((query) => ask(listConnectors({ query, signal }))),
  staleTime: FRESH_MS,
});

/** Every trigger, without its schemas. */
export const triggersQuery = queryOptions({
  queryKey: ['triggers', 'all'],
  queryFn: ({ signal }) => everyItem((query) => ask(listTriggers({ query, signal }))),
  staleTime: FRESH_MS,
});

/** Every connector, action and trigger, without their schemas. */
export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: async ({ client, signal }): Promise<Catalog> => {
    const [connectors, actions, triggers] = await Promise.all([
      client.fetchQuery(connectorsQuery),
      everyItem((query) => ask(listActions({ query, signal }))),
      client.fetchQuery(triggersQuery),
    ]);
    return { connectors, actions, triggers };
  },
  staleTime: FRESH_MS,
});
