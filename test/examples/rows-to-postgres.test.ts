import { describe, expect, test } from 'vitest';
import { HAS_POSTGRES, PASSWORD, USER, usePostgres } from '../services/postgres/server.ts';
import { openExamples } from './setting.ts';

const postgres = usePostgres();

/** The example, with the tables that it names on both sides. */
async function openSync() {
  const examples = await openExamples();
  const { sql, link, create } = examples;
  const { name: database, client } = await postgres().database();
  await client.query(
    'CREATE TABLE orders (order_id bigint PRIMARY KEY, total numeric(38,2), updated_at timestamptz, note text)',
  );
  await link({
    name: 'shop',
    connector: 'postgres',
    hostname: '127.0.0.1',
    port: String(postgres().port),
    database,
    ssl_mode: 'disable',
    authentication: { kind: 'password', username: USER, password: PASSWORD },
  });
  await sql('CREATE TABLE main.default.orders (order_id BIGINT, total DECIMAL(38,2), updated_at TIMESTAMP)');
  const workflow = await create('rows-to-postgres.json');
  const rows = async (condition = 'true') =>
    (await client.query(`SELECT order_id, total::text, note FROM orders WHERE ${condition} ORDER BY order_id`)).rows;
  return { ...examples, workflow, client, rows };
}

describe.skipIf(!HAS_POSTGRES)('new rows in PostgreSQL', () => {
  test('writes new rows exactly, in batches, and updates those whose keys are there', async () => {
    const { sql, client, ran, workflow, rows } = await openSync();
    await client.query("INSERT INTO orders VALUES (2, 1, now(), 'kept')");
    // In one statement: a poll in between would take a batch more.
    await sql(
      "INSERT INTO main.default.orders SELECT i, 0.10, TIMESTAMP '2026-01-02 03:04:05' FROM range(1, 601) t(i) UNION ALL SELECT 9007199254740993, 123456789012345678901234567890123456.78, TIMESTAMP '2026-01-02 03:04:06'",
    );
    await ran(workflow, 2);
    const first = await rows();
    await sql(
      "UPDATE main.default.orders SET total = 5, updated_at = TIMESTAMP '2026-01-03 00:00:00' WHERE order_id = 2",
    );

    const runs = await ran(workflow, 3);

    expect(runs.map(({ status, error }) => error?.message ?? status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(first).toHaveLength(601);
    expect(first.at(-1)).toMatchObject({
      order_id: '9007199254740993',
      total: '123456789012345678901234567890123456.78',
    });
    expect(await rows('order_id = 2')).toEqual([{ order_id: '2', total: '5.00', note: 'kept' }]);
    expect(await rows()).toHaveLength(601);
  });

  test('a batch that the database refuses is written whole when the cause is gone', async () => {
    const { sql, client, ran, workflow, rows, penstock } = await openSync();
    await client.query('ALTER TABLE orders ADD CHECK (total < 100)');
    await sql(
      "INSERT INTO main.default.orders VALUES (1, 1, TIMESTAMP '2026-01-02 03:04:05'), (2, 200, TIMESTAMP '2026-01-02 03:04:05')",
    );
    const [failed] = await ran(workflow, 1);
    const nothing = await rows();
    await client.query('ALTER TABLE orders DROP CONSTRAINT orders_total_check');

    await penstock(['workflows', 'resume', workflow]);
    const runs = await ran(workflow, 2);

    expect(failed).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('orders_total_check') },
    });
    expect(nothing).toEqual([]);
    expect(runs[1]!.status).toBe('succeeded');
    expect((await rows()).map(({ order_id }) => order_id)).toEqual(['1', '2']);
  });
});
