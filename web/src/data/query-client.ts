import { QueryClient } from '@tanstack/react-query';

/** What was loaded less than this ago is shown without asking again. */
const FRESH_MS = 5_000;

/** Requests repeat themselves where that helps (`client.ts`), so queries do not. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: FRESH_MS, retry: false, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});
