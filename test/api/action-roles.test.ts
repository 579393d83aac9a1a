import { expect, test } from 'vitest';
import { openApiWorkspace } from './workspace.ts';

const ACTION = 'databricks.connect_workspace';
const WAIT = { headers: { prefer: 'wait=20' } };

test('an action that stores an authentication needs a builder, however it is run by itself', async () => {
  const { send, keyOf, workspace } = await openApiWorkspace({ kind: 'pat' });
  const { emulator } = workspace;
  const { body: made } = await send('POST', '/v1/linked_accounts/demo/authentications', {
    body: {
      name: 'account',
      kind: 'oauth_m2m',
      host: emulator.url,
      account_id: emulator.accountId,
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
    },
  });
  const [operator, builder] = [await keyOf('operator'), await keyOf('builder')];
  const use = { linked_account: 'demo', authentication: made.id };
  const list = { action: 'databricks.list_workspaces', ...use };
  const { body: listed } = await send('POST', '/v1/runs', { ...WAIT, key: operator, body: list });
  const { workspace_id } = listed.output.workspaces[0];
  const connect = { action: ACTION, ...use, input: { workspace_id } };
  const { body: workflow } = await send('POST', '/v1/workflows', {
    body: {
      name: 'connect',
      trigger: { id: 'core.manual' },
      steps: [{ id: 'connect', action: ACTION, input: { workspace_id }, ...use }],
    },
  });
  const testStep = { body: { step: 'connect', trigger: {} } };

  const refused = await send('POST', '/v1/runs', { key: operator, body: connect });
  const allowed = await send('POST', '/v1/runs', { ...WAIT, key: builder, body: connect });
  const replay = await send('POST', `/v1/runs/${allowed.body.id}/replay`, { key: operator, body: {} });
  const replays = await send('POST', '/v1/runs/replay', { key: operator, body: { filter: { action: ACTION } } });
  const tested = await send('POST', `/v1/workflows/${workflow.id}/test_step`, { key: operator, ...testStep });
  const flow = await send('POST', `/v1/workflows/${workflow.id}/run`, { ...WAIT, key: operator });

  expect(refused).toMatchObject({
    status: 403,
    body: { code: 'ERR_FORBIDDEN', detail: expect.stringContaining(`"${ACTION}" requires builder`) },
  });
  expect(allowed.body).toMatchObject({ status: 'succeeded', output: { change: 'created' } });
  expect([replay.status, replays.status, tested.status]).toEqual([403, 403, 403]);
  expect(flow.body).toMatchObject({ status: 'succeeded', output: { change: 'none' } });
  const { items } = (await send('GET', '/v1/audit')).body;
  const begun = items.find(({ action }: { action: string }) => action === 'run.create');
  expect(begun).toMatchObject({
    actor: { name: 'builder key', from: '127.0.0.1' },
    target: { kind: 'run', id: allowed.body.id },
    details: { action: ACTION },
  });
});
