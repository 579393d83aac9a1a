import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { frameRoute } from './frame.ts';
import { texts } from './search.ts';

const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('../pages/settings/settings.tsx'), 'SettingsPage'),
});

const indexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  beforeLoad({ search }) {
    throw redirect({ to: '/settings/tenant', search, replace: true });
  },
});

const tenantRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/tenant',
  validateSearch: texts('dialog'),
  component: lazyRouteComponent(() => import('../pages/settings/tenant.tsx'), 'TenantSettings'),
});

const keysRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/api-keys',
  validateSearch: texts('dialog', 'key'),
  component: lazyRouteComponent(() => import('../pages/settings/api-keys.tsx'), 'ApiKeySettings'),
});

const appsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/oauth-apps',
  validateSearch: texts('dialog', 'app', 'connector'),
  component: lazyRouteComponent(() => import('../pages/settings/oauth-apps.tsx'), 'OAuthAppSettings'),
});

const endpointsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/webhook-endpoints',
  validateSearch: texts('dialog'),
  component: lazyRouteComponent(() => import('../pages/settings/webhook-endpoints.tsx'), 'WebhookEndpointSettings'),
});

const endpointRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/webhook-endpoints/$id',
  validateSearch: texts('dialog'),
  component: lazyRouteComponent(() => import('../pages/settings/webhook-endpoint.tsx'), 'WebhookEndpointSettingsPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/audit',
  validateSearch: texts('action', 'actor', 'target', 'from', 'to', 'entry'),
  component: lazyRouteComponent(() => import('../pages/settings/audit.tsx'), 'AuditSettings'),
});

export const settingsRoutes = [
  settingsRoute.addChildren([indexRoute, tenantRoute, keysRoute, appsRoute, endpointsRoute, endpointRoute, auditRoute]),
] as const;
