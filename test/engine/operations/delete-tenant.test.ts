import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { deleteTenant } from '../../../engine/operations/delete-tenant.ts';
import { startTestApi } from '../../api/client.ts';
import { everythingIn } from '../../api/dump.ts';
import { pingFiles } from '../../api/own-connector-files.ts';
import { openApiWorkspace } from '../../api/workspace.ts';
import { COMPILE_CACHE } from '../../compile-cache.ts';
import { until } from '../../context.ts';
import { fillTenant, makeTenant } from './tenant-contents.ts';

const PROCESS = fileURLToPath(new URL('./deleting-process.ts', import.meta.url));
const KILLS = 3;

/** Which of the ids are somewhere in Redis or in the folder. The operator's audit log tells of the tenant, and stays. */
async function leftOf(ctx: Context, ids: readonly string[]): Promise<string[]> {
  await ctx.redis.del(ctx.keys.accessAudit('default'), ctx.keys.audit('default'));
  const all = await everythingIn(ctx);
  const files = (await readdir(ctx.config.dataFolder, { recursive: true })).join('\n');
  return ids.filter((id) => `${all}\n${files}`.includes(id));
}

test('one of everything goes with its tenant, and nothing of it stays in Redis or in the folder', async () => {
  const api = await startTestApi();
  const [ours, other] = [await makeTenant(api), await makeTenant(api)];
  const ids = await fillTenant(api, ours);
  const others = await fillTenant(api, other, 'other_connector');
  expect(await leftOf(api.ctx, ids)).toEqual(ids);
  const before = (await leftOf(api.ctx, others)).length;

  const deleted = await api.send('DELETE', `/v1/tenants/${ours.id}`);

  expect(deleted.status).toBe(204);
  expect(await leftOf(api.ctx, ids)).toEqual([]);
  expect((await leftOf(api.ctx, others)).length).toBe(before);
  expect((await api.send('GET', '/v1/me', { key: ours.key })).status).toBe(401);
  expect((await api.send('GET', `/v1/tenants/${ours.id}`)).status).toBe(404);
  expect((await api.send('DELETE', `/v1/tenants/${ours.id}`)).status).toBe(404);
  expect((await other.must('GET', '/v1/workflows')).items).toHaveLength(3);
  expect((await other.must('GET', '/v1/runs')).items.length).toBeGreaterThan(3);
});

test('a deletion that was killed after the connectors of the tenant were gone is finished by the next call', async () => {
  const api = await startTestApi();
  const tenant = await makeTenant(api);
  await tenant.must('POST', '/v1/connectors', { files: pingFiles() });
  await api.ctx.redis.del(api.ctx.keys.connectors(tenant.id));

  const deleted = await api.send('DELETE', `/v1/tenants/${tenant.id}`);

  expect(deleted.status).toBe(204);
  expect((await api.send('GET', `/v1/tenants/${tenant.id}`)).status).toBe(404);
});

test('what workers have done and are doing goes, too', async () => {
  const api = await openApiWorkspace();
  const tenant = await makeTenant(api);
  const { must } = tenant;
  const wait = { prefer: 'wait=20' };
  const file = await must(
    'POST',
    '/v1/runs',
    { action: 'core.file', input: { path: 'a.ndjson', rows: [{ n: 1 }] } },
    wait,
  );
  const failed = await must('POST', '/v1/runs', { action: 'core.fail', input: { message: 'no' } }, wait);
  const steps = [{ id: 'go', action: 'core.approve', input: { message: 'Go?' } }];
  const flow = await must('POST', '/v1/workflows', { name: 'w', trigger: { id: 'core.manual' }, steps });
  const run = await must('POST', `/v1/workflows/${flow.id}/run`);
  await until('it asks', async () => (await must('GET', '/v1/approvals')).items.length === 1);

  const { ctx } = api.workspace;
  expect((await readdir(ctx.config.dataFolder, { recursive: true })).join()).toContain(tenant.id);

  // In the worker's process, whose folder has the files.
  await deleteTenant(ctx, engineActor('default'), tenant.id);

  const ids = [tenant.id, flow.id, run.id, file.id, failed.id];
  await until('workers have ended', async () => (await leftOf(ctx, ids)).length === 0);
});

test('a deletion that was killed at any point is finished by the next', async () => {
  const api = await startTestApi();
  const whole = await makeTenant(api);
  await fillTenant(api, whole);
  const { commands } = await deleteAside(api.ctx, whole.id, 'never');
  expect(commands).toBeGreaterThan(50);

  for (let n = 1; n <= KILLS; n += 1) {
    const tenant = await makeTenant(api);
    const ids = await fillTenant(api, tenant);
    const point = Math.ceil((n * commands) / (KILLS + 1));
    const first = await deleteAside(api.ctx, tenant.id, String(point));
    expect({ point, killed: first.killed }).toEqual({ point, killed: true });
    // Its lock lapses by itself after ten seconds.
    await api.ctx.redis.del(api.ctx.keys.lock(`tenant-deletion:${tenant.id}`));

    const second = await api.send('DELETE', `/v1/tenants/${tenant.id}`);

    expect([point, second.status]).toEqual([point, 204]);
    expect({ point, left: await leftOf(api.ctx, ids) }).toEqual({ point, left: [] });
  }
}, 120_000);

test('the first tenant is never deleted, nor one by another tenant, and two at once are one', async () => {
  const api = await startTestApi();
  const tenant = await makeTenant(api);
  expect((await api.send('DELETE', '/v1/tenants/default')).status).toBe(409);
  expect((await api.send('DELETE', '/v1/tenants/none')).status).toBe(404);
  expect((await api.send('DELETE', `/v1/tenants/${tenant.id}`, { key: tenant.key })).status).toBe(403);
  expect((await api.send('DELETE', `/v1/tenants/${tenant.id}`, { key: await api.keyOf('builder') })).status).toBe(403);

  const both = await Promise.all([1, 2].map(() => api.send('DELETE', `/v1/tenants/${tenant.id}`)));

  expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
});

/** Deletes in another process, which kills itself before its n-th command. */
async function deleteAside(
  ctx: Context,
  tenant: string,
  killAt: string,
): Promise<{ killed: boolean; commands: number }> {
  const env = {
    ...COMPILE_CACHE,
    PATH: process.env.PATH,
    PREFIX: ctx.config.prefix,
    TENANT: tenant,
    KILL_AT: killAt,
    REDIS_URL: ctx.config.redisUrl!,
    PENSTOCK_ENCRYPTION_KEYS: ctx.config.encryptionKeys!,
    PENSTOCK_DATA: ctx.config.dataFolder,
    LOG_LEVEL: 'silent',
  };
  const child = spawn(process.execPath, [PROCESS], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // When the test ends first, it would keep the output of the tests open.
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (signal === 'SIGKILL') return { killed: true, commands: 0 };
  expect(code).toBe(0);
  return { killed: false, commands: Number(said) };
}
