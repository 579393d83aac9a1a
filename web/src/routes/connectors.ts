import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';

const connectorsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/connectors',
  component: lazyRouteComponent(() => import('../pages/connectors/connectors.tsx'), 'ConnectorsPage'),
});

export const connectorRoutes = [connectorsRoute] as const;
