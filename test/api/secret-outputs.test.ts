import { expect, test } from 'vitest';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const PASSWORD = 'pw-7c1d3e90ab';
const LOG_KEY = 'log-51f0c2aa77';
const WAIT = { prefer: 'wait=20' };

/** A workspace with a cluster whose settings hold secrets, made by somebody else. */
async function openWithCluster() {
  const api = await openApiWorkspace();
  const { emulator } = api.workspace;
  const answer = await fetch(`${emulator.url}/api/2.0/clusters/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      cluster_name: 'c',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'i3.xlarge',
      num_workers: 0,
      docker_image: { url: 'repo/image', basic_auth: { username: 'u', password: PASSWORD } },
      azure_attributes: { log_analytics_info: { log_analytics_workspace_id: 'w', log_analytics_primary_key: LOG_KEY } },
    }),
  });
  const { cluster_id } = (await answer.json()) as { cluster_id: string };
  return { ...api, cluster_id };
}

test('secrets that a service shows are sealed in outputs, in lists, too', async () => {
  const { send, ctx, cluster_id } = await openWithCluster();
  const run = async (action: string, input: object) =>
    (await send('POST', '/v1/runs', { body: { action, linked_account: 'demo', input }, headers: WAIT })).body;

  const one = await run('databricks.get_cluster_info', { cluster_id });
  const all = await run('databricks.query_clusters', {});

  const shown = {
    docker_image: { url: 'repo/image', basic_auth: { username: 'u', password: '[secret]' } },
    azure_attributes: {
      log_analytics_info: { log_analytics_workspace_id: 'w', log_analytics_primary_key: '[secret]' },
    },
  };
  expect(one).toMatchObject({ status: 'succeeded', output: shown });
  expect(all).toMatchObject({ status: 'succeeded', output: { clusters: [shown] } });
  const kept = await everythingIn(ctx);
  for (const secret of [PASSWORD, LOG_KEY]) expect(kept).not.toContain(secret);
});

test('a later step sends what a service showed, and is shown without it', async () => {
  const { url, received } = await startEndpoint();
  const { send, ctx, cluster_id } = await openWithCluster();
  const steps = [
    { id: 'info', action: 'databricks.get_cluster_info', linked_account: 'demo', input: { cluster_id } },
    {
      id: 'tell',
      action: 'core.webhook',
      input: { url, body: { auth: '{{ steps.info.output.docker_image.basic_auth }}' } },
    },
  ];
  const { body: workflow } = await send('POST', '/v1/workflows', {
    body: { name: 'copy', trigger: { id: 'core.manual' }, steps },
  });

  const { body: run } = await send('POST', `/v1/workflows/${workflow.id}/run`, { body: {}, headers: WAIT });

  expect(run.status).toBe('succeeded');
  expect(JSON.parse(received[0]!.body)).toEqual({ auth: { username: 'u', password: PASSWORD } });
  expect((await send('GET', `/v1/runs/${run.id}.tell`)).body.input.body).toEqual({
    auth: { username: 'u', password: '[secret]' },
  });
  expect(await everythingIn(ctx)).not.toContain(PASSWORD);
});
