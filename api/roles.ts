import type { Role } from '../engine/access/roles.ts';

/** `anyone`: without an API key. */
export type LeastRole = Role | 'anyone';

/**
 * The least role of every route, in one place to be reviewed. viewer reads; operator runs, replays, cancels and moves
 * cursors; builder makes and changes what runs; admin decides who may do so.
 */
export const LEAST_ROLES: Record<string, LeastRole> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /metrics': 'anyone',
  'GET /openapi.json': 'anyone',
  'GET /docs/errors': 'anyone',

  'GET /v1/connectors': 'viewer',
  'GET /v1/connectors/{id}': 'viewer',
  'GET /v1/actions': 'viewer',
  'GET /v1/actions/{id}': 'viewer',
  'POST /v1/actions/{id}/options': 'operator',
  'GET /v1/triggers': 'viewer',
  'GET /v1/triggers/{id}': 'viewer',
  'POST /v1/triggers/{id}/options': 'operator',

  'GET /v1/linked_accounts': 'viewer',
  'POST /v1/linked_accounts': 'builder',
  'GET /v1/linked_accounts/{id}': 'viewer',
  'PATCH /v1/linked_accounts/{id}': 'builder',
  'DELETE /v1/linked_accounts/{id}': 'builder',
  'POST /v1/linked_accounts/{id}/pause': 'operator',
  'POST /v1/linked_accounts/{id}/resume': 'operator',
  'GET /v1/linked_accounts/{id}/authentications': 'viewer',
  'POST /v1/linked_accounts/{id}/authentications': 'builder',
  'GET /v1/linked_accounts/{id}/authentications/{auth_id}': 'viewer',
  'PUT /v1/linked_accounts/{id}/authentications/{auth_id}': 'builder',
  'DELETE /v1/linked_accounts/{id}/authentications/{auth_id}': 'builder',
  'POST /v1/linked_accounts/{id}/authentications/{auth_id}/test': 'operator',
  'POST /v1/linked_accounts/{id}/authentications/{auth_id}/revoke': 'builder',
  'GET /v1/linked_accounts/{id}/authentications/{auth_id}/workspaces': 'operator',
  'POST /v1/linked_accounts/{id}/authentications/{auth_id}/workspaces': 'builder',
  'POST /v1/connect_links': 'builder',
  'GET /connect/{link}': 'anyone',
  'POST /connect/{link}': 'anyone',
  'POST /connect/{link}/login': 'anyone',

  'GET /v1/oauth_app_templates': 'viewer',
  'GET /v1/oauth_apps': 'viewer',
  'POST /v1/oauth_apps': 'admin',
  'GET /v1/oauth_apps/{id}': 'viewer',
  'PATCH /v1/oauth_apps/{id}': 'admin',
  'DELETE /v1/oauth_apps/{id}': 'admin',
  'POST /v1/oauth/authorize': 'builder',
  'POST /v1/oauth/complete': 'builder',
  'GET /oauth/start/{login}': 'anyone',
  'GET /oauth/callback': 'anyone',

  'GET /v1/runs': 'viewer',
  'GET /v1/runs/causes': 'viewer',
  'GET /v1/approvals': 'viewer',
  'POST /v1/runs': 'operator',
  'GET /v1/runs/{id}': 'viewer',
  'GET /v1/runs/{id}/events': 'viewer',
  'GET /v1/runs/{id}/artifact': 'viewer',
  'POST /v1/runs/{id}/cancel': 'operator',
  'POST /v1/runs/{id}/replay': 'operator',
  'POST /v1/runs/replay': 'operator',
  'GET /v1/replays': 'viewer',
  'GET /v1/replays/{id}': 'viewer',
  'GET /v1/replays/{id}/results': 'viewer',
  'POST /v1/replays/{id}/cancel': 'operator',
  'POST /v1/runs/{id}/approve': 'operator',
  'POST /v1/runs/{id}/deny': 'operator',
  'GET /approvals/{link}': 'anyone',
  'POST /approvals/{link}': 'anyone',

  'GET /v1/workflows': 'viewer',
  'POST /v1/workflows': 'builder',
  'GET /v1/workflows/{id}': 'viewer',
  'PUT /v1/workflows/{id}': 'builder',
  'DELETE /v1/workflows/{id}': 'builder',
  'POST /v1/workflows/{id}/enable': 'operator',
  'POST /v1/workflows/{id}/disable': 'operator',
  'POST /v1/workflows/{id}/run': 'operator',
  'POST /v1/workflows/{id}/rotate_url': 'builder',
  'POST /hooks/{token}': 'anyone',
  'POST /v1/workflows/{id}/test_step': 'operator',
  'POST /v1/workflows/{id}/publish': 'builder',
  'GET /v1/workflows/{id}/versions': 'viewer',
  'GET /v1/workflows/{id}/versions/{version}': 'viewer',
  'GET /v1/workflows/{id}/trigger': 'viewer',
  'POST /v1/workflows/{id}/pause': 'operator',
  'POST /v1/workflows/{id}/resume': 'operator',
  'GET /v1/workflows/{id}/cursor': 'viewer',
  'PUT /v1/workflows/{id}/cursor': 'operator',
  'DELETE /v1/workflows/{id}/cursor': 'operator',
  'GET /v1/workflows/{id}/cursor/history': 'viewer',
  'GET /v1/workflows/{id}/backfills': 'viewer',
  'POST /v1/workflows/{id}/backfills': 'operator',
  'POST /v1/workflows/{id}/backfills/{backfill_id}/cancel': 'operator',

  'GET /v1/api_keys': 'admin',
  'POST /v1/api_keys': 'admin',
  'GET /v1/api_keys/{id}': 'admin',
  'DELETE /v1/api_keys/{id}': 'admin',
  'GET /v1/audit': 'admin',
  'GET /v1/events': 'viewer',
  'GET /v1/event_webhooks': 'viewer',
  'POST /v1/event_webhooks': 'admin',
  'GET /v1/event_webhooks/{id}': 'viewer',
  'DELETE /v1/event_webhooks/{id}': 'admin',
  'GET /admin/queues': 'admin',
  'GET /v1/load': 'viewer',
  'GET /v1/tenant': 'viewer',
  'PATCH /v1/tenant': 'admin',
};

/**
 * Actions that change what Penstock stores, as a route could: whoever runs one needs the role of that route. In a workflow
 * they are run in the name of the builder who wrote it.
 */
export const LEAST_ROLES_OF_ACTIONS: Record<string, Role> = {
  'databricks.connect_workspace': 'builder',
};
