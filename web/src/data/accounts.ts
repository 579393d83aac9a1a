import { queryOptions } from '@tanstack/react-query';
import { type LinkedAccount, listLinkedAccounts } from 'penstock-client';
import { ask } from './api-error.ts';

const PAGE = 200;

/** Every linked account of the tenant, for switchers, names and filters. */
export const accountsQuery = queryOptions({
  queryKey: ['linked-accounts'],
  queryFn: async ({ signal }) => {
    const accounts: LinkedAccount[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(listLinkedAccounts({ query: { limit: PAGE, cursor }, signal }));
      accounts.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return accounts;
  },
  staleTime: 30_000,
});
