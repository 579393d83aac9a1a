import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createTenant } from '../../../engine/access/create-tenant.ts';
import { setSuspended } from '../../../engine/access/suspension.ts';
import { isSuspended } from '../../../engine/access/tenant-cache.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { isAccountPaused, setAccountPaused } from '../../../engine/credentials/accounts/pause-account.ts';
import { activate } from '../../../engine/runs/activate.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { testContext } from '../../context.ts';
import { openWorkspace } from '../../workspace.ts';

const operator = engineActor('default');

/** Another process, to which no change is pushed: what it has read of an account or a tenant stays as it was. */
async function deafProcess({ config }: Context): Promise<Context> {
  const deaf = await testContext({ prefix: config.prefix });
  await deaf.changes.close();
  return deaf;
}

function execute(ctx: Context, id: string) {
  const { signal } = new AbortController();
  return activate(ctx, id, { signal, renew: () => signal });
}

test('a run executes at once although its process still takes the account for paused', async () => {
  const { ctx, account } = await openWorkspace({ worker: false });
  await setAccountPaused(ctx, operator, { account, paused: true });
  const deaf = await deafProcess(ctx);
  await isAccountPaused(deaf, account);
  await setAccountPaused(ctx, operator, { account, paused: false });
  const { id } = await submitAction(ctx, 'default', {
    request: { action: 'databricks.query_warehouses', linked_account: account, input: {} },
  });
  expect(isAccountPaused(deaf, account)).toBe(true);

  const first = await execute(deaf, id);
  const second = await execute(deaf, id);

  expect([first, second]).toEqual([{ kind: 'wait', ms: 0 }, { kind: 'ended' }]);
  expect((await readRun(ctx, id))?.status).toBe('succeeded');
  expect(await ctx.redis.scard(ctx.keys.other('paused-runs', account))).toBe(0);
});

test('a run of a paused account waits, also where its process still takes the tenant for suspended', async () => {
  const ctx = await testContext();
  const { id: tenant } = await createTenant(ctx, operator, 'Acme');
  const owner = engineActor(tenant);
  const { id: account } = await createLinkedAccount(ctx, owner, {
    name: 'demo',
    connector: 'databricks',
    authentication: { name: 'token', kind: 'pat', host: 'http://127.0.0.1:9', token: 'dapi-test', test: false },
  });
  const request = { action: 'databricks.query_warehouses', linked_account: account, input: {} };
  const { id } = await submitAction(ctx, tenant, { request });
  await setAccountPaused(ctx, owner, { account, paused: true });
  await setSuspended(ctx, operator, { tenant, suspended: true });
  const deaf = await deafProcess(ctx);
  await isSuspended(deaf, tenant);
  await setSuspended(ctx, operator, { tenant, suspended: false });
  expect(isSuspended(deaf, tenant)).toBe(true);

  const first = await execute(deaf, id);
  const second = await execute(deaf, id);

  expect(first).toEqual({ kind: 'wait', ms: 0 });
  expect(second).toMatchObject({ kind: 'wait', ms: expect.any(Number) });
  expect((second as { ms: number }).ms).toBeGreaterThanOrEqual(60_000);
  expect(await readRun(ctx, id)).toMatchObject({ status: 'waiting', launches: [] });
});
