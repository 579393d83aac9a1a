import type { CommandSpec, GroupSpec } from './command.ts';
import { ACCOUNT_COMMANDS } from './commands/accounts.ts';
import { API_KEY_COMMANDS } from './commands/api-keys.ts';
import { APPROVAL_COMMANDS } from './commands/approvals.ts';
import { AUDIT_COMMAND } from './commands/audit.ts';
import { AUTH_COMMANDS } from './commands/auth.ts';
import { AUTH_IMPORT_COMMANDS } from './commands/auth-import.ts';
import { AUTH_LOGIN_COMMANDS } from './commands/auth-login.ts';
import { AUTH_USE_COMMANDS } from './commands/auth-use.ts';
import { CONNECT_COMMANDS } from './commands/connect.ts';
import { CONNECTOR_COMMANDS } from './commands/connectors.ts';
import { CURSOR_COMMANDS } from './commands/cursor.ts';
import { ENCRYPTION_KEY_COMMANDS } from './commands/encryption-keys.ts';
import { EVENT_COMMANDS } from './commands/events.ts';
import { LINK_COMMAND } from './commands/link.ts';
import { MANIFEST_COMMANDS } from './commands/manifests.ts';
import { OAUTH_APP_COMMANDS } from './commands/oauth-apps.ts';
import { PART_COMMANDS } from './commands/parts.ts';
import { REPLAY_COMMANDS } from './commands/replay.ts';
import { RUN_COMMAND } from './commands/run.ts';
import { RUNS_COMMANDS } from './commands/runs.ts';
import { TENANT_COMMANDS } from './commands/tenants.ts';
import { TOP_COMMAND } from './commands/top.ts';
import { TRIGGER_HEALTH_COMMANDS } from './commands/trigger-health.ts';
import { TRIGGER_COMMANDS } from './commands/triggers.ts';
import { WEBHOOK_ENDPOINT_COMMANDS } from './commands/webhook-endpoints.ts';
import { WORKFLOW_VERSION_COMMANDS } from './commands/workflow-versions.ts';
import { WORKFLOW_COMMANDS } from './commands/workflows.ts';

/** Words with commands of their own. */
export const GROUPS: readonly GroupSpec[] = [
  { name: 'triggers', text: 'Triggers: list, preview', heading: 'Connectors' },
  { name: 'connectors', text: 'Connectors: list, check', heading: 'Connectors' },
  {
    name: 'runs',
    text: 'Runs: list, show, output, watch, tail, causes, counts, replay, cancel, approve, deny',
    heading: 'Runs',
  },
  { name: 'approvals', text: 'Runs that wait for approval: list', heading: 'Runs' },
  { name: 'replays', text: 'Bulk replays: list, show, watch, results, cancel', heading: 'Runs' },
  { name: 'accounts', text: 'Linked accounts: list, add, show, pause, resume, delete', heading: 'Accounts' },
  {
    name: 'auth',
    text: 'Stored credentials: list, add, login, import, show, test, replace, revoke, delete',
    heading: 'Accounts',
  },
  { name: 'connect', text: 'Links with which end users connect a workspace: create', heading: 'Accounts' },
  {
    name: 'oauth-apps',
    text: 'OAuth apps through which people sign in: list, create, update, show, delete',
    heading: 'Accounts',
  },
  { name: 'api-keys', text: 'API keys: list, create, update, delete', heading: 'Accounts' },
  { name: 'tenants', text: 'Tenants on REDIS_URL: list, create, create-key, update', heading: 'Operations' },
  {
    name: 'workflows',
    text: 'Workflows: list, create, update, versions, publish, test-step, run, health, pause, backfill, …',
    heading: 'Workflows',
  },
  { name: 'cursor', text: 'How far a trigger has read: show, preview, set, reset, history', heading: 'Workflows' },
  { name: 'events', text: 'Life-cycle events: tail, list', heading: 'Operations' },
  {
    name: 'webhook-endpoints',
    text: 'Webhook endpoints that receive events: list, create, delete',
    heading: 'Operations',
  },
  { name: 'encryption-keys', text: 'Keys that encrypt stored secrets: rotate', heading: 'Operations' },
];

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...PART_COMMANDS,
  ...MANIFEST_COMMANDS,
  ...TRIGGER_COMMANDS,
  ...CONNECTOR_COMMANDS,
  RUN_COMMAND,
  ...RUNS_COMMANDS,
  ...APPROVAL_COMMANDS,
  ...REPLAY_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...AUTH_COMMANDS,
  ...AUTH_LOGIN_COMMANDS,
  ...AUTH_IMPORT_COMMANDS,
  ...AUTH_USE_COMMANDS,
  ...CONNECT_COMMANDS,
  ...OAUTH_APP_COMMANDS,
  ...API_KEY_COMMANDS,
  LINK_COMMAND,
  ...TENANT_COMMANDS,
  ...WORKFLOW_COMMANDS,
  ...WORKFLOW_VERSION_COMMANDS,
  ...TRIGGER_HEALTH_COMMANDS,
  ...CURSOR_COMMANDS,
  TOP_COMMAND,
  AUDIT_COMMAND,
  ...EVENT_COMMANDS,
  ...WEBHOOK_ENDPOINT_COMMANDS,
  ...ENCRYPTION_KEY_COMMANDS,
];
