import { actionRoutes } from './actions.ts';
import { connectorRoutes } from './connectors.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import type { Route } from './route.ts';
import type { Serving } from './serving.ts';
import { triggerRoutes } from './triggers.ts';

/** Every route of the API but /openapi.json, which describes them. */
export function routesOf(serving: Serving): Route[] {
  return [
    ...healthRoutes(serving),
    ...docsRoutes(),
    ...connectorRoutes(serving),
    ...actionRoutes(serving),
    ...triggerRoutes(serving),
  ];
}
