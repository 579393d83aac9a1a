import { expect, inject, onTestFinished, test, vi } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { closeContext } from '../../../engine/open.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { openRedis } from '../../../engine/store/redis.ts';
import { startWorker, WORKER_TIMINGS } from '../../../engine/worker.ts';
import { openDoor } from '../../api/door.ts';
import { testContext, until } from '../../context.ts';
import { startCluster, startRedis, startSentinelGroup } from '../../redis-servers.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, type Service, startService, submitJob, submitStatement } from '../service.ts';

const LOCK_MS = 2000;

/** A worker on the Redis of the URL, and the service it works for. */
async function open(url: string): Promise<{ ctx: Context; service: Service; account: string }> {
  const service = await startService();
  const ctx = await testContext({ env: { REDIS_URL: url }, prefix: '{penstock}:' });
  const worker = await startWorker(ctx, { ...WORKER_TIMINGS, lockMs: LOCK_MS, stalledCheckMs: 500 });
  onTestFinished(() => worker.close());
  return { ctx, service, account: await linkAccount(ctx, service) };
}

/** What a new master never got, such as the job of a run that waits, is found missing by the reconciler, a minute later at the most. */
const MENDED_MS = 90_000;

/** Runs in every state: waiting at the service, and queued after them. */
async function begin({ ctx, service, account }: Awaited<ReturnType<typeof open>>): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < 10; i += 1) ids.push(await submitStatement(ctx, account), await submitJob(ctx, account));
  await until('all are begun', () => service.statements.size === 10 && service.launches.size === 10);
  // An answer that could not be written down is one that nobody knows.
  const isNoted = async (id: string) => (await readRun(ctx, id))?.launches[0]?.handle !== undefined;
  await until('the answers are written down', async () => (await Promise.all(ids.map(isNoted))).every(Boolean));
  return ids;
}

async function endAll({ ctx, service }: Awaited<ReturnType<typeof open>>, ids: string[]): Promise<void> {
  service.isDone = true;
  for (const id of ids) {
    const run = await ended(ctx, id, MENDED_MS);
    expect(run).toMatchObject({ status: 'succeeded', launches: [{ number: 1 }] });
  }
  expect([...service.statements.values()]).toEqual(ids.filter((_, i) => i % 2 === 0).map(() => 1));
  expect(service.launches.size).toBe(10);
}

test('continues with every run after Redis was killed and came back with its append-only file', async () => {
  const redis = await startRedis(['--appendfsync', 'always']);
  const setting = await open(redis.url);
  const ids = await begin(setting);

  await redis.kill();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await redis.restart();

  await endAll(setting, ids);
}, 60_000);

test('continues with every run after Redis hung for longer than a job is locked', async () => {
  const redis = await startRedis();
  const setting = await open(redis.url);
  const ids = await begin(setting);

  redis.process.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, LOCK_MS + 1000));
  redis.process.kill('SIGCONT');

  await endAll(setting, ids);
}, 60_000);

test('continues with every run after Sentinel made the replica the master', async () => {
  const group = await startSentinelGroup();
  const setting = await open(group.url);
  const ids = await begin(setting);

  await group.master.kill();

  await endAll(setting, ids);
}, 150_000);

test('works on a Cluster of three masters', async () => {
  const { url } = await startCluster();
  const setting = await open(url);

  const ids = await begin(setting);
  const file = await submitAction(setting.ctx, 'default', {
    request: { action: 'core.file', input: { path: 'x.ndjson', rows: [{ n: 1 }] } },
  });

  await endAll(setting, ids);
  expect(await ended(setting.ctx, file.id)).toMatchObject({ status: 'succeeded' });
}, 60_000);

test('carries a run on when Redis was full for a while', async () => {
  const redis = await startRedis();
  const setting = await open(redis.url);
  const ids = await begin(setting);
  await setting.ctx.redis.config('SET', 'maxmemory', '1mb');
  setting.service.isDone = true;
  await new Promise((resolve) => setTimeout(resolve, 1500));

  await setting.ctx.redis.config('SET', 'maxmemory', '0');

  await endAll(setting, ids);
  expect(await setting.ctx.redis.info('errorstats')).toMatch(/errorstat_OOM:count=\d/);
}, 90_000);

test('a worker leaves although Redis hangs', async () => {
  const door = await openDoor();
  const ctx = await testContext({ env: { REDIS_URL: door.url }, prefix: `{hung-${process.pid}}:` });
  const worker = await startWorker(ctx, { ...WORKER_TIMINGS, graceMs: 100, giveUpMs: 300 });
  ctx.meters.count('penstock_runs_total', ['core.transform', 'succeeded', '']);

  door.hold();
  await worker.close();

  await closeContext(ctx);
  await until('the connection is closed', () => ctx.redis.status === 'end');
});

test('a connection that died without a word is given up, and its command is sent again', async () => {
  const door = await openDoor();
  const redis = openRedis(door.url, 'wait', { silentMs: 300 });
  onTestFinished(() => redis.disconnect());
  await redis.ping();

  door.strand();

  expect(await redis.ping()).toBe('PONG');
});

test('a connection whose answers come, however slowly, is left alone', async () => {
  const url = inject('redisUrl');
  const [redis, other] = [openRedis(url, 'wait', { silentMs: 10_000 }), openRedis(url, 'wait')];
  await Promise.all([redis.ping(), other.ping()]);
  const closed: string[] = [];
  redis.on('close', () => closed.push('closed'));
  const key = `{slow-${process.pid}}`;
  // The limit comes when the test says so, and each answer when the other client pushes it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
    redis.disconnect();
    other.disconnect();
  });

  for (const text of ['a', 'b', 'c', 'd']) {
    const answer = redis.blpop(key, 0);
    vi.advanceTimersByTime(9999);
    await other.rpush(key, text);
    expect(await answer).toEqual([key, text]);
  }
  expect(closed).toEqual([]);

  // One that owes an answer for the whole limit is given up.
  const answer = redis.blpop(key, 0);
  const next = (event: string) => new Promise<void>((resolve) => redis.once(event, () => resolve()));
  const [close, ready] = [next('close'), next('ready')];
  vi.advanceTimersByTime(10_000);
  await close;
  vi.advanceTimersByTime(2000);
  await ready;
  await other.rpush(key, 'e');
  expect(await answer).toEqual([key, 'e']);
});
