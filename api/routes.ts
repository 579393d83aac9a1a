import { actionRoutes } from './actions.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { auditRoutes } from './audit.ts';
import { authenticationRoutes } from './authentications.ts';
import { connectorRoutes } from './connectors.ts';
import { cursorRoutes } from './cursors.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { linkedAccountRoutes } from './linked-accounts.ts';
import { optionRoutes } from './options.ts';
import type { Route } from './route.ts';
import { runArtifactRoutes } from './run-artifact.ts';
import { runControlRoutes } from './run-control.ts';
import { runEventRoutes } from './run-events.ts';
import { runRoutes } from './runs.ts';
import type { Serving } from './serving.ts';
import { triggerRoutes } from './triggers.ts';
import { workflowRunRoutes } from './workflow-run.ts';
import { workflowRoutes } from './workflows.ts';

/** Every route of the API but /openapi.json, which describes them. */
export function routesOf(serving: Serving): Route[] {
  return [
    healthRoutes,
    docsRoutes,
    connectorRoutes,
    actionRoutes,
    optionRoutes,
    triggerRoutes,
    linkedAccountRoutes,
    authenticationRoutes,
    runRoutes,
    runEventRoutes,
    runArtifactRoutes,
    runControlRoutes,
    workflowRoutes,
    workflowRunRoutes,
    cursorRoutes,
    apiKeyRoutes,
    auditRoutes,
  ].flatMap((resource) => resource(serving));
}
