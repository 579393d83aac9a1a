import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';
import { texts } from './search.ts';

const listRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs',
  validateSearch: texts('status', 'code', 'cause', 'workflow', 'action', 'from', 'to'),
  component: lazyRouteComponent(() => import('../pages/runs/list.tsx'), 'RunsPage'),
});

const runRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs/$id',
  validateSearch: texts('step', 'tab'),
  component: lazyRouteComponent(() => import('../pages/runs/run.tsx'), 'RunPage'),
});

export const runRoutes = [listRoute, runRoute] as const;
