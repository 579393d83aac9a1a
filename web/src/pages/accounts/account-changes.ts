import type { QueryClient } from '@tanstack/react-query';

/** Opens a dialog of the page, which has a place in the URL. */
export type ShowDialog = (dialog?: string, more?: { kind?: string; authentication?: string }) => unknown;

/** What is shown of accounts is read again. */
export async function invalidateAccount(queries: QueryClient): Promise<void> {
  const keys = ['linked-accounts', 'linked-account', 'authentications'];
  await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
}
