import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const PATH = '/api/2.0/sql/statements';

describe('the result of a statement', () => {
  let workspace: Client;
  let time = Date.parse('2026-01-02T03:04:05.678Z');
  beforeAll(async () => {
    workspace = await startClient({ now: () => time, chunkBytes: 1000 });
  });
  afterAll(() => workspace.close());

  it('splits an inline result into chunks that follow each other', async () => {
    const done = await workspace.sql("SELECT id AS n, repeat('x', 50) AS text FROM range(50)");
    const rows = [...done.result.data_array];
    let next = done.result.next_chunk_internal_link as string | undefined;
    while (next !== undefined) {
      const { json } = await workspace.send('GET', next);
      expect(json.row_offset).toBe(rows.length);
      rows.push(...json.data_array);
      next = json.next_chunk_internal_link;
    }

    expect(done.manifest.total_chunk_count).toBeGreaterThan(2);
    expect(done.manifest.chunks).toHaveLength(done.manifest.total_chunk_count);
    expect(rows.map((row) => row[0])).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  it.each(['JSON_ARRAY', 'CSV', 'ARROW_STREAM'])(
    'serves every row of an external %s result through signed links',
    async (format) => {
      const done = await workspace.sql(
        "SELECT id AS n, CASE WHEN id = 3 THEN NULL ELSE 'a,\"b' END AS text FROM range(6000)",
        { disposition: 'EXTERNAL_LINKS', format },
      );
      const seen: string[] = [];
      for (let index = 0; index < done.manifest.total_chunk_count; index += 1) {
        const { json } = await workspace.send('GET', `${PATH}/${done.statement_id}/result/chunks/${index}`);
        const [link] = json.external_links;
        const bytes = Buffer.from(await (await fetch(link.external_link)).arrayBuffer());
        if (format === 'JSON_ARRAY')
          seen.push(...JSON.parse(bytes.toString()).map((row: string[]) => `${row[0]} ${row[1]}`));
        else if (format === 'CSV')
          seen.push(
            ...bytes
              .toString()
              .trimEnd()
              .split('\n')
              .slice(index === 0 ? 1 : 0)
              .map((line) => line.replace(',', ' ').replace('"a,""b"', 'a,"b')),
          );
        else
          seen.push(
            ...tableFromIPC(bytes)
              .toArray()
              .map((row) => `${row.n} ${row.text}`),
          );
        expect(link).toMatchObject({ chunk_index: index });
      }

      expect(done.manifest.total_chunk_count).toBeGreaterThan(2);
      expect(seen).toEqual(Array.from({ length: 6000 }, (_, index) => `${index} ${index === 3 ? 'null' : 'a,"b'}`));
    },
  );

  it('keeps types exact in Arrow', async () => {
    const done = await workspace.sql(
      "SELECT TIMESTAMP'2026-01-02 03:04:05.123456' AS t, CAST('12345678901234567890.12' AS DECIMAL(22,2)) AS d, array(1, NULL) AS l, named_struct('x', DATE'2026-01-02') AS s, map('k', TIMESTAMP'2026-01-02 00:00:00.000001') AS m, CAST(NULL AS STRING) AS n",
      { disposition: 'EXTERNAL_LINKS', format: 'ARROW_STREAM' },
    );
    const table = tableFromIPC(
      Buffer.from(await (await fetch(done.result.external_links[0].external_link)).arrayBuffer()),
    );

    expect(table.schema.fields.map((field) => `${field.name} ${field.type}`)).toEqual([
      't Timestamp<MICROSECOND, Etc/UTC>',
      'd Decimal[22e+2]',
      'l List<Int32>',
      's Struct<{x:Date32<DAY>}>',
      'm Map<{key:Utf8, value:Timestamp<MICROSECOND, Etc/UTC>}>',
      'n Utf8',
    ]);
    expect(table.getChild('t')?.data[0]?.values).toEqual(new BigInt64Array([1767323045123456n]));
    expect(String(table.getChild('d')?.get(0))).toBe('1234567890123456789012');
    expect(table.getChild('m')?.data[0]?.children[0]?.children[1]?.values).toEqual(
      new BigInt64Array([1767312000000001n]),
    );
    expect(table.getChild('n')?.get(0)).toBeNull();
  });

  it('keeps nulls, empty and non-ASCII text apart in Arrow', async () => {
    const done = await workspace.sql(
      "SELECT * FROM VALUES (1L, 'ä€', 1.5D), (NULL, NULL, NULL), (-9007199254740993L, '', 0D) AS t(a, b, c)",
      {
        disposition: 'EXTERNAL_LINKS',
        format: 'ARROW_STREAM',
      },
    );
    const table = tableFromIPC(
      Buffer.from(await (await fetch(done.result.external_links[0].external_link)).arrayBuffer()),
    );

    expect(table.toArray().map((row) => [row.a, row.b, row.c])).toEqual([
      [1n, 'ä€', 1.5],
      [null, null, null],
      [-9007199254740993n, '', 0],
    ]);
  });

  it('refuses a link that bears a token, is forged, or has expired; a new one is given', async () => {
    const done = await workspace.sql('SELECT 1', { disposition: 'EXTERNAL_LINKS' });
    const { external_link, expiration } = done.result.external_links[0];

    expect((await workspace.send('GET', external_link)).status).toBe(400);
    expect((await fetch(external_link.replace(/.$/, '!'))).status).toBe(403);
    expect(Date.parse(expiration) - time).toBe(15 * 60_000);
    time += 15 * 60_000 + 1;
    const late = await fetch(external_link);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
    const again = await workspace.send('GET', `${PATH}/${done.statement_id}/result/chunks/0`);
    expect((await fetch(again.json.external_links[0].external_link)).status).toBe(200);
  });

  it('closes a result after an hour and forgets the statement after twelve', async () => {
    const done = await workspace.sql('SELECT 1');
    time += 3_600_001;

    expect((await workspace.send('GET', `${PATH}/${done.statement_id}`)).json).toEqual({
      statement_id: done.statement_id,
      status: { state: 'CLOSED' },
    });
    expect((await workspace.send('GET', `${PATH}/${done.statement_id}/result/chunks/0`)).status).toBe(404);
    time += 12 * 3_600_000;
    expect((await workspace.send('GET', `${PATH}/${done.statement_id}`)).status).toBe(404);
  });

  it.each([
    [{ row_limit: 2 }, 2, true],
    [{ row_limit: 10 }, 10, false],
    [{ byte_limit: 24 }, 4, true],
  ])('sets truncated when %j cuts ten rows', async (limit, count, truncated) => {
    const done = await workspace.sql('SELECT id FROM range(10)', limit);

    expect(done.manifest).toMatchObject({ total_row_count: count, truncated });
    expect(done.result.data_array).toHaveLength(count);
  });

  it('fails an inline result above 25 MiB', async () => {
    const done = await workspace.sql("SELECT repeat('x', 1000000) FROM range(30)");

    expect(done.status).toEqual({
      state: 'FAILED',
      error: { error_code: 'BAD_REQUEST', message: expect.stringContaining('Inline byte limit exceeded') },
    });
  });
});
