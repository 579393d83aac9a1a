import type { Ask } from './target.ts';

function post(path: string, body: object): Ask {
  return { method: 'POST', path, body };
}

function put(path: string, body: object): Ask {
  return { method: 'PUT', path, body };
}

const WEBHOOK = { id: 'tell', action: 'core.webhook', input: { url: 'https://example.invalid/hook', body: { a: 1 } } };

/** One object of each kind, so that requests find something. */
export const SAMPLES: readonly Ask[] = [
  post('/v1/linked_accounts', {
    name: 'demo',
    connector: 'databricks',
    default_warehouse_id: '4f1c2b3a9d8e7f60',
    authentication: {
      name: 'token',
      kind: 'pat',
      host: 'https://dbc-a1b2345c-d6e7.cloud.databricks.com',
      token: 'dapi',
      test: false,
    },
  }),
  post('/v1/workflows', { name: 'manual', trigger: { id: 'core.manual' }, steps: [WEBHOOK] }),
  post('/v1/workflows', { name: 'hooked', trigger: { id: 'core.incoming_webhook' }, steps: [WEBHOOK] }),
  post('/v1/workflows', {
    name: 'nightly',
    trigger: { id: 'core.schedule', schedule: { cron: '0 3 * * *' } },
    steps: [{ id: 'ask', action: 'core.approve', input: { message: 'go?' } }],
  }),
  post('/v1/workflows', {
    name: 'sync',
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: 'demo',
      input: { table: 'a.b.c', cursor_column: 'id', key_column: 'id' },
    },
    steps: [WEBHOOK],
  }),
  post('/v1/linked_accounts', {
    name: 'rest',
    connector: 'http',
    base_url: 'https://dbc-a1b2345c-d6e7.cloud.databricks.com',
    authentication: { name: 'key', kind: 'api_key', api_key: 'k', header_name: 'x-key', test: false },
  }),
  post('/v1/workflows', {
    name: 'pushed',
    trigger: { id: 'github.push', input: { secret: 'a-secret-of-the-webhook' } },
    steps: [WEBHOOK],
  }),
  put('/v1/workflows/manual/draft', { name: 'manual', trigger: { id: 'core.manual' }, steps: [WEBHOOK, {}] }),
  put('/v1/workflows/manual/draft/samples/tell', { value: { status: 200 } }),
  post('/v1/workflows/sync/backfills', { until: '5' }),
  post('/v1/oauth_apps', {
    name: 'app',
    host: 'https://dbc-a1b2345c-d6e7.cloud.databricks.com',
    client_id: 'c',
    client_secret: 's',
  }),
  post('/v1/tenants', { name: 'another' }),
  post('/v1/sign_in_links', {}),
  post('/v1/runs', { action: WEBHOOK.action, input: WEBHOOK.input, metadata: { order: '7' } }),
  post('/v1/runs/replay', { filter: { workflow: 'manual' } }),
  post('/v1/workflows/manual/run', { input: { a: 1 } }),
  post('/v1/workflows/nightly/run', {}),
  post('/v1/webhook_endpoints', { url: 'https://example.invalid/events' }),
  post('/v1/connect_links', { linked_account: 'demo', expires_in_seconds: 600 }),
  post('/v1/api_keys', { name: 'viewer', role: 'viewer' }),
];
