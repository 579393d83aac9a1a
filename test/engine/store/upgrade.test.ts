import { expect, test } from 'vitest';
import { readStamp, SCHEMA_VERSION } from '../../../engine/store/schema-stamp.ts';
import { until } from '../../context.ts';
import { runSql } from '../run-sql.ts';
import { ROWS } from './dumps/known.ts';
import { openUpgraded, type Upgraded } from './upgraded.ts';

const LONG_MS = 60_000;

const LIST = { headers: { accept: 'application/json' } };
const TYPES = ['page.dead_lettered', 'run.failed', 'approval.requested'];

/** Lists that have another path than when the dump was made. */
const RENAMED_PATHS: Record<string, string> = { event_webhooks: 'webhook_endpoints' };

test('shows everything that the store of version 1 held', async () => {
  const { ctx, facts, send } = await openUpgraded({ worker: false });

  const shown: Record<string, string[]> = {};
  for (const [path, known] of Object.entries<string[]>(facts.lists)) {
    const { status, body } = await send('GET', `/v1/${RENAMED_PATHS[path] ?? path}`, LIST);
    expect({ path, status, unreadable: body.unreadable }).toEqual({ path, status: 200, unreadable: undefined });
    const ids = body.items.map((item: Record<string, string>) => item.id ?? item.version ?? item.name);
    shown[path] = known.filter((id) => ids.includes(id));
  }

  const { items: endpoints } = (await send('GET', '/v1/webhook_endpoints')).body;
  expect(endpoints).toContainEqual(expect.objectContaining({ id: facts.access.endpoint, types: TYPES }));
  const { items: events } = (await send('GET', '/v1/events?type=page.dead_lettered', LIST)).body;
  expect(events).toHaveLength(3);
  const { items: entries } = (await send('GET', '/v1/audit?limit=200')).body;
  const actions = entries.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(expect.arrayContaining(['webhook_endpoint.create', 'bulk_replay.create']));
  expect(actions).not.toContain('event_webhook.create');
  const { body: onEvent } = await send('GET', `/v1/workflows/${facts.flows.onEvent}`);
  expect(onEvent.trigger.input.types).toEqual(['page.dead_lettered', 'run.failed']);
  expect(await readStamp(ctx)).toMatchObject({ version: SCHEMA_VERSION });
  expect(shown).toEqual(facts.lists);
});

test('knows the keys, quotas, answers and results of version 1', async () => {
  const { facts, send } = await openUpgraded({ worker: false });
  const { access, runs, flows, syncs } = facts;
  const get = async (path: string, key?: string) => send('GET', path, key === undefined ? {} : { key });

  expect((await get('/v1/runs', access.viewer)).status).toBe(200);
  expect((await send('POST', '/v1/runs', { key: access.viewer, body: {} })).status).toBe(403);
  expect((await get('/v1/runs', access.gone)).status).toBe(401);
  expect((await get('/v1/tenant', access.tenantKey)).body).toMatchObject({
    id: access.tenant,
    quotas: { workflows: { limit: 100 }, streams: { limit: 20 }, webhook_endpoints: { limit: 15 } },
  });
  expect((await get('/v1/runs', access.tenantKey)).body.items).toEqual([]);
  const { quotas } = (await get('/v1/tenant')).body;
  expect(quotas.workflow_versions.used).toBe(facts.lists.workflows.length + 1);
  expect(quotas.workflow_bytes.used).toBeGreaterThan(0);
  expect(quotas.input_bytes.used).toBeGreaterThan(0);
  const again = await send('POST', '/v1/runs', {
    headers: { 'idempotency-key': 'order-1' },
    body: {
      action: 'databricks.execute_statement',
      linked_account: 'emulator',
      input: { statement: 'SELECT 1' },
    },
  });
  expect(again.body.id).toBe(runs.idempotent);
  for (const [name, status] of [
    ['succeeded', 'succeeded'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
    ['statement', 'waiting'],
    ['waitingJob', 'waiting'],
  ] as const)
    expect((await get(`/v1/runs/${runs[name]}`)).body).toMatchObject({ id: runs[name], status });
  const { text } = await get(`/v1/runs/${runs.large}/artifact`);
  expect(text.match(/x{100}/g)).toHaveLength(700);
  expect((await get(`/v1/workflows/${flows.versioned}`)).body).toMatchObject({ version: 1 });
  expect((await get(`/v1/workflows/${syncs.aside}/trigger`)).body).toMatchObject({ dead_letters_open: 3 });
});

test(
  'continues every run that version 1 had begun, and ends it',
  async () => {
    const { facts, send, services } = await openUpgraded();
    const { runs, flows, last } = facts;
    const end = (id: string) => ended(send, id);

    for (const service of Object.values(services)) service.isDone = true;
    await send('POST', `/v1/runs/${flows.runs.approval}/approve`);
    await send('POST', '/v1/linked_accounts/paused/resume');
    await send('POST', `/v1/runs/${flows.runs.retrying}/cancel`);

    for (const id of [runs.statement, runs.waitingJob, runs.timed, runs.paused, ...last.queued])
      expect(await end(id)).toMatchObject({ id, status: 'succeeded' });
    expect(await end(last.running)).toMatchObject({ status: 'succeeded', launches: [{ number: 1 }] });
    expect(await end(last.canceledLate)).toMatchObject({ status: 'canceled' });
    expect(await end(flows.runs.approval)).toMatchObject({ status: 'succeeded', output: { value: true } });
    expect(await end(flows.runs.nested)).toMatchObject({ status: 'succeeded' });
    expect(await end(flows.runs.loop)).toMatchObject({ status: 'succeeded', output: { value: 5 } });
    expect(await end(flows.runs.delayed)).toMatchObject({ status: 'succeeded', output: { value: 1 } });
    // Its step had failed and waited for a retry that the cancel takes away.
    expect(await end(flows.runs.retrying)).toMatchObject({ status: 'failed' });
    expect(await end(flows.runs.turnFirst)).toMatchObject({ status: 'succeeded' });
    expect(await end(flows.runs.turnSecond)).toMatchObject({ status: 'succeeded' });
    await until('the bulk replay has ended', async () => {
      const { body } = await send('GET', `/v1/replays/${last.replay}`);
      return body.status === 'done';
    });
  },
  LONG_MS * 3,
);

test(
  'ticks, polls, delivers and tells from where version 1 stopped',
  async () => {
    const upgraded = await openUpgraded();
    const { facts, send, emulator, endpoint: receiver, refusing, services, origin } = upgraded;
    const { syncs, flows } = facts;
    services.waiting.isDone = true;
    await runSql(emulator, `INSERT INTO main.default.events SELECT id + ${ROWS + 1}, 'new' FROM range(5)`);
    await send('POST', `/v1/workflows/${syncs.aside}/resume`);

    const moved = (id: string) =>
      until(`the cursor of ${id} has moved`, () => hasRead(upgraded, id, String(ROWS + 5)), LONG_MS);
    for (const id of [syncs.good, syncs.failing, syncs.aside]) await moved(id);
    const rowsOf = ({ received }: typeof receiver, path: string) =>
      received.filter(({ url }) => url === path).flatMap(({ events }) => events.map(({ data }) => Number(data.id)));
    const all = Array.from({ length: ROWS + 5 }, (_, i) => i + 1);
    expect(rowsOf(receiver, '/sync')).toEqual(all.slice(ROWS));
    expect(rowsOf(refusing, '/aside')).toEqual(all.slice(ROWS));
    expect([...new Set(rowsOf(refusing, '/failing'))].sort((a, b) => a - b)).toEqual(all);
    await until('the backfill is done', async () => {
      const { body } = await send('GET', `/v1/workflows/${syncs.failing}/backfills`);
      return body.items[0].status === 'done';
    });
    const before = facts.lists['runs?limit=200'] as string[];
    await until('the schedule has ticked', async () => {
      const { body } = await send('GET', `/v1/runs?workflow=${flows.ticking}`);
      return body.items.some(
        ({ id, status }: { id: string; status: string }) => !before.includes(id) && status === 'succeeded',
      );
    });
    const nightly = (await send('GET', `/v1/workflows/${flows.nightly}/trigger`)).body;
    expect(new Date(nightly.next_tick_at).getTime()).toBeGreaterThan(Date.now());
    await until('the poll that was in flight has ended', async () => {
      const { body } = await send('GET', `/v1/workflows/${syncs.polling}/cursor`);
      return body.in_flight === null;
    });
    const hook = await fetch(origin + flows.hook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"n": 7}',
    });
    const { run } = (await hook.json()) as { run: string };
    expect(await ended(send, run)).toMatchObject({ status: 'succeeded', output: { value: 7 } });
    const failing = await send('POST', `/v1/workflows/${flows.failed}/run`);
    expect(await ended(send, failing.body.id)).toMatchObject({ status: 'failed' });
    for (const path of ['/some', '/all'])
      await until(`the endpoint ${path} was told`, () =>
        receiver.received.some(
          (one) => one.url === path && one.body.includes('run.failed') && one.body.includes(failing.body.id),
        ),
      );
    expect((await ended(send, flows.runs.withSecret)).status).toBe('succeeded');
  },
  LONG_MS * 3,
);

async function hasRead({ send }: Upgraded, workflow: string, value: string): Promise<boolean> {
  const { body } = await send('GET', `/v1/workflows/${workflow}/cursor`);
  return body.position?.value === value;
}

async function ended(send: Upgraded['send'], id: string) {
  return until(
    `run ${id} has ended`,
    async () => {
      const { body } = await send('GET', `/v1/runs/${id}`, { headers: { prefer: 'wait=10' } });
      return ['succeeded', 'failed', 'canceled'].includes(body.status) ? body : undefined;
    },
    LONG_MS,
  );
}
