import { join } from 'node:path';
import type { ApiKey, Cursor, LinkedAccount, OAuthApp, Tenant, WebhookEndpoint, Workflow } from 'penstock-client';
import { loadManifests } from '../../connector/load-manifests.ts';
import openapi from '../../docs/reference/openapi.json' with { type: 'json' };
import { SERVICES } from '../../services/registry.ts';

const { connectors: loaded } = await loadManifests(join(import.meta.dirname, '../../manifests'), {
  services: SERVICES,
});
const CONNECTORS = [...loaded.values()].map(({ id, manifest: { title, connection, auth } }) => ({
  id,
  title,
  connection,
  auth,
}));
export const RIGHTS = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

const AT = '2026-01-01T00:00:00Z';
export const WORKFLOW = {
  id: 'wf_1',
  name: 'flights',
  created_at: AT,
  updated_at: AT,
  latest: 1,
  trigger: { id: 'core.manual' },
  steps: [{ id: 'send', action: 'core.webhook', linked_account: '{{ run.linked_account }}' }],
} as unknown as Workflow;
export const CURSOR = { version: 1, position: { value: '9' }, paused: null } as unknown as Cursor;
export const CALL = { action: 'core.webhook', account: undefined, input: {}, options: {} };
export const ACCOUNT = {
  id: 'acc_1',
  name: 'demo',
  connector: 'databricks',
  host: 'https://example.com',
} as LinkedAccount;
const KEY = { id: 'key_1', name: 'deploy', role: 'viewer' } as ApiKey;
export const TENANT = {
  name: 'default',
  return_urls: [],
  one_account_per_workspace: false,
  require_warehouse: false,
} as unknown as Tenant;
export const ENDPOINT = { id: 'whk_1', url: 'https://example.com', types: ['run.failed'] } as WebhookEndpoint;
const APP = {
  id: 'app_1',
  name: 'people',
  template: 'databricks',
  host: 'https://example.com',
  redirect_url: 'https://example.com/oauth/callback',
  client_id: 'client',
  scopes: [],
  mandatory_scopes: [],
  selectable_scopes: [],
  return_urls: [],
} as unknown as OAuthApp;
const ACTION = {
  id: 'core.nested',
  title: 'Nested',
  description: 'For tests.',
  connector: 'databricks',
  effect: 'safe',
  destructive: false,
  examples: [{ title: 'filled', input: { name: 'a', list: [{ inner: 'b' }], object: { deep: 'c' } } }],
  input: {
    type: 'object',
    properties: {
      name: { title: 'Name', type: 'string' },
      list: {
        title: 'List',
        type: 'array',
        items: { title: 'Item', type: 'object', properties: { inner: { title: 'Inner', type: 'string' } } },
      },
      object: {
        title: 'Object',
        type: 'object',
        properties: { deep: { title: 'Deep', type: 'string' } },
        'x-ui': { level: 'advanced' },
      },
    },
  },
};
const authentication = (id: string, kind: string) => ({
  id,
  kind,
  name: 'token',
  linked_account: 'acc_1',
  host: 'https://example.com',
  status: 'active',
  oauth_app: 'app_1',
});
const RUN = {
  id: 'run_1',
  kind: 'action',
  action: 'core.nested',
  status: 'succeeded',
  created_at: AT,
  input: { a: 1 },
};

/** What is read, by path; lists have one page. */
export const READS: Readonly<Record<string, unknown>> = {
  '/v1/workflows/wf_1': WORKFLOW,
  '/v1/connectors': { items: CONNECTORS },
  '/v1/linked_accounts': { items: [ACCOUNT, { ...ACCOUNT, id: 'acc_2', name: 'other' }] },
  '/v1/linked_accounts/acc_1/authentications': { items: [] },
  '/v1/linked_accounts/acc_1/authentications/auth_1': authentication('auth_1', 'pat'),
  '/v1/linked_accounts/acc_1/authentications/auth_2': authentication('auth_2', 'oauth_u2m'),
  '/v1/oauth_apps': { items: [APP, { ...APP, id: 'app_2', name: 'others' }] },
  '/v1/oauth_apps/app_1': APP,
  '/v1/oauth_app_templates': {
    items: ['databricks', 'slack'].map((id) => ({
      id,
      title: id,
      redirect_url: 'https://example.com',
      selectable_scopes: [],
    })),
  },
  '/v1/api_keys/key_1': KEY,
  '/v1/actions/core.nested': ACTION,
  '/v1/actions': { items: [] },
  '/v1/triggers': { items: [] },
  '/v1/workflows': { items: [] },
  '/v1/runs/run_1': RUN,
  '/v1/runs': { items: [] },
};
export const PREVIEWS: Readonly<Record<string, unknown>> = {
  '/v1/runs/run_1/replay': {
    steps: [{ action: 'core.nested', what: 'again', repeats: 0, effect: 'safe' }],
    repeats: 0,
    confirm: 'c',
  },
  '/v1/runs/replay': {
    total: 1,
    confirm: 'c',
    effects: { safe: 1, idempotent: 0, token: 0, once: 0 },
    actions: [],
    refused: { count: 0, reasons: [] },
    runs: [],
  },
};
