import { queryOptions } from '@tanstack/react-query';
import { listLinkedAccounts } from 'penstock-client';
import { ask } from './api-error.ts';
import { everyItem } from './every-item.ts';

/** Every linked account of the tenant, for switchers, names and filters. */
export const accountsQuery = queryOptions({
  queryKey: ['linked-accounts'],
  queryFn: ({ signal }) => everyItem((query) => ask(listLinkedAccounts({ query, signal }))),
  staleTime: 30_000,
});
