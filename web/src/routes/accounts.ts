import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';
import { rootRoute } from './root.ts';
import { texts } from './search.ts';

const accountsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/accounts',
  validateSearch: texts('dialog', 'connector', 'kind'),
  component: lazyRouteComponent(() => import('../pages/accounts/accounts.tsx'), 'AccountsPage'),
});

const accountRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/accounts/$id',
  validateSearch: texts('dialog', 'kind', 'authentication'),
  component: lazyRouteComponent(() => import('../pages/accounts/account.tsx'), 'AccountPage'),
});

/** Where a sign-in at a service comes back to, in a window of its own: it needs no session. */
export const connectedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connected',
  validateSearch: texts('status', 'account', 'authentication', 'error'),
  component: lazyRouteComponent(() => import('../pages/accounts/connected.tsx'), 'ConnectedPage'),
});

export const accountRoutes = [accountsRoute, accountRoute] as const;
