import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { client } from 'penstock-client/client';
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { onTestFinished } from 'vitest';
import { stringifyExact } from '../../web/src/data/json.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

export interface Answered {
  status: number;
  body: unknown;
}

/** What the API answers to each request, until the test ends. */
export function answer(
  give: (request: { method: string; path: string; query: URLSearchParams; body: unknown }) => Answered,
): void {
  const before = client.getConfig();
  client.setConfig({
    baseUrl: 'http://127.0.0.1',
    parseAs: 'text',
    bodySerializer: (body: unknown) => stringifyExact(body),
    fetch: (async (request: Request) => {
      const text = request.method === 'GET' ? '' : await request.text();
      const { pathname: path, searchParams: query } = new URL(request.url);
      const sent = text === '' ? undefined : JSON.parse(text);
      const { status, body } = give({ method: request.method, path, query, body: sent });
      return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
    }) as typeof fetch,
  });
  onTestFinished(() => {
    const { baseUrl, parseAs, bodySerializer, fetch } = before;
    client.setConfig({ baseUrl, parseAs, bodySerializer, fetch } as Parameters<typeof client.setConfig>[0]);
  });
}

/** Pages of the app that read their address. */
const PATHS = [
  '/',
  '/workflows/new',
  '/workflows/$id',
  '/accounts',
  '/runs/$id',
  '/runs/$id/replay',
  '/replays/new',
  '/actions/$id',
] as const;

/** A part of the app at an address, for a person with these rights, when it has read everything. */
export async function renderPage(element: ReactNode, address: string, rights: readonly string[]): Promise<void> {
  const rootRoute = createRootRoute();
  const frameRoute = createRoute({ getParentRoute: () => rootRoute, id: 'frame' });
  const routes = PATHS.map((path) => createRoute({ getParentRoute: () => frameRoute, path, component: () => element }));
  const router = createRouter({
    routeTree: rootRoute.addChildren([frameRoute.addChildren(routes)]),
    history: createMemoryHistory({ initialEntries: [address] }),
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  queries.setQueryData(['me'], { rights, role: 'admin', key: { name: 'tests' } });
  const container = document.createElement('div');
  document.body.append(container);
  const root = createRoot(container);
  onTestFinished(async () => {
    await act(async () => root.unmount());
    container.remove();
    queries.clear();
  });
  await router.load();
  await act(async () =>
    root.render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>,
    ),
  );
  // A dialog stands beside the container.
  await until(() => document.body.textContent !== '');
  await until(() => queries.isFetching() === 0);
}

const LIMIT_MS = 10_000;

/** Lets the page work until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  // Not by the clock that a test sets.
  const end = performance.now() + LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not so in ${LIMIT_MS} ms: ${isSo}\n${document.body.textContent}`);
    await act(() => new Promise<void>((resolve) => void setTimeout(resolve)));
  }
}
