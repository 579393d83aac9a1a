import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { startWorker } from '../../../engine/worker.ts';
import { until } from '../../context.ts';
import { openSync } from '../sync.ts';

const PROGRAM = fileURLToPath(new URL('../worker-process.ts', import.meta.url));
const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)';

/** Starts a worker in a process of its own, and resolves when it takes runs. */
async function startProcess({ config }: Context): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      ...process.env,
      REDIS_URL: inject('redisUrl'),
      PENSTOCK_ENCRYPTION_KEYS: config.encryptionKeys,
      PENSTOCK_DATA: config.dataFolder,
      PENSTOCK_ALLOWED_HOSTS: config.allowedHosts.join(','),
      LOG_LEVEL: 'silent',
      PREFIX: config.prefix,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('it ended'))),
  ]);
  return child;
}

test('a worker that is killed in the middle loses no row, and what comes twice has the same id', async () => {
  const { ctx, sql, sync, delivered } = await openSync({ worker: false, context: { role: 'worker' } });
  const helper = await startWorker(ctx);
  await sql(TABLE);
  await sql(
    "INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + CAST(n / 7 AS BIGINT)), 'x' FROM range(3000) AS t(n)",
  );
  await helper.close();
  const workflow = await sync({ page_size: 100 });

  for (let kills = 0; kills < 4; kills++) {
    const before = (await readCursor(ctx, workflow.id)).events;
    const worker = await startProcess(ctx);
    await until(
      'it has delivered some pages',
      async () => (await readCursor(ctx, workflow.id)).events >= before + 300,
      60_000,
    );
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }
  await startProcess(ctx);
  await until('all was delivered', async () => (await readCursor(ctx, workflow.id)).events >= 3000, 60_000);

  const events = await delivered();
  const byId = new Map(events.map(({ id, data }) => [id, data.id]));
  expect([...byId.values()].map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
  // The first time each comes, they come in order.
  expect([...byId.values()].map(Number)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
}, 180_000);

test('a worker that is stopped in the middle hands over to the next', async () => {
  const { ctx, sql, sync, delivered } = await openSync({ worker: false });
  const first = await startWorker(ctx);
  await sql(TABLE);
  await sql(
    "INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + n), 'x' FROM range(300) AS t(n)",
  );
  const workflow = await sync({ page_size: 10 });
  await until('some pages were delivered', async () => (await readCursor(ctx, workflow.id)).events >= 50);
  await first.close();
  const second = await startWorker(ctx);
  onTestFinished(() => second.close());

  await until('all was delivered', async () => (await readCursor(ctx, workflow.id)).events >= 300);

  expect((await delivered()).map(({ data }) => Number(data.id))).toEqual(Array.from({ length: 300 }, (_, n) => n));
});
