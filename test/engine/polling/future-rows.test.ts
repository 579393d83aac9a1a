import { expect, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { testClock, until } from '../../context.ts';
import { openSync } from '../sync.ts';

test.each([['TIMESTAMP'], ['TIMESTAMP_NTZ'], ['DATE']])(
  'a %s in the future is counted, and hides no row that comes later',
  async (type) => {
    const { ctx, sql, sync, caughtUp, delivered } = await openSync();
    await sql(`CREATE TABLE main.default.events (id BIGINT, at ${type})`);
    await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01'), (2, '9999-12-31')");
    const workflow = await sync({ cursor_type: type });
    await caughtUp(workflow, 1);

    await sql("INSERT INTO main.default.events VALUES (3, '2026-01-02')");
    await caughtUp(workflow, 2);

    expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '3']);
    await until('it is counted', async () => (await readCursor(ctx, workflow.id)).backlog?.future === 1);
  },
);

test('rows in the future are delivered where they are wanted', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01'), (2, '9999-12-31')");

  await caughtUp(await sync({ future_rows: 'deliver' }), 2);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '2']);
});

test('a row is delivered when its time has come', async () => {
  const clock = testClock();
  const { sql, sync, caughtUp, delivered } = await openSync({ context: { context: { clock } } });
  const later = new Date(clock.now() + 600_000).toISOString();
  await sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await sql(`INSERT INTO main.default.events VALUES (1, '2026-01-01'), (2, '${later}')`);
  const workflow = await sync();
  await caughtUp(workflow, 1);

  clock.advance(400_000);
  await caughtUp(workflow, 2);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '2']);
});

test('a start at the present is before the rows in the future', async () => {
  const { ctx, sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP)');
  await sql("INSERT INTO main.default.events VALUES (1, '2026-01-01'), (2, '9999-12-31')");
  const workflow = await sync({ start: 'now' });
  await until('it has begun', async () => (await readCursor(ctx, workflow.id)).position !== null);

  await sql("INSERT INTO main.default.events VALUES (3, '2026-01-02')");
  await caughtUp(workflow, 1);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['3']);
});
