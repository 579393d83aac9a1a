import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';
import { texts } from './search.ts';

const connectorsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/connectors',
  validateSearch: texts('q', 'connector', 'effect'),
  component: lazyRouteComponent(() => import('../pages/connectors/connectors.tsx'), 'ConnectorsPage'),
});

const connectorRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/connectors/$id',
  validateSearch: texts('trigger'),
  component: lazyRouteComponent(() => import('../pages/connectors/connector.tsx'), 'ConnectorPage'),
});

const actionRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/actions/$id',
  validateSearch: texts('run', 'dialog'),
  component: lazyRouteComponent(() => import('../pages/connectors/action.tsx'), 'ActionPage'),
});

export const connectorRoutes = [connectorsRoute, connectorRoute, actionRoute] as const;
