import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEmulator, type Emulator } from '../../../emulator/server.ts';
import { openArtifacts } from '../../../engine/artifacts/artifacts.ts';
import type { Context } from '../../../engine/context.ts';
import { openRedis, whenReady } from '../../../engine/store/redis.ts';
import type { RedisClient } from '../../../engine/store/redis-client.ts';
import { startWorker } from '../../../engine/worker.ts';
import { startTestApi, type TestApi } from '../../api/client.ts';
import { testContext } from '../../context.ts';
import { type RedisServer, startRedis } from '../../redis-servers.ts';
import { runSql } from '../run-sql.ts';
import { type Service, startService } from '../service.ts';
import { startEndpoint } from '../webhook-endpoint.ts';
import { EMULATOR, PREFIX, TABLE } from './dumps/known.ts';
import { loadDump } from './dumps/load-dump.ts';

/** Long enough for heartbeats and locks of the dump to lapse, and for what it delays to be due. */
const DOWNTIME_MS = 180_000;
const DAY_MS = 86_400_000;

/** A Redis that holds a dump, and what its store talks to. Nothing of the current version was started on it. */
export interface Loaded {
  server: RedisServer;
  redis: RedisClient;
  // biome-ignore lint/suspicious/noExplicitAny: what the maker of the dump wrote down
  facts: any;
  emulator: Emulator;
  services: { waiting: Service; limited: Service; paused: Service };
  endpoint: Awaited<ReturnType<typeof startEndpoint>>;
  /** Refused everything when the dump was made. */
  refusing: Awaited<ReturnType<typeof startEndpoint>>;
  dataFolder: string;
}

/** Loads a dump into a Redis of its own. All is closed when the test ends. */
export async function loadStore(name = 'version-1'): Promise<Loaded> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'penstock-upgrade-'));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const server = await startRedis();
  // The table was there when the dump was made.
  let isBefore = true;
  const now = () => Date.now() - (isBefore ? DAY_MS : 0);
  const emulator = await createEmulator({ ...EMULATOR, now });
  onTestFinished(() => emulator.close());
  for (const statement of TABLE) await runSql(emulator, statement);
  isBefore = false;
  const services = { waiting: await startService(), limited: await startService(), paused: await startService() };
  const endpoint = await startEndpoint();
  const refusing = await startEndpoint();
  const hosts = {
    emulator: new URL(emulator.url).host,
    warehouse: emulator.warehouseId,
    table: await tableId(emulator),
    waiting: new URL(services.waiting.origin).host,
    limited: new URL(services.limited.origin).host,
    paused: new URL(services.paused.origin).host,
    // As the dump names it.
    receiver: new URL(endpoint.url).host,
    refusing: new URL(refusing.url).host,
  };
  const redis = openRedis(server.url, 'wait');
  onTestFinished(() => redis.disconnect());
  await whenReady(redis, server.url, 5000);
  const facts = await loadDump(redis, name, { hosts, dataFolder, downtimeMs: DOWNTIME_MS });
  return { server, redis, facts, emulator, services, endpoint, refusing, dataFolder };
}

/** The dump under a worker and the API of the current version. */
export interface Upgraded extends Loaded {
  ctx: Context;
  /** Sends a request with the admin key of the dump, and fails when the answer is not one that OpenAPI describes. */
  send: TestApi['send'];
  origin: string;
}

/** Starts the current version on a dump. `worker: false` starts the API alone. */
export async function openUpgraded({ worker = true } = {}): Promise<Upgraded> {
  const loaded = await loadStore();
  const env = { REDIS_URL: loaded.server.url, PENSTOCK_CONCURRENCY: '8' };
  const artifacts = openArtifacts(`file:${loaded.dataFolder}/artifacts`, {});
  const ctx = await testContext({ env, prefix: PREFIX, context: { artifacts } });
  if (worker) {
    const running = await startWorker(ctx);
    onTestFinished(() => running.close());
  }
  const api = await startTestApi({ env, prefix: PREFIX, context: { artifacts } });
  const key = loaded.facts.apiKey as string;
  return {
    ...loaded,
    ctx,
    origin: api.origin,
    send: (method, path, request = {}) => api.send(method, path, { key, ...request }),
  };
}

/** What the place of the table ends in: by it a cursor knows its table. */
async function tableId(emulator: Emulator): Promise<string> {
  const answer = await fetch(`${emulator.url}/api/2.1/unity-catalog/tables/main.default.events`, {
    headers: { authorization: `Bearer ${emulator.token}` },
  });
  const { storage_location: location } = (await answer.json()) as { storage_location: string };
  return location.split('/').at(-1)!;
}
