import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import { createEmulator } from '../../emulator/server.ts';
import { SERVICES } from '../../services/registry.ts';
import { openApiWorkspace } from '../api/workspace.ts';
import { replayExample } from './replay.ts';

/** An action that the shipped manifests do not have, as its file would be. */
const ACTION = {
  $schema: '../../schema/action.json',
  id: 'databricks.get_cluster_policy',
  version: 1,
  title: 'Get Cluster Policy',
  group: 'Clusters',
  description: 'Reads one cluster policy.',
  effect: 'safe',
  input: {
    type: 'object',
    required: ['policy_id'],
    additionalProperties: false,
    properties: { policy_id: { title: 'Policy', description: 'ID of the policy.', type: 'string', minLength: 1 } },
  },
  request: { method: 'GET', path: '/api/2.0/policies/clusters/get', query: '*' },
  output: {
    type: 'object',
    properties: { policy_id: { title: 'ID', type: 'string' }, name: { title: 'Name', type: 'string' } },
  },
  examples: [
    {
      title: 'By ID',
      setup: ['databricks.list_cluster_policies'],
      input: { policy_id: 'ABCD000000000000' },
      output: { policy_id: 'ABCD000000000000', name: 'Small clusters' },
    },
  ],
};

test('an action is one JSON file: checked, replayed by its example, listed and run', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-new-action-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(fileURLToPath(new URL('../../manifests/', import.meta.url)), folder, { recursive: true });
  await writeFile(join(folder, 'databricks/actions/get_cluster_policy.json'), JSON.stringify(ACTION));
  const script = fileURLToPath(new URL('../../scripts/check-manifests.ts', import.meta.url));

  const checked = await promisify(execFile)(process.execPath, [script, folder]);
  const manifests = await loadManifests(folder, { services: SERVICES });
  const emulator = await createEmulator({ samples: 'none', transitionMs: 20 });
  onTestFinished(() => emulator.close());
  await replayExample({ manifests, emulator }, ACTION.id, manifests.actions.get(ACTION.id)!.manifest.examples[0]!);
  const { send, workspace } = await openApiWorkspace({ context: { context: { manifests } } });
  const policy = {
    method: 'POST',
    path: '/api/2.0/policies/clusters/create',
    body: { name: 'small', definition: '{}' },
  };
  const created = await workspace.run('databricks.http_request', policy);
  const { policy_id } = (created.output as { body: { policy_id: string } }).body;
  const shown = await send('GET', `/v1/actions/${ACTION.id}`);
  const run = await workspace.run(ACTION.id, { policy_id });

  expect(checked.stdout).toContain('no errors');
  expect(shown.body).toMatchObject({ title: 'Get Cluster Policy', examples: [{ title: 'By ID' }] });
  expect(shown.body.examples[0]).not.toHaveProperty('setup');
  expect(run).toMatchObject({ status: 'succeeded', output: { policy_id, name: 'small' } });
});
