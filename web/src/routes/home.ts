import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';

const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/home/home.tsx'), 'HomePage'),
});

export const homeRoutes = [homeRoute] as const;
