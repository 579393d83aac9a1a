import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { startWorker } from '../../../engine/worker.ts';
import { until } from '../../context.ts';
import { startForkedWorker } from '../forked-worker.ts';
import { openSync } from '../sync.ts';

const TABLE = 'CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)';

test('a worker that is killed in the middle loses no row, and what comes twice has the same id', async () => {
  const { ctx, sql, sync, delivered } = await openSync({ worker: false, context: { role: 'worker' } });
  await sql(TABLE);
  await sql(
    "INSERT INTO main.default.events SELECT n, timestamp_micros(1700000000000000 + CAST(n / 7 AS BIGINT)), 'x' FROM range(3000) AS t(n)",
  );
  const workflow = await sync({ page_size: 100 });

  for (let kills = 0; kills < 4; kills++) {
    const before = (await readCursor(ctx, workflow.id)).events;
    const worker = await startForkedWorker(ctx);
    await until(
      'it has delivered some pages',
      async () => (await readCursor(ctx, workflow.id)).events >= before + 300,
      60_000,
    );
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }
  await startForkedWorker(ctx);
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
