/**
 * What a sync is measured against, as a process of its own: a bare loop that pages a table with got over a kept-alive connection
 * and appends each row as a line, at once on disk. Knows no crash, no retry, no second reader.
 * Run: sync-baseline.ts URL TOKEN WAREHOUSE TABLE PAGE_SIZE FILE; ends when a page is not full, and prints
 * how many rows there were per second after the first page.
 */
import { open } from 'node:fs/promises';
import http from 'node:http';
import got from 'got';

interface Answer {
  manifest: { schema: { columns: { name: string; type_name: string }[] } };
  result: { data_array?: (string | null)[][]; next_chunk_internal_link?: string };
  statement_id: string;
  status: { state: string };
}

const [url, token, warehouse, table, size, path] = process.argv.slice(2);
const client = got.extend({
  prefixUrl: url!,
  headers: { authorization: `Bearer ${token}` },
  agent: { http: new http.Agent({ keepAlive: true }) },
  retry: { limit: 0 },
});
const NUMBERS = new Set(['INT', 'SHORT', 'BYTE', 'FLOAT', 'DOUBLE']);

const file = await open(path!, 'a');
let begin = 0;
let count = 0;
for (let after: { value: string; key: string } | undefined; ; ) {
  const { manifest, result } = await ask(after);
  const rows = result.data_array ?? [];
  const page = rows.slice(0, Number(size));
  await file.write(page.map((row) => `${line(row, manifest.schema.columns)}\n`).join(''));
  await file.datasync();
  if (begin === 0) begin = performance.now();
  else count += page.length;
  if (rows.length <= page.length) break;
  const [value, key] = page.at(-1)!.slice(-2) as [string, string];
  after = { value, key };
}
await file.close();
process.stdout.write(String(count / ((performance.now() - begin) / 1000)));

/** The statement that the trigger sends: one row more than a page, in the order of cursor and key. */
async function ask(after: { value: string; key: string } | undefined): Promise<Answer> {
  const where =
    after === undefined
      ? ''
      : '\n  AND `departed_at` >= timestamp_micros(:cursor) AND ((`departed_at` > timestamp_micros(:cursor)) OR (`departed_at` = timestamp_micros(:cursor) AND `id` > :cursor_key_0))';
  const statement = `SELECT *,
  CAST(unix_micros(\`departed_at\`) AS STRING) AS _penstock_cursor,
  CAST(\`id\` AS STRING) AS _penstock_key_0
FROM IDENTIFIER(:table)
WHERE \`departed_at\` IS NOT NULL${where}
ORDER BY \`departed_at\` NULLS FIRST, \`id\` NULLS FIRST
LIMIT ${Number(size) + 1}`;
  const parameters = [
    { name: 'table', value: table, type: 'STRING' },
    ...(after === undefined
      ? []
      : [
          { name: 'cursor', value: after.value, type: 'BIGINT' },
          { name: 'cursor_key_0', value: after.key, type: 'BIGINT' },
        ]),
  ];
  const json = { warehouse_id: warehouse, statement, parameters, wait_timeout: '5s' };
  let answer = await client.post('api/2.0/sql/statements', { json }).json<Answer>();
  while (['PENDING', 'RUNNING'].includes(answer.status.state)) {
    answer = await client.get(`api/2.0/sql/statements/${answer.statement_id}`).json<Answer>();
  }
  if (answer.status.state !== 'SUCCEEDED') throw new Error(`the statement ended as ${answer.status.state}`);
  return answer;
}

/** The line that `core.file` writes, with the cursor and the key as its id. */
function line(row: (string | null)[], columns: { name: string; type_name: string }[]): string {
  const data: Record<string, unknown> = {};
  for (const [i, { name, type_name: type }] of columns.entries()) {
    const cell = row[i] ?? null;
    if (!name.startsWith('_penstock_')) data[name] = cell !== null && NUMBERS.has(type) ? Number(cell) : cell;
  }
  return JSON.stringify({ id: `evt_${row.at(-2)}_${row.at(-1)}`, data });
}
