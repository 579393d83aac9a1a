import { expect, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { until } from '../../context.ts';
import { openSync } from '../sync.ts';

const today = new Date().toISOString().slice(0, 10);

test.each([
  ['a day', 'DATE', `DATE '${today}'`],
  ['a day that is written as a number', 'BIGINT', '20260101'],
  ['a day that is written as text', 'STRING', "'2026-01-01'"],
  ['a timestamp that is cut to the hour', 'TIMESTAMP', "TIMESTAMP '2026-01-01 10:00:00'"],
])('rows that come later with a lower key are delivered once: %s', async (_, type, value) => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql(`CREATE TABLE main.default.events (id BIGINT, at ${type})`);
  await sql(`INSERT INTO main.default.events VALUES (5, ${value}), (7, ${value})`);
  const workflow = await sync({ cursor_type: type, page_size: 2 });
  await caughtUp(workflow, 2);

  await sql(
    `INSERT INTO main.default.events VALUES (1, ${value}), (2, ${value}), (3, ${value}), (6, ${value}), (9, ${value})`,
  );
  await caughtUp(workflow, 7);

  const ids = (await delivered()).map(({ data }) => Number(data.id));
  expect(ids.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 5, 6, 7, 9]);
});

test('a day before the newest stays open while it lasts somewhere', async () => {
  const day = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 10);
  const [open, newest] = [day(-12 * 3_600_000), today];
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at DATE)');
  await sql(`INSERT INTO main.default.events VALUES (5, '${open}'), (7, '${newest}')`);
  const workflow = await sync({ cursor_type: 'DATE' });
  await caughtUp(workflow, 2);

  await sql(`INSERT INTO main.default.events VALUES (1, '${open}')`);
  await caughtUp(workflow, 3);

  expect((await delivered()).map(({ data }) => Number(data.id)).toSorted((a, b) => a - b)).toEqual([1, 5, 7]);
});

test('a start at the present gives what comes later on that day, and not what was there', async () => {
  const { ctx, sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at DATE)');
  await sql(`INSERT INTO main.default.events VALUES (5, '${today}'), (7, '${today}')`);
  const workflow = await sync({ cursor_type: 'DATE', start: 'now' });
  await until(
    'the window is known',
    async () => (await readCursor(ctx, workflow.id)).position?.at?.marks !== undefined,
  );

  await sql(`INSERT INTO main.default.events VALUES (1, '${today}')`);
  await caughtUp(workflow, 1);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1']);
});

test('rows of the newest value that go away are no reason to deliver others again', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at BIGINT)');
  await sql('INSERT INTO main.default.events VALUES (1, 10), (2, 10), (3, 10)');
  const workflow = await sync({ cursor_type: 'BIGINT' });
  await caughtUp(workflow, 3);

  await sql('DELETE FROM main.default.events WHERE id = 2');
  await sql('INSERT INTO main.default.events VALUES (0, 10), (4, 11)');
  await caughtUp(workflow, 5);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['1', '2', '3', '0', '4']);
});
