import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { RUN_SEARCH } from '../pages/runs/run-filter.ts';
import { frameRoute } from './frame.ts';
import { texts } from './search.ts';

const listRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs',
  validateSearch: texts(...RUN_SEARCH, 'group'),
  component: lazyRouteComponent(() => import('../pages/runs/list.tsx'), 'RunsPage'),
});

const runRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs/$id',
  validateSearch: texts('step', 'tab', 'view', 'part', 'items'),
  component: lazyRouteComponent(() => import('../pages/runs/run.tsx'), 'RunPage'),
});

const replayRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs/$id/replay',
  validateSearch: texts('what', 'step', 'version', 'input'),
  component: lazyRouteComponent(() => import('../pages/replays/replay.tsx'), 'ReplayRunPage'),
});

export const runRoutes = [listRoute, runRoute, replayRoute] as const;
