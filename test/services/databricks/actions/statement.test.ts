import { describe, expect, test } from 'vitest';
import { advance, firstState } from '../../../../actions/advance.ts';
import type { ActionState } from '../../../../actions/call.ts';
import { parseJson } from '../../../../connector/json.ts';
import { actionOf, callOf, openBench, roundTrip, runToEnd, useEmulator } from '../../../actions/harness.ts';

const emulator = useEmulator({ chunkBytes: 20_000 });
const ID = 'databricks.execute_statement';

async function execute(statement: string, more: object = {}, call: object = {}) {
  const action = await actionOf(ID);
  const bench = openBench(emulator());
  const input = { warehouse_id: emulator().warehouseId, statement, ...more };
  const { output, waits } = await runToEnd(action, callOf(action, input, call), bench);
  // biome-ignore lint/suspicious/noExplicitAny: outputs of many shapes
  return { output: output as any, waits, bench };
}

/** The messages of an Arrow IPC stream, read by their flatbuffer headers; fails on a byte too many or too few. */
function arrowMessages(bytes: Buffer): { type: 'schema' | 'batch' | 'end'; rows: number }[] {
  const messages: { type: 'schema' | 'batch' | 'end'; rows: number }[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.readUInt32LE(at)).toBe(0xffffffff);
    const length = bytes.readUInt32LE(at + 4);
    const head = at + 8;
    if (length === 0) {
      messages.push({ type: 'end', rows: 0 });
      at = head;
      continue;
    }
    const table = head + bytes.readUInt32LE(head);
    const field = (of: number, index: number): number => {
      const vtable = of - bytes.readInt32LE(of);
      const place = 4 + index * 2;
      const offset = place < bytes.readUInt16LE(vtable) ? bytes.readUInt16LE(vtable + place) : 0;
      return offset === 0 ? 0 : of + offset;
    };
    const kind = bytes.readUInt8(field(table, 1));
    const header = field(table, 2) + bytes.readUInt32LE(field(table, 2));
    const body = field(table, 3) === 0 ? 0 : Number(bytes.readBigInt64LE(field(table, 3)));
    messages.push(
      kind === 1
        ? { type: 'schema', rows: 0 }
        : { type: 'batch', rows: field(header, 0) === 0 ? 0 : Number(bytes.readBigInt64LE(field(header, 0))) },
    );
    at = head + length + body;
    expect(at).toBeLessThanOrEqual(bytes.length);
  }
  return messages;
}

const lines = (bytes: Buffer) =>
  bytes
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => parseJson(line));

describe('rows', () => {
  test('come out with their types', async () => {
    const { output } = await execute(`SELECT
      CAST(9007199254740993 AS BIGINT) AS l, CAST(7 AS INT) AS i, CAST(1.5 AS DOUBLE) AS d, CAST('NaN' AS DOUBLE) AS nan,
      CAST(12.50 AS DECIMAL(10,2)) AS dec, true AS b, 'é"\\\\' AS s, CAST(NULL AS STRING) AS n,
      DATE '2026-01-02' AS date, array(1, 2) AS a`);

    expect(output.rows).toEqual([
      {
        l: '9007199254740993',
        i: 7,
        d: 1.5,
        nan: 'NaN',
        dec: '12.50',
        b: true,
        s: expect.stringContaining('é"'),
        n: null,
        date: '2026-01-02',
        a: expect.any(Array),
      },
    ]);
    expect(output).toMatchObject({ state: 'SUCCEEDED', row_count: 1, truncated: false });
    expect(output.columns.map((column: { name: string }) => column.name)).toEqual([
      'l',
      'i',
      'd',
      'nan',
      'dec',
      'b',
      's',
      'n',
      'date',
      'a',
    ]);
  });

  const NESTED = `named_struct('a', CAST(12345678901234567.89 AS DECIMAL(20,2)), 'n', CAST(3 AS INT)) AS s,
    array(CAST(0.123456789012345678 AS DECIMAL(38,18))) AS l, array(CAST(7 AS INT)) AS i,
    map('x', CAST('12345678901234567890123456789012345678' AS DECIMAL(38,0))) AS m, array(1.0E20D) AS f, 1.0E20D AS d`;
  const VALUES = {
    s: { a: '12345678901234567.89', n: 3 },
    l: ['0.123456789012345678'],
    i: [7],
    m: { x: '12345678901234567890123456789012345678' },
    f: [1e20],
    d: 1e20,
  };

  test('have every digit of a DECIMAL inside a structure, and a DOUBLE stays a number', async () => {
    const { output } = await execute(`SELECT ${NESTED}`);

    expect(output.rows).toEqual([VALUES]);
    expect(roundTrip(output.rows)).toEqual([VALUES]);
  });

  test.each(['INLINE', 'EXTERNAL_LINKS'])('have the same values in an artifact: %s', async (disposition) => {
    const { output, bench } = await execute(`SELECT ${NESTED} FROM range(2000)`, { disposition });

    const rows = lines(bench.artifact(output.artifact.id));
    expect(rows).toHaveLength(2_000);
    expect(rows[1_999]).toEqual(VALUES);
    expect(output.rows[0]).toEqual(VALUES);
  });

  test('of equal names are all kept', async () => {
    const { output } = await execute('SELECT 1 AS a, 2 AS a, 3 AS a_2');

    expect(Object.values(output.rows[0])).toEqual([1, 2, 3]);
  });

  test('of a statement without a result are none', async () => {
    const { output } = await execute('CREATE OR REPLACE TABLE main.default.rows_of_none (a INT)');

    expect(output).toMatchObject({ state: 'SUCCEEDED', rows: [] });
  });

  test.each(['INLINE', 'EXTERNAL_LINKS'])('of several chunks are all there and in order: %s', async (disposition) => {
    const { output, bench } = await execute(
      'SELECT CAST(i AS BIGINT) AS id, repeat(CAST(i AS STRING), 5) AS text FROM range(0, 8000) AS t(i)',
      { disposition },
    );
    const rows = lines(bench.artifact(output.artifact.id)) as { id: string; text: string }[];

    expect(rows).toHaveLength(8_000);
    expect(rows.every((row, index) => row.id === String(index) && row.text === String(index).repeat(5))).toBe(true);
    expect(output.rows).toEqual(rows.slice(0, 20));
    expect(output).toMatchObject({
      row_count: 8000,
      artifact: { media_type: 'application/x-ndjson', size: bench.artifact(output.artifact.id).length },
    });
    expect(bench.events.filter((event) => event.startsWith('page')).length).toBeGreaterThan(3);
  });

  test.each(['INLINE', 'EXTERNAL_LINKS'])(
    'that are few stay in the output although they came in chunks: %s',
    async (disposition) => {
      const { output } = await execute("SELECT i AS id, repeat('x', 100) AS text FROM range(0, 900) AS t(i)", {
        disposition,
      });

      expect(output.rows).toHaveLength(900);
      expect(output.artifact).toBeUndefined();
      expect(output.rows[899]).toEqual({ id: '899', text: 'x'.repeat(100) });
    },
  );

  test('stay in the output up to the limit that the caller gives', async () => {
    const { output } = await execute(
      'SELECT i AS id FROM range(0, 5000) AS t(i)',
      {},
      { inline: { rows: 10_000, bytes: 10_000_000 } },
    );

    expect(output.rows).toHaveLength(5_000);
  });

  test('as CSV are passed through', async () => {
    const { output, bench } = await execute('SELECT i AS id FROM range(0, 9000) AS t(i)', {
      disposition: 'EXTERNAL_LINKS',
      format: 'CSV',
    });
    const text = bench.artifact(output.artifact.id).toString();

    expect(text).toBe(`id\n${Array.from({ length: 9_000 }, (_, index) => `${index}\n`).join('')}`);
    expect(output).toMatchObject({ rows: [], row_count: 9000, artifact: { media_type: 'text/csv' } });
  });
});

describe('an Arrow result', () => {
  test('of several chunks is one stream: one schema, every batch, one end', async () => {
    const more = { disposition: 'EXTERNAL_LINKS', format: 'ARROW_STREAM' };

    const { output, bench } = await execute(
      'SELECT i AS id, CAST(i AS STRING) AS text FROM range(0, 9000) AS t(i)',
      more,
    );
    const messages = arrowMessages(bench.artifact(output.artifact.id));

    expect(bench.events.filter((event) => event === 'link').length).toBeGreaterThan(1);
    expect(messages.filter(({ type }) => type === 'schema')).toHaveLength(1);
    expect(messages[0]!.type).toBe('schema');
    expect(messages.at(-1)!.type).toBe('end');
    expect(messages.filter(({ type }) => type === 'end')).toHaveLength(1);
    expect(messages.reduce((sum, { rows }) => sum + rows, 0)).toBe(9_000);
    expect(output).toMatchObject({
      rows: [],
      row_count: 9000,
      artifact: { media_type: 'application/vnd.apache.arrow.stream' },
    });
  });
});

describe('a result that was cut short', () => {
  test('is an error', async () => {
    await expect(execute('SELECT i FROM range(0, 100) AS t(i)', { row_limit: 10 })).rejects.toMatchObject({
      code: 'ERR_RESULT_TRUNCATED',
    });
  });

  test('is taken when the input accepts it', async () => {
    const { output } = await execute('SELECT i FROM range(0, 100) AS t(i)', { row_limit: 10, accept_truncated: true });

    expect(output).toMatchObject({ truncated: true, row_count: 10 });
  });
});

describe('a statement that fails', () => {
  test.each([
    ['SELEC 1', 'PARSE_SYNTAX_ERROR'],
    ['SELECT * FROM nowhere.to_be.found', 'NOT_FOUND'],
  ])("ends with Databricks' own words: %s", async (statement, words) => {
    await expect(execute(statement)).rejects.toMatchObject({
      code: 'ERR_REMOTE_FAILED',
      message: expect.stringContaining(words),
      upstream: { error_code: expect.any(String), message: expect.stringContaining(words) },
    });
  });
});

describe('links', () => {
  const large = { disposition: 'EXTERNAL_LINKS' };
  const statement = 'SELECT i AS id FROM range(0, 12000) AS t(i)';

  test('that are refused are asked for again', async () => {
    emulator().faults.add({ match: { path: '/__external/' }, skip: 1, times: 1, fault: { status: 403 } });

    const { output, bench } = await execute(statement, large);

    expect(lines(bench.artifact(output.artifact.id))).toHaveLength(12_000);
  });

  test('that break off in the middle are fetched again without a row twice', async () => {
    emulator().faults.add({ match: { path: '/__external/' }, skip: 1, times: 2, fault: { truncate: true } });

    const { output, bench } = await execute(statement, large);

    expect(lines(bench.artifact(output.artifact.id)).map((row) => (row as { id: string }).id)).toEqual(
      Array.from({ length: 12_000 }, (_, index) => `${index}`),
    );
  });

  test('get no Authorization', async () => {
    emulator().requests.clear();

    await execute(statement, large);

    const links = emulator().requests.list({ path: /__external/ });
    expect(links.length).toBeGreaterThan(1);
    expect(links.every(({ status, headers }) => status === 200 && !('authorization' in headers))).toBe(true);
  });
});

describe('a download that was interrupted', () => {
  test('continues at the chunk border that was noted, with no row lost or twice', async () => {
    const action = await actionOf(ID);
    const bench = openBench(emulator());
    const input = {
      warehouse_id: emulator().warehouseId,
      statement: 'SELECT i AS id FROM range(0, 12000) AS t(i)',
      disposition: 'EXTERNAL_LINKS',
    };
    const call = callOf(action, input);
    const slow = {
      ...bench.io,
      now: (() => {
        let now = bench.io.now();
        return () => (now += 1_500);
      })(),
    };
    let state: ActionState = firstState(bench.io.now());
    for (let polls = 0; polls < 200 && bench.checkpoints.length === 0; polls += 1) {
      emulator().faults.clear();
      // The third link can never be had, so the download ends in the middle.
      emulator().faults.add({ match: { path: '/__external/.*/4' }, times: 0, fault: { status: 503 } });
      const step = await advance(action, call, state, slow).catch((error: { code: string }) => error);
      if ('state' in step) state = roundTrip(step.state);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    emulator().faults.clear();
    const noted = bench.checkpoints.at(-1)!;

    const { output } = await runToEnd(action, call, bench, noted);
    const { artifact } = output as { artifact: { id: string } };

    expect(noted.download).toMatchObject({ chunk: expect.any(Number), artifact: artifact.id });
    expect(noted.download!.chunk).toBeGreaterThan(1);
    expect(lines(bench.artifact(artifact.id)).map((row) => (row as { id: string }).id)).toEqual(
      Array.from({ length: 12_000 }, (_, index) => `${index}`),
    );
    expect((output as { rows: unknown[] }).rows).toHaveLength(20);
  });
});
