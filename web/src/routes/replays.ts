import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { RUN_SEARCH } from '../pages/runs/run-filter.ts';
import { frameRoute } from './frame.ts';
import { texts } from './search.ts';

const newRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/replays/new',
  validateSearch: texts(...RUN_SEARCH, 'runs', 'what', 'version'),
  component: lazyRouteComponent(() => import('../pages/replays/new.tsx'), 'NewReplayPage'),
});

const bulkReplayRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/replays/$id',
  component: lazyRouteComponent(() => import('../pages/replays/bulk-replay.tsx'), 'BulkReplayPage'),
});

export const replayRoutes = [newRoute, bulkReplayRoute] as const;
