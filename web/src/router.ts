import { createRouter } from '@tanstack/react-router';
import { NotFoundPage, PageError } from './frame/page-fallbacks.tsx';
import { accountRoutes, connectedRoute } from './routes/accounts.ts';
import { connectorRoutes } from './routes/connectors.ts';
import { frameRoute } from './routes/frame.ts';
import { homeRoutes } from './routes/home.ts';
import { replayRoutes } from './routes/replays.ts';
import { rootRoute } from './routes/root.ts';
import { runRoutes } from './routes/runs.ts';
import { parseSearch, stringifySearch } from './routes/search.ts';
import { settingsRoutes } from './routes/settings.ts';
import { signInRoute } from './routes/sign-in.ts';
import { workflowRoutes } from './routes/workflows.ts';

const routeTree = rootRoute.addChildren([
  signInRoute,
  connectedRoute,
  frameRoute.addChildren([
    ...homeRoutes,
    ...runRoutes,
    ...replayRoutes,
    ...workflowRoutes,
    ...accountRoutes,
    ...connectorRoutes,
    ...settingsRoutes,
  ]),
]);

/** Every page by its path; each page is a file that is loaded when it is first opened, or when a link to it is pointed at. */
export const router = createRouter({
  routeTree,
  basepath: '/app',
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
