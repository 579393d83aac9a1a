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

/** What an installation can do. */
export interface Catalog {
  connectors: Connector[];
  actions: ActionSummary[];
  triggers: TriggerSummary[];
}

/** Every connector, with its kinds of login. Like all of the catalog, it changes only with another version, so it is read once. */
export const connectorsQuery = queryOptions({
  queryKey: ['connectors', 'all'],
  queryFn: ({ signal }) => everyItem((query) => ask(listConnectors({ query, signal }))),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Every trigger, without its schemas. */
export const triggersQuery = queryOptions({
  queryKey: ['triggers', 'all'],
  queryFn: ({ signal }) => everyItem((query) => ask(listTriggers({ query, signal }))),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Every connector, action and trigger, without their schemas. */
export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: async ({ client, signal }): Promise<Catalog> => {
    const [connectors, actions, triggers] = await Promise.all([
      client.ensureQueryData(connectorsQuery),
      everyItem((query) => ask(listActions({ query, signal }))),
      client.ensureQueryData(triggersQuery),
    ]);
    return { connectors, actions, triggers };
  },
  staleTime: Number.POSITIVE_INFINITY,
});
