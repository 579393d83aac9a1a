import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { openExamples } from './setting.ts';

test('posts each page of flights, signed, and again only what is new', async () => {
  const { sql, create, deliveries, penstock } = await openExamples({ samples: 'small' });
  await sql('CREATE TABLE main.default.flights AS SELECT * FROM samples.flights.flights WHERE flight_id <= 600');
  const workflow = await create('flights-to-webhook.json');
  const rowsIn = (from = 0) =>
    deliveries.slice(from).flatMap(({ body }) => body.rows as { data: { flight_id: string } }[]);
  await until('the table was posted', () => rowsIn().length >= 600);

  await sql('INSERT INTO main.default.flights SELECT * FROM samples.flights.flights WHERE flight_id IN (601, 602)');
  await penstock(['workflows', 'run', workflow]);
  await until('the new rows were posted', () => rowsIn().length >= 602);

  expect(deliveries.map(({ path, body }) => [path, body.rows.length])).toEqual([
    ['/flights', 500],
    ['/flights', 100],
    ['/flights', 2],
  ]);
  expect(rowsIn().map(({ data }) => Number(data.flight_id))).toEqual(Array.from({ length: 602 }, (_, i) => i + 1));
});

test('posts a page again that the endpoint refused, with the same ids', async () => {
  const { sql, create, deliveries, penstock, answer } = await openExamples({ samples: 'small' });
  await sql('CREATE TABLE main.default.flights AS SELECT * FROM samples.flights.flights WHERE flight_id <= 3');
  answer(422);
  const workflow = await create('flights-to-webhook.json');
  await until('the run has failed', async () => /failed/.test((await penstock(['runs', '--workflow', workflow])).out));
  answer(204);

  const { code } = await penstock(['workflows', 'resume', workflow]);

  await until('the page came again', () => deliveries.length >= 2);
  const [refused, taken] = deliveries.map(({ body }) => body.rows.map(({ id }: { id: string }) => id));
  expect(code).toBe(0);
  expect(refused).toHaveLength(3);
  expect(taken).toEqual(refused);
});
