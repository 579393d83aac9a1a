import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';

const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('../pages/settings/settings.tsx'), 'SettingsPage'),
});

export const settingsRoutes = [settingsRoute] as const;
