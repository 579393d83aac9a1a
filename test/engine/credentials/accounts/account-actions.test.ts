import { expect, it } from 'vitest';
import { engineActor, listAudit } from '../../../../engine/access/audit.ts';
import {
  createAuthentication,
  getAuthentication,
  listAuthentications,
  replaceSecret,
} from '../../../../engine/credentials/authentications/authentications.ts';
import { revokeAuthentication } from '../../../../engine/credentials/authentications/revoke.ts';
import type { Run } from '../../../../engine/runs/run.ts';
import { submitAction } from '../../../../engine/runs/submit.ts';
import { ended, openWorkspace, type Workspace } from '../../../workspace.ts';
import { flowsOf } from '../../flows.ts';

const actor = engineActor('default');

async function accountLevel() {
  const workspace = await openWorkspace({ kind: 'pat' });
  const { ctx, emulator, account } = workspace;
  const { id } = await createAuthentication(ctx, actor, account, {
    name: 'account',
    kind: 'oauth_m2m',
    host: emulator.url,
    account_id: emulator.accountId,
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
  });
  return { ...workspace, authentication: id };
}

async function runWith({ ctx, account }: Workspace, authentication: string | undefined, action: string, input: object) {
  const { id } = await submitAction(ctx, 'default', {
    request: { action: `databricks.${action}`, linked_account: account, authentication, input },
  });
  return ended(ctx, id);
}

it('a run lists the workspaces of an account, and stores an authentication for one', async () => {
  const setting = await accountLevel();
  const { ctx, emulator, account, authentication } = setting;

  const listed = await runWith(setting, authentication, 'list_workspaces', {});
  const [{ workspace_id }] = (listed.output as { workspaces: { workspace_id: string }[] }).workspaces as [
    { workspace_id: string },
  ];
  const connected = await runWith(setting, authentication, 'connect_workspace', { workspace_id, name: 'prod' });

  expect(listed.output).toMatchObject({
    workspaces: [{ workspace_id: expect.stringMatching(/^\d+$/), workspace_name: 'emulator', host: emulator.url }],
  });
  expect(connected.output).toEqual({
    authentication: expect.stringMatching(/^auth_/),
    name: 'prod',
    workspace_id,
    host: emulator.url,
    change: 'created',
  });
  const { authentication: made } = connected.output as { authentication: string };
  expect(await getAuthentication(ctx, 'default', account, made)).toMatchObject({ kind: 'oauth_m2m', status: 'active' });
  expect((await runWith(setting, made, 'query_warehouses', {})).status).toBe('succeeded');
  const { items } = await listAudit(ctx, 'default');
  expect(items.find(({ target }) => target.id === made)).toMatchObject({
    action: 'authentication.create',
    actor: { key: connected.id, name: 'run of databricks.connect_workspace' },
  });
});

it('connecting a workspace again keeps its authentication, and gives it the newest secret', async () => {
  const setting = await accountLevel();
  const { ctx, account, authentication } = setting;
  const workspace_id = await firstWorkspace(setting, authentication);
  const connect = async () => (await runWith(setting, authentication, 'connect_workspace', { workspace_id })).output;

  const created = await connect();
  const same = await connect();
  const { authentication: made } = created as { authentication: string };
  await replaceSecret(ctx, actor, account, made, { client_secret: 'an-old-secret', test: false });
  const renewed = await connect();

  expect([created, same, renewed]).toMatchObject([
    { change: 'created' },
    { authentication: made, change: 'none' },
    { authentication: made, change: 'renewed' },
  ]);
  expect((await runWith(setting, made, 'query_warehouses', {})).status).toBe('succeeded');
});

it('runs that connect the same workspace at once make one authentication', async () => {
  const setting = await accountLevel();
  const { ctx, account, authentication } = setting;
  const workspace_id = await firstWorkspace(setting, authentication);

  const runs = await Promise.all(
    Array.from({ length: 5 }, () => runWith(setting, authentication, 'connect_workspace', { workspace_id })),
  );

  expect(runs.map(({ status }) => status)).toEqual(Array(5).fill('succeeded'));
  expect((await listAuthentications(ctx, 'default', account)).items).toHaveLength(3);
});

it('what cannot be done says what to do about it', async () => {
  const setting = await accountLevel();
  const { ctx, account, authentication } = setting;
  const workspace_id = await firstWorkspace(setting, authentication);
  const codeAndHint = ({ error }: Run) => [error?.code, error?.hint];

  const withToken = await runWith(setting, undefined, 'list_workspaces', {});
  const unknown = await runWith(setting, authentication, 'connect_workspace', { workspace_id: '7' });
  const taken = await runWith(setting, authentication, 'connect_workspace', { workspace_id, name: 'account' });
  const made = (await runWith(setting, authentication, 'connect_workspace', { workspace_id })).output;
  const { authentication: id } = made as { authentication: string };
  await revokeAuthentication(ctx, actor, { account, id });
  const revoked = await runWith(setting, authentication, 'connect_workspace', { workspace_id });

  expect(codeAndHint(withToken)).toEqual([
    'ERR_CONFLICT',
    expect.stringContaining('"account_id" and the account host'),
  ]);
  expect(unknown.error).toMatchObject({
    code: 'ERR_NOT_FOUND',
    errors: [{ pointer: '/workspace_id', allowed: [workspace_id] }],
  });
  expect(codeAndHint(taken)).toEqual(['ERR_NAME_TAKEN', expect.stringContaining('Choose a different name')]);
  expect(codeAndHint(revoked)).toEqual(['ERR_CONFLICT', expect.stringContaining('Delete it to connect')]);
});

it('a workflow connects every workspace of an account', async () => {
  const setting = await accountLevel();
  const { ctx, account, authentication } = setting;
  const use = { linked_account: account, authentication };

  const done = await flowsOf(ctx).run([
    { id: 'list', action: 'databricks.list_workspaces', input: {}, ...use },
    {
      id: 'connect',
      action: 'databricks.connect_workspace',
      for_each: { items: '{{ steps.list.output.workspaces }}' },
      input: { workspace_id: '{{ item.workspace_id }}' },
      ...use,
    },
  ]);

  expect(done.status).toBe('succeeded');
  const { items } = await listAuthentications(ctx, 'default', account);
  expect(items.map(({ name }) => name)).toEqual(['emulator', 'account', 'token']);
});

async function firstWorkspace(setting: Workspace, authentication: string): Promise<string> {
  const { output } = await runWith(setting, authentication, 'list_workspaces', {});
  return (output as { workspaces: { workspace_id: string }[] }).workspaces[0]!.workspace_id;
}
