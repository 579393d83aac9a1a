import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const FOLDER = join(import.meta.dirname, '../../emulator/schema');
const operations = readdirSync(FOLDER).flatMap((file) =>
  Object.keys((JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { operations: object }).operations),
);

describe('every endpoint', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
  });
  afterAll(() => workspace.close());

  it('has a route and takes a fault', async () => {
    const unlike: string[] = [];
    for (const operation of operations) {
      const [method, template] = operation.split(' ') as [string, string];
      const path = template.replaceAll(/\{[^}]*\}/g, 'x');
      const id = workspace.faults.add({
        match: { method, path: `^${path.replaceAll('.', '\\.')}$` },
        fault: { status: 503, message: 'ordered' },
      });
      const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? {} : undefined;
      const struck = await workspace.send(method, path, body);
      workspace.faults.clear(id);
      if (struck.status !== 503) unlike.push(`${operation}: ${struck.status}`);
      const plain = await workspace
        .send(method, path, body)
        .catch((error: Error) => ({ status: 0, text: error.message }));
      if (plain.text.includes('ENDPOINT_NOT_FOUND') || plain.status >= 500) unlike.push(`${operation}: ${plain.text}`);
    }

    expect(operations.length).toBeGreaterThan(400);
    expect(unlike).toEqual([]);
  });

  it('refuses a request without a token', async () => {
    const { status } = await workspace.send('GET', '/api/2.0/secrets/scopes/list', undefined, { authorization: '' });

    expect(status).toBe(401);
  });
});

describe('the state of the workspace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-state-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('survives a restart', async () => {
    const made: [string, string, object][] = [
      ['/api/2.0/policies/clusters/create', '/api/2.0/policies/clusters/list', { name: 'kept', definition: '{}' }],
      [
        '/api/2.0/instance-pools/create',
        '/api/2.0/instance-pools/list',
        { instance_pool_name: 'kept', node_type_id: 'm5d.large' },
      ],
      ['/api/2.0/secrets/scopes/create', '/api/2.0/secrets/scopes/list', { scope: 'kept' }],
      ['/api/2.0/sql/queries', '/api/2.0/sql/queries', { query: { display_name: 'kept', query_text: 'SELECT 1' } }],
      ['/api/2.0/lakeview/dashboards', '/api/2.0/lakeview/dashboards', { display_name: 'kept' }],
      ['/api/2.0/pipelines', '/api/2.0/pipelines', { name: 'kept' }],
      ['/api/2.0/mlflow/experiments/create', '/api/2.0/mlflow/experiments/list', { name: '/Shared/kept' }],
      [
        '/api/2.0/vector-search/endpoints',
        '/api/2.0/vector-search/endpoints',
        { name: 'kept', endpoint_type: 'STANDARD' },
      ],
      ['/api/2.0/apps', '/api/2.0/apps', { name: 'kept' }],
      ['/api/2.1/unity-catalog/shares', '/api/2.1/unity-catalog/shares', { name: 'kept' }],
      ['/api/2.0/global-init-scripts', '/api/2.0/global-init-scripts', { name: 'kept', script: 'ZWNobw==' }],
      ['/api/2.0/repos', '/api/2.0/repos', { url: 'https://github.com/a/kept', provider: 'gitHub' }],
      ['/api/2.0/dbfs/put', '/api/2.0/dbfs/list?path=/', { path: '/kept', contents: 'eA==' }],
      [
        '/api/2.0/preview/scim/v2/ServicePrincipals',
        '/api/2.0/preview/scim/v2/ServicePrincipals',
        { displayName: 'kept' },
      ],
    ];
    const first = await startClient({ dataFolder: folder, token: 'dapi-state' });
    for (const [path, , body] of made)
      expect([path, (await first.send('POST', path, body)).status < 300]).toEqual([path, true]);
    const grant = { changes: [{ principal: 'users', add: ['USE_CATALOG'] }] };
    await first.send('PATCH', '/api/2.1/unity-catalog/permissions/catalog/main', grant);
    await first.close();

    const second = await startClient({ dataFolder: folder, token: 'dapi-state' });
    for (const [, path] of made)
      expect([path, (await second.send('GET', path)).text.includes('kept')]).toEqual([path, true]);
    const grants = (await second.send('GET', '/api/2.1/unity-catalog/permissions/catalog/main')).json;
    await second.close();

    expect(grants).toEqual({ privilege_assignments: [{ principal: 'users', privileges: ['USE_CATALOG'] }] });
  });
});
