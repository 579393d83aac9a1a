import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';
import { texts } from './search.ts';

const workflowsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows',
  validateSearch: texts('q', 'state', 'trigger'),
  component: lazyRouteComponent(() => import('../pages/workflows/workflows.tsx'), 'WorkflowsPage'),
});

const newRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows/new',
  validateSearch: texts('template'),
  component: lazyRouteComponent(() => import('../pages/builder/new-workflow.tsx'), 'NewWorkflowPage'),
});

const editRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows/$id/edit',
  validateSearch: texts('step', 'tab', 'dialog', 'run'),
  component: lazyRouteComponent(() => import('../pages/builder/builder.tsx'), 'BuilderPage'),
});

const workflowRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows/$id',
  validateSearch: texts('tab', 'status', 'range', 'version', 'against', 'dialog', 'run'),
  component: lazyRouteComponent(() => import('../pages/workflows/workflow.tsx'), 'WorkflowPage'),
});

export const workflowRoutes = [workflowsRoute, newRoute, editRoute, workflowRoute] as const;
