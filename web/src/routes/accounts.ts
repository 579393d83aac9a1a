import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';

const accountsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/accounts',
  component: lazyRouteComponent(() => import('../pages/accounts/accounts.tsx'), 'AccountsPage'),
});

export const accountRoutes = [accountsRoute] as const;
