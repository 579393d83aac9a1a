import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';

const workflowsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows',
  component: lazyRouteComponent(() => import('../pages/workflows/workflows.tsx'), 'WorkflowsPage'),
});

export const workflowRoutes = [workflowsRoute] as const;
