import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { expect, onTestFinished, test } from 'vitest';
import { openSpool } from '../../../emulator/results/spool.ts';
import { writeResult } from '../../../emulator/results/write.ts';

/** Whenever a statement of the connection has been planned, another one commits a row beyond all values there were. */
function commitAfterPlans(connection: DuckDBConnection, other: DuckDBConnection) {
  const prepare = connection.prepare.bind(connection);
  let id = 10;
  connection.prepare = async (sql) => {
    const prepared = await prepare(sql);
    id *= 1000;
    await other.run(`INSERT INTO t VALUES (${id}, 'row ${id}')`);
    return prepared;
  };
}

test('rows that are committed between plan and run do not come out as other values', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const other = await instance.connect();
  const spool = openSpool(mkdtempSync(join(tmpdir(), 'penstock-spool-')));
  onTestFinished(() => {
    for (const one of [connection, other, spool]) 'closeSync' in one ? one.closeSync() : one.close();
    instance.closeSync();
  });
  await other.run("CREATE TABLE t AS SELECT n AS id, 'row ' || n AS name FROM range(10, 14) AS r(n)");
  commitAfterPlans(connection, other);

  const result = await writeResult(
    connection,
    'SELECT id, name, id AS key FROM t ORDER BY id DESC LIMIT 100',
    { id: 'r', format: 'JSON_ARRAY', chunkBytes: 1_000_000 },
    spool,
  );

  const rows = JSON.parse(`[${String(result.chunks[0]?.bytes)}]`) as string[][];
  expect(rows).toEqual([13, 12, 11, 10].map((n) => [`${n}`, `row ${n}`, `${n}`]));
});
