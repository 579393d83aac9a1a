import { expect } from 'vitest';
import type { TestApi } from '../../api/client.ts';
import { pingFiles } from '../../api/own-connector-files.ts';

const STEPS = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];

/** A tenant that operators made. */
export interface MadeTenant {
  id: string;
  key: string;
  /** Sends a request as its admin, which must succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there
  must(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<any>;
}

export async function makeTenant(api: TestApi): Promise<MadeTenant> {
  const { body } = await api.send('POST', '/v1/tenants', { body: { name: 'Acme' } });
  const { key } = body.api_key;
  return {
    id: body.id,
    key,
    async must(method, path, sent, headers = {}) {
      const answer = await api.send(method, path, { key, headers, ...(sent === undefined ? {} : { body: sent }) });
      expect([path, answer.status, answer.status >= 300 ? answer.text : '']).toEqual([path, answer.status, '']);
      return answer.body;
    },
  };
}

/**
 * Makes one of everything that a tenant can have, with the connector `own`; no worker is needed. Gives every id that was made. Two tenants
 * that are there at once need connectors with different ids.
 */
export async function fillTenant(api: TestApi, tenant: MadeTenant, own = 'own_connector'): Promise<string[]> {
  const { must } = tenant;
  const ids: string[] = [tenant.id];
  const make = async (path: string, body: object, headers = {}) => {
    const made = await must('POST', path, body, headers);
    ids.push(made.id);
    return made;
  };
  await api.send('PATCH', `/v1/tenants/${tenant.id}`, { body: { quotas: { workflows: 50 } } });
  await make('/v1/connectors', { files: pingFiles({ id: own }) });
  await must('PUT', `/v1/connectors/${own}`, { files: pingFiles({ id: own, path: '/other' }) });
  const app = await make('/v1/oauth_apps', {
    name: 'app',
    account_id: 'acct',
    client_id: 'c',
    client_secret: 'secret',
  });
  const account = await make('/v1/linked_accounts', {
    name: 'one',
    metadata: { a: 'b' },
    authentication: { kind: 'pat', host: 'https://adb-1.2.azuredatabricks.net', token: 'dapi-x', test: false },
  });
  ids.push(account.authentication.id);
  await must('POST', '/v1/connect_links', { linked_account: account.id, kinds: ['pat'] });
  await must('POST', '/v1/linked_accounts/one/pause');
  await make('/v1/api_keys', { name: 'more', role: 'viewer' });
  await must('POST', '/v1/sign_in_links');
  await api.send('POST', '/v1/session', { body: { key: tenant.key }, key: null });
  const endpoint = await make('/v1/webhook_endpoints', { url: 'http://127.0.0.1:1/hook' });
  const test = await must('POST', `/v1/webhook_endpoints/${endpoint.id}/test`);
  ids.push(test.id);

  const flow = await make('/v1/workflows', {
    name: 'nightly',
    trigger: { id: 'core.schedule', schedule: { every_seconds: 3600 } },
    steps: STEPS,
    secrets: { token: 'secret' },
  });
  const at = `/v1/workflows/${flow.id}`;
  await must('PUT', at, { name: 'nightly', trigger: { id: 'core.manual' }, steps: STEPS });
  await must('PUT', `${at}/draft`, { name: 'nightly', trigger: { id: 'core.manual' }, steps: STEPS });
  await must('PUT', `${at}/draft/samples/a`, { value: { n: 1 } });
  ids.push((await must('POST', `${at}/run`, { draft: true })).id);
  ids.push((await must('POST', `${at}/run`, {}, { 'idempotency-key': 'once' })).id);
  const polling = await make('/v1/workflows', {
    name: 'sync',
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: 'one',
      freshness: { max_lag_seconds: 60 },
      input: {
        warehouse_id: 'w',
        table: 'a.b.c',
        cursor_column: 'n',
        cursor_type: 'BIGINT',
        key_column: 'k',
        key_type: 'BIGINT',
        every_seconds: 3600,
      },
    },
    steps: STEPS,
  });
  await must('PUT', `/v1/workflows/${polling.id}/cursor`, { value: '5', key: '1' });
  await make('/v1/workflows', { name: 'hook', trigger: { id: 'core.incoming_webhook' }, steps: STEPS });
  ids.push((await must('POST', '/v1/runs', { action: 'core.transform', input: { value: 'x'.repeat(600_000) } })).id);
  ids.push((await must('POST', '/v1/runs', { action: 'core.approve', input: { message: 'Go?' } })).id);
  const filter = { filter: { code: 'ERR_TIMEOUT' } };
  const { confirm } = await must('POST', '/v1/runs/replay', filter);
  ids.push((await must('POST', '/v1/runs/replay', { ...filter, confirm })).id);
  return [...new Set(ids), app.id];
}
