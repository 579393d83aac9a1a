import { expect, test } from 'vitest';
import { createApiKey, listApiKeys } from '../../../engine/access/api-keys.ts';
import { audit, engineActor, listAudit } from '../../../engine/access/audit.ts';
import { listTenants } from '../../../engine/access/create-tenant.ts';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount, listLinkedAccounts } from '../../../engine/credentials/accounts/accounts.ts';
import { announceExpiries } from '../../../engine/credentials/authentications/expiry.ts';
import { listEvents } from '../../../engine/events/event-list.ts';
import { readEvents } from '../../../engine/events/event-stream.ts';
import { emitEvent } from '../../../engine/events/life-events.ts';
import { watchTriggers } from '../../../engine/polling/watchdog.ts';
import { repairRuns } from '../../../engine/runs/reconcile.ts';
import { applyRetention } from '../../../engine/runs/retention.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { readableHeads, readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { readProcesses } from '../../../engine/secrets/processes.ts';
import { deliverEvents } from '../../../engine/webhook-endpoints/event-delivery.ts';
import { createWebhookEndpoint, listWebhookEndpoints } from '../../../engine/webhook-endpoints/webhook-endpoints.ts';
import { startWorker } from '../../../engine/worker.ts';
import { listWorkflows } from '../../../engine/workflows/workflow-list.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { testClock, testContext, until } from '../../context.ts';
import { ended } from '../../workspace.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const CODE = 'ERR_RECORD_UNREADABLE';

async function open(env: Record<string, string> = {}) {
  const clock = testClock();
  const ctx = await testContext({ context: { clock }, env });
  await ensureTenant(ctx, 'default');
  const submit = async () => {
    const request = { action: 'core.transform', input: { value: 1 } };
    return (await submitAction(ctx, 'default', { request })).id;
  };
  return { ctx, clock, submit, actor: engineActor('default') };
}

async function unreadableCounted(ctx: Context): Promise<Record<string, number>> {
  const found = ctx.meters.own().counters.get('penstock_unreadable_records_total') ?? [];
  return Object.fromEntries(found.map(({ labels, value }) => [labels.kind, value]));
}

/** Each kind of list, made of two good records and one that was broken from outside. */
const LISTS: Record<
  string,
  (ctx: Context) => Promise<{ ids: string[]; list: () => Promise<unknown>; key: (id: string) => string }>
> = {
  async run(ctx) {
    const request = { action: 'core.transform', input: { value: 1 } };
    const make = async () => (await submitAction(ctx, 'default', { request })).id;
    return {
      ids: [await make(), await make(), await make()],
      list: async () => {
        const { items: runs, ...rest } = await listRuns(ctx, 'default', { filter: {}, limit: 50 });
        return { items: runs, ...rest };
      },
      key: (id) => ctx.keys.run(id),
    };
  },
  async api_key(ctx) {
    const make = async (name: string) =>
      (await createApiKey(ctx, { tenant: 'default', name, role: 'viewer' }, engineActor('default'))).id;
    return {
      ids: [await make('a'), await make('b'), await make('c')],
      list: () => listApiKeys(ctx, 'default'),
      key: (id) => ctx.keys.record('api_key', id),
    };
  },
  async linked_account(ctx) {
    const make = async (name: string) =>
      (await createLinkedAccount(ctx, engineActor('default'), { name, connector: 'databricks' })).id;
    return {
      ids: [await make('a'), await make('b'), await make('c')],
      list: () => listLinkedAccounts(ctx, 'default'),
      key: (id) => ctx.keys.record('linked_account', id),
    };
  },
  async webhook_endpoint(ctx) {
    const make = async (path: string) =>
      (await createWebhookEndpoint(ctx, engineActor('default'), { url: `https://example.com/${path}` })).id;
    return {
      ids: [await make('a'), await make('b'), await make('c')],
      list: () => listWebhookEndpoints(ctx, 'default'),
      key: (id) => ctx.keys.record('webhook_endpoint', id),
    };
  },
  async tenant(ctx) {
    await ensureTenant(ctx, 'acme');
    await ensureTenant(ctx, 'zeta');
    return {
      ids: ['default', 'acme', 'zeta'],
      list: () => listTenants(ctx),
      key: (id) => ctx.keys.record('tenant', id),
    };
  },
  async workflow(ctx) {
    const make = async (name: string) => {
      const definition = {
        name,
        trigger: { id: 'core.manual' },
        steps: [{ id: 'one', action: 'core.transform', input: { value: 1 } }],
      };
      return (await createWorkflow(ctx, 'default', definition)).id;
    };
    return {
      ids: [await make('a'), await make('b'), await make('c')],
      list: async () => {
        const { items: workflows, ...rest } = await listWorkflows(ctx, 'default', { limit: 50 });
        return { items: workflows, ...rest };
      },
      key: (id) => ctx.keys.object('workflow', id),
    };
  },
};

test.for(Object.keys(LISTS))('a list of kind %s shows the neighbors of a broken record, and names it', async (kind) => {
  const { ctx } = await open();
  const { ids, list, key } = await LISTS[kind]!(ctx);
  const [first, broken, last] = ids as [string, string, string];
  const type = await ctx.redis.type(key(broken));
  if (type === 'string') await ctx.redis.set(key(broken), '{"id": "tor');
  else await ctx.redis.hset(key(broken), kind === 'run' ? 'run' : 'json', '{"id": "tor');

  const { items, unreadable } = (await list()) as { items: { id: string }[]; unreadable: unknown[] };

  expect(items.map(({ id }) => id).sort()).toEqual([first, last].sort());
  expect(unreadable).toEqual([{ id: broken, code: CODE, message: expect.stringContaining(broken) }]);
  expect(JSON.stringify(unreadable)).not.toContain('tor"');
  expect((await unreadableCounted(ctx))[kind]).toBeGreaterThan(0);
});

test('the audit log shows the neighbors of a broken entry', async () => {
  const { ctx, actor } = await open();
  const note = (id: string) => audit(ctx, actor, { action: 'run.create', target: { kind: 'run', id } });
  await note('a');
  await ctx.redis.xadd(ctx.keys.audit('default'), '*', 'entry', '{"at": ');
  await note('b');

  const { items, unreadable } = await listAudit(ctx, 'default');

  expect(items.map(({ target }) => target.id)).toEqual(['b', 'a']);
  expect(unreadable).toMatchObject([{ code: CODE }]);
});

test('events after a broken entry are listed and delivered', async () => {
  const { ctx, actor } = await open();
  await createWebhookEndpoint(ctx, actor, { url: 'https://example.com/hook' });
  const emit = (n: number) => emitEvent(ctx, 'default', { type: 'trigger.resumed', data: { n } });
  await emit(1);
  await ctx.redis.xadd(ctx.keys.events('default'), '*', 'event', '{"id": ');
  await emit(2);

  expect((await readEvents(ctx, 'default')).map(({ event }) => event.data)).toMatchObject([{ n: 1 }, { n: 2 }]);
  expect(await listEvents(ctx, 'default', { limit: 10 })).toMatchObject({
    items: [{ data: { n: 2 } }, { data: { n: 1 } }],
    unreadable: [{ code: CODE }],
  });
  expect(await deliverEvents(ctx)).toBe(2);
});

test('one broken webhook endpoint does not keep events from others', async () => {
  const { ctx, actor } = await open();
  const broken = await createWebhookEndpoint(ctx, actor, { url: 'https://example.com/broken' });
  await createWebhookEndpoint(ctx, actor, { url: 'https://example.com/fine' });
  await ctx.redis.hset(ctx.keys.record('webhook_endpoint', broken.id), 'json', '!');
  await emitEvent(ctx, 'default', { type: 'trigger.resumed', data: {} });

  expect(await deliverEvents(ctx)).toBe(1);
});

test('the reconciler ends a run that cannot be read, and repairs its neighbors', async () => {
  const { ctx, clock, submit } = await open();
  const ids = [await submit(), await submit(), await submit()] as const;
  for (const id of ids) await ctx.queues.runs.remove(id);
  await ctx.redis.hset(ctx.keys.run(ids[1]), 'run', '{"id": "tor');
  clock.advance(MINUTE_MS);

  expect(await repairRuns(ctx)).toMatchObject({ record_without_job: 2, ended_but_open: 1 });

  expect(await ctx.redis.hget(ctx.keys.run(ids[1]), 'status')).toBe('failed');
  expect(await ctx.redis.smembers(ctx.keys.inFlight('default'))).not.toContain(ids[1]);
  await expect(readRun(ctx, ids[1])).rejects.toMatchObject({ code: CODE });
  const worker = await startWorker(ctx);
  for (const id of [ids[0], ids[2]]) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
  await worker.close();
});

test('a worker ends a run that cannot be read instead of trying it forever', async () => {
  const { ctx, submit } = await open();
  const id = await submit();
  await ctx.redis.hset(ctx.keys.run(id), 'run', '{"id": "tor');
  const worker = await startWorker(ctx);
  await ended(ctx, await submit());

  await until('it ended too', async () => (await ctx.redis.hget(ctx.keys.run(id), 'status')) === 'failed');
  expect(await ctx.redis.zscore(ctx.keys.openRuns(), id)).toBeNull();
  await worker.close();
});

test('retention removes a run that cannot be read, and its neighbors', async () => {
  const { ctx, clock, submit } = await open({ PENSTOCK_RETENTION_DAYS: '2' });
  const ids = [await submit(), await submit()] as const;
  const worker = await startWorker(ctx);
  for (const id of ids) await ended(ctx, id);
  await worker.close();
  await ctx.redis.hset(ctx.keys.run(ids[0]), 'run', '{"id": "tor');
  clock.advance(3 * DAY_MS);

  expect(await applyRetention(ctx)).toBe(2);

  expect(await readableHeads(ctx, ids)).toEqual([undefined, undefined]);
  expect(await ctx.redis.zcard(ctx.keys.runs('default'))).toBe(0);
});

test('the watchdog and the warnings of expiries continue after a broken record', async () => {
  const { ctx, clock } = await open();
  const { ids, key } = await LISTS.workflow!(ctx);
  await ctx.redis.set(key(ids[0]!), '!');
  for (const id of ids) await ctx.redis.zadd(ctx.keys.dueTicks(), clock.now() - 10 * MINUTE_MS, id);
  for (const id of ['auth_1', 'auth_2']) await ctx.redis.zadd(ctx.keys.expiries(), clock.now() - 1, id);
  await ctx.redis.hset(ctx.keys.record('authentication', 'auth_1'), 'json', '!', 'version', '1');

  expect(await watchTriggers(ctx)).toBe(2);
  await announceExpiries(ctx);

  expect(await ctx.redis.zrange(ctx.keys.expiries(), '0', '-1')).toEqual(['auth_1']);
});

test('a heartbeat that cannot be read hides no process', async () => {
  const { ctx } = await open();
  const worker = await startWorker(ctx);
  await ctx.redis.hset(ctx.keys.workers(), 'wrk_broken', '!');

  expect(await readProcesses(ctx)).toHaveLength(1);
  await worker.close();
});
