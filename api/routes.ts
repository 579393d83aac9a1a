import { accountPauseRoutes } from './account-pause.ts';
import { actionRoutes } from './actions.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { approvalListRoutes } from './approval-list.ts';
import { approvalRoutes } from './approvals.ts';
import { auditRoutes } from './audit.ts';
import { authenticationUseRoutes } from './authentication-use.ts';
import { authenticationRoutes } from './authentications.ts';
import { backfillRoutes } from './backfills.ts';
import { connectLinkRoutes } from './connect-links.ts';
import { connectorRoutes } from './connectors.ts';
import { cursorRoutes } from './cursors.ts';
import { docsRoutes } from './docs.ts';
import { draftRoutes } from './drafts.ts';
import { eventRoutes } from './events.ts';
import { expressionPreviewRoutes } from './expression-preview.ts';
import { healthRoutes } from './health.ts';
import type { Route } from './http/route.ts';
import type { Serving } from './http/serving.ts';
import { incomingWebhookRoutes } from './incoming-webhooks.ts';
import { linkedAccountRoutes } from './linked-accounts.ts';
import { loadRoutes } from './load.ts';
import { oauthRoutes } from './oauth.ts';
import { oauthAppRoutes } from './oauth-apps.ts';
import { optionRoutes } from './options.ts';
import { replayEventRoutes } from './replay-events.ts';
import { replayRoutes } from './replays.ts';
import { runArtifactRoutes } from './run-artifact.ts';
import { runCauseRoutes } from './run-causes.ts';
import { runControlRoutes } from './run-control.ts';
import { runCountRoutes } from './run-counts.ts';
import { runEventRoutes } from './run-events.ts';
import { runListEventRoutes } from './run-list-events.ts';
import { runRoutes } from './runs.ts';
import { sessionRoutes } from './sessions.ts';
import { stepTestRoutes } from './step-test.ts';
import { tenantRoutes } from './tenant.ts';
import { tenantsRoutes } from './tenants.ts';
import { triggerHealthRoutes } from './trigger-health.ts';
import { triggerPreviewRoutes } from './trigger-preview.ts';
import { triggerSeriesRoutes } from './trigger-series.ts';
import { triggerRoutes } from './triggers.ts';
import { webhookDeliveryRoutes } from './webhook-deliveries.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';
import { workflowCheckRoutes } from './workflow-check.ts';
import { workflowRunRoutes } from './workflow-run.ts';
import { workflowVersionRoutes } from './workflow-versions.ts';
import { workflowRoutes } from './workflows.ts';

/** Every route of the API but /openapi.json, which describes them. */
export function routesOf(serving: Serving): Route[] {
  return [
    healthRoutes,
    loadRoutes,
    docsRoutes,
    connectorRoutes,
    actionRoutes,
    optionRoutes,
    triggerRoutes,
    triggerPreviewRoutes,
    linkedAccountRoutes,
    accountPauseRoutes,
    authenticationRoutes,
    authenticationUseRoutes,
    connectLinkRoutes,
    oauthAppRoutes,
    oauthRoutes,
    runRoutes,
    runCauseRoutes,
    runCountRoutes,
    runListEventRoutes,
    runEventRoutes,
    runArtifactRoutes,
    runControlRoutes,
    replayRoutes,
    replayEventRoutes,
    workflowRoutes,
    workflowVersionRoutes,
    workflowCheckRoutes,
    draftRoutes,
    expressionPreviewRoutes,
    workflowRunRoutes,
    stepTestRoutes,
    approvalRoutes,
    approvalListRoutes,
    triggerHealthRoutes,
    triggerSeriesRoutes,
    cursorRoutes,
    incomingWebhookRoutes,
    backfillRoutes,
    apiKeyRoutes,
    sessionRoutes,
    tenantRoutes,
    tenantsRoutes,
    auditRoutes,
    eventRoutes,
    webhookEndpointRoutes,
    webhookDeliveryRoutes,
  ].flatMap((resource) => resource(serving));
}
