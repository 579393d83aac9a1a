import { expect, inject, test } from 'vitest';
import { examine } from '../../../engine/operations/doctor.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { startHeartbeat } from '../../../engine/queue/workers.ts';
import { startApiHeartbeat } from '../../../engine/secrets/processes.ts';
import type { MigrationStep } from '../../../engine/store/migrate.ts';
import { readStamp, SCHEMA_VERSION, type SchemaStore } from '../../../engine/store/schema-stamp.ts';
import { ensureSchema } from '../../../engine/store/schema-version.ts';
import { testContext, until } from '../../context.ts';
import { openStore } from './bare-store.ts';

function heartbeat(store: SchemaStore, given: { ageMs?: number; role?: string; schemaVersion?: number } = {}) {
  const { ageMs = 0, role = 'worker', ...more } = given;
  const text = JSON.stringify({ role, host: 'host-a', pid: 42, seenAt: Date.now() - ageMs, slots: 1, ...more });
  return store.redis.hset(role === 'api' ? store.keys.apiProcesses() : store.keys.workers(), `${role}-1`, text);
}

test('stamps an empty store with the current version, once for many processes', async () => {
  const store = await openStore({ of: 0 });

  await Promise.all(Array.from({ length: 5 }, () => ensureSchema(store)));

  expect(await readStamp(store)).toEqual({ version: SCHEMA_VERSION, oldestReader: SCHEMA_VERSION });
});

test('refuses a store that is too new with what was found, what it knows and what to do, and changes nothing', async () => {
  const store = await openStore();
  await store.redis.hset(store.keys.schemaVersion(), { version: 9, oldest_reader: 8 });

  const refusal = ensureSchema(store);

  await expect(refusal).rejects.toMatchObject({
    code: 'ERR_SCHEMA_VERSION',
    message: expect.stringMatching(
      new RegExp(`schema version 9 and needs .* version 8 or later; this one has schema version ${SCHEMA_VERSION}`),
    ),
    hint: expect.stringContaining('restore the backup'),
  });
  expect(await store.redis.hgetall(store.keys.schemaVersion())).toEqual({ version: '9', oldest_reader: '8' });
});

test('starts on a newer store whose records carry what this version reads', async () => {
  const store = await openStore();
  await store.redis.hset(store.keys.schemaVersion(), { version: SCHEMA_VERSION + 1, oldest_reader: SCHEMA_VERSION });

  await ensureSchema(store);

  expect(await readStamp(store)).toEqual({ version: SCHEMA_VERSION + 1, oldestReader: SCHEMA_VERSION });
});

test('migrates a store without a stamp from version 1, and says so in the log', async () => {
  const store = await openStore();
  await store.redis.zadd(store.keys.sealedWithOfVersion1(), 0, 'test|authentication:auth_1', 0, 'test|api_key:key_1');

  await store.redis.hset(store.keys.meters(), {
    'penstock_mended_total|stuck_in_lane': '2',
    'penstock_reconciler_repairs_total|stuck_in_backlog': '1',
    'penstock_runs_total|core.file|failed|ERR_TIMEOUT': '3',
  });

  await ensureSchema(store);

  expect(await store.redis.hgetall(store.keys.meters())).toEqual({
    'penstock_reconciler_repairs_total|stuck_in_backlog': '3',
    'penstock_runs_total|core.file|failed|ERR_TIMEOUT': '3',
  });
  expect(await readStamp(store)).toEqual({ version: SCHEMA_VERSION, oldestReader: SCHEMA_VERSION });
  expect(await store.redis.zrange(store.keys.sealedWith(), 0, '-1')).toEqual([
    'test|api_key:key_1',
    'test|authentication:auth_1',
  ]);
  expect(store.lines.map((line) => JSON.parse(line).msg)).toEqual([
    'the migration of the store begins',
    'the migration of the store has ended',
  ]);
});

test.each(['worker', 'api'])(
  'refuses to migrate while a %s process of version 1 sends heartbeats, and names it',
  async (role) => {
    const store = await openStore();
    await heartbeat(store, { role, ageMs: 1000 });
    const refusal = ensureSchema(store);
    refusal.catch(() => {});

    await until('the migration waits', () => store.lines.some((line) => line.includes('heartbeat')));
    await heartbeat(store, { role });

    await expect(refusal).rejects.toMatchObject({
      code: 'ERR_SCHEMA_VERSION',
      message: expect.stringContaining(`${role === 'api' ? 'API' : 'worker'} process 42 on host-a (schema version 1)`),
      hint: expect.stringContaining('SIGTERM'),
    });
    expect(await store.redis.exists(store.keys.schemaVersion(), store.keys.sealedWithOfVersion1())).toBe(0);
  },
);

test('waits until the heartbeat of a process that was killed lapses', async () => {
  const store = await openStore();
  await heartbeat(store, { ageMs: 14_500 });

  await ensureSchema(store);

  expect(await readStamp(store)).toMatchObject({ version: SCHEMA_VERSION });
});

test('refuses under a heartbeat that cannot be read', async () => {
  const store = await openStore();
  await store.redis.hset(store.keys.workers(), 'wrk_1', 'not JSON');

  await expect(ensureSchema(store)).rejects.toMatchObject({ code: 'ERR_SCHEMA_VERSION' });
});

test('stops when a process of version 1 appears in the middle of a step', async () => {
  const store = await openStore();
  const step: MigrationStep = {
    to: SCHEMA_VERSION,
    oldestReader: SCHEMA_VERSION,
    async run({ progress }) {
      await heartbeat(store);
      await progress('things', 1);
    },
  };

  await expect(ensureSchema(store, [step])).rejects.toMatchObject({ code: 'ERR_SCHEMA_VERSION' });
  expect(await readStamp(store)).toMatchObject({ version: 1 });
});

test('lets one process migrate while the others wait', async () => {
  const store = await openStore();
  let running = 0;
  let runs = 0;
  const step: MigrationStep = {
    to: SCHEMA_VERSION,
    oldestReader: SCHEMA_VERSION,
    async run({ progress }) {
      runs += 1;
      running += 1;
      expect(running).toBe(1);
      await progress('things', 1);
      running -= 1;
    },
  };

  await Promise.all(Array.from({ length: 4 }, () => ensureSchema(store, [step])));

  expect(runs).toBe(1);
});

test('writes nothing more once another process has the lock, and waits for that one', async () => {
  const store = await openStore();
  const step: MigrationStep = {
    to: SCHEMA_VERSION,
    oldestReader: SCHEMA_VERSION,
    async run({ write }) {
      if ((await store.redis.get(store.keys.other('test', 'stolen'))) === null) {
        await store.redis.set(store.keys.other('test', 'stolen'), '1');
        await store.redis.set(store.keys.lock('schema'), 'another', 'PX', 300);
        await write([], [['SET', store.keys.other('test', 'late'), '1']]);
      }
    },
  };

  await ensureSchema(store, [step]);

  expect(await store.redis.exists(store.keys.other('test', 'late'))).toBe(0);
  expect(await readStamp(store)).toMatchObject({ version: SCHEMA_VERSION });
});

test.each([
  [{ version: SCHEMA_VERSION, oldest_reader: SCHEMA_VERSION }, true, String(SCHEMA_VERSION)],
  [{ version: 9, oldest_reader: 9 }, false, 'schema version 9'],
  [undefined, true, `1; the first process of this version that starts migrates the store to ${SCHEMA_VERSION}`],
])('penstock doctor shows the version of a store with the stamp %j and changes nothing', async (stamp, ok, found) => {
  const { redis, keys } = await openStore();
  if (stamp !== undefined) await redis.hset(keys.schemaVersion(), stamp);

  const findings = await examine({ ...readConfig({ REDIS_URL: inject('redisUrl') }), prefix: keys.prefix });

  const finding = findings.find(({ subject }) => subject === 'Schema version');
  expect(finding).toMatchObject({ ok, found: expect.stringContaining(found) });
  expect(await redis.exists(keys.schemaVersion())).toBe(stamp === undefined ? 0 : 1);
});

test('processes say in their heartbeats which schema version they have', async () => {
  const ctx = await testContext();
  const heartbeats = [await startHeartbeat(ctx, () => 0), await startApiHeartbeat(ctx)];
  const texts = [...(await ctx.redis.hvals(ctx.keys.workers())), ...(await ctx.redis.hvals(ctx.keys.apiProcesses()))];
  await Promise.all(heartbeats.map((each) => each.close()));

  expect(texts.map((text) => JSON.parse(text).schemaVersion)).toEqual([SCHEMA_VERSION, SCHEMA_VERSION]);
});
