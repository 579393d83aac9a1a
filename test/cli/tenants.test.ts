import { expect, inject, onTestFinished, test } from 'vitest';
import { createApi } from '../../api/server.ts';
import { listAudit } from '../../engine/access/audit.ts';
import { ensureTenant } from '../../engine/access/tenants.ts';
import { testContext } from '../context.ts';
import { runCli } from './cli.ts';

test('an operator makes a tenant, whose admin key works and reaches no other', async () => {
  const { env, ctx, tenants, as } = await opened();
  await ensureTenant(ctx, 'default');

  const made = await tenants('create', 'Acme Ltd');
  const key = made.out.trim();
  const own = await as(key, ['accounts', 'add', 'mine']);
  const [, id] = /\((tnt_\w+)\)/.exec(made.err)!;
  const more = await tenants('create-key', id!);
  const listed = await tenants();

  expect(made.err).toMatch(/^Created Acme Ltd \(tnt_\w+\)\. Its admin key is shown only once:\n$/);
  expect(own.code).toBe(0);
  expect((await as(more.out.trim(), ['accounts'])).out).toContain('mine');
  expect(listed.out).toMatch(/^ID +NAME +STATUS +CREATED\ntnt_\w+ +Acme Ltd +active .*\ndefault +default +active /);
  expect(listed.out + JSON.stringify(env)).not.toContain(key);
  expect((await listAudit(ctx, 'default')).items).toMatchObject([
    { action: 'tenant.create', actor: { key: 'command_line' }, target: { name: 'Acme Ltd' } },
  ]);
  const { items } = await listAudit(ctx, id!);
  expect(items.filter(({ action }) => action === 'api_key.create')).toHaveLength(2);
});

test('an operator suspends a tenant, resumes it and deletes it', async () => {
  const { ctx, tenants, as } = await opened();
  await ensureTenant(ctx, 'default');
  const made = await tenants('create', 'Acme');
  const [, id] = /\((tnt_\w+)\)/.exec(made.err)!;
  const key = made.out.trim();

  const suspended = await tenants('suspend', id!, '--reason', 'unpaid');
  const refused = await as(key, ['accounts']);
  const listed = await tenants();
  const resumed = await tenants('resume', id!);
  const works = await as(key, ['accounts']);
  const asked = await tenants('delete', id!);
  const deleted = await tenants('delete', id!, '--yes');

  expect(suspended.out).toBe(`Acme (${id}) is suspended.\n`);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('ERR_TENANT_SUSPENDED') });
  expect(listed.out).toMatch(/Acme +suspended /);
  expect(resumed.out).toBe(`Acme (${id}) is active.\n`);
  expect(works.code).toBe(0);
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('nothing was changed') });
  expect(deleted).toMatchObject({ code: 0, out: `Deleted ${id}.\n` });
  expect((await tenants()).out).not.toContain(id);
  const noted = (await listAudit(ctx, 'default')).items.filter(({ target }) => target?.id === id);
  expect(noted.map(({ action, details }) => [action, details?.reason])).toEqual([
    ['tenant.delete', undefined],
    ['tenant.resume', undefined],
    ['tenant.suspend', 'unpaid'],
    ['tenant.create', undefined],
  ]);
});

test.each([
  [['create', ' '], '"name" must be one line of 1 to 200 characters'],
  [['create-key', 'tnt_none'], 'there is no tenant "tnt_none"'],
])('tenants %j says what is wrong', async (args, said) => {
  const { tenants } = await opened();

  expect(await tenants(...args)).toMatchObject({ code: 1, err: expect.stringContaining(said) });
});

/** A Redis database of its own, since a command line knows one prefix only. */
async function opened() {
  const env = { REDIS_URL: `${inject('redisUrl')}/8` };
  const ctx = await testContext({ env, prefix: '{penstock}:', role: 'api' });
  onTestFinished(async () => void (await ctx.redis.flushdb()));
  const app = createApi(ctx);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const operator = { ...env, PENSTOCK_ENCRYPTION_KEYS: ctx.config.encryptionKeys! };
  return {
    env,
    ctx,
    tenants: (...args: string[]) => runCli(['tenants', ...args], { env: operator }),
    as: (key: string, args: string[]) => runCli(args, { env: { PENSTOCK_URL: url, PENSTOCK_API_KEY: key } }),
  };
}

test("an operator sets a tenant's quotas, and takes them back", async () => {
  const { ctx, tenants } = await opened();
  await ensureTenant(ctx, 'default');

  const set = await tenants('update', 'default', '--quota', 'workflows=7', '--quota', 'streams=2');
  const back = await tenants('update', 'default', '--quota', 'workflows=default');

  expect(set.out).toMatch(/^workflows +7 +0$/m);
  expect(back.out).toMatch(/^workflows +50000 +0$/m);
  expect(back.out).toMatch(/^streams +2 +0$/m);
  expect((await listAudit(ctx, 'default')).items[0]).toMatchObject({ action: 'tenant.set_quotas' });
});

test.each([
  [['update', 'default', '--quota', 'workflows'], '--quota is "workflows"; pass NAME=N'],
  [['update', 'default', '--quota', 'flows=1'], '"flows" is not a quota; there are unfinished_runs,'],
  [['update', 'tnt_none', '--quota', 'workflows=1'], 'there is no tenant "tnt_none"'],
])('tenants %j says what is wrong with a quota', async (args, said) => {
  const { ctx, tenants } = await opened();
  await ensureTenant(ctx, 'default');

  expect(await tenants(...args)).toMatchObject({ code: 1, err: expect.stringContaining(said) });
});
