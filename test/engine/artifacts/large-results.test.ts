import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyRetention } from '../../../engine/runs/retention.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { openWorkspace, type Workspace } from '../../workspace.ts';
import { flowsOf, value } from '../flows.ts';

const ROWS = 1_500;
const SQL = `SELECT CAST(i AS BIGINT) AS id, CAST(i AS INT) AS n, CAST(12345678901234567.89 AS DECIMAL(19,2)) AS price,
  'row ' || i AS text FROM range(${ROWS}) AS r(i) ORDER BY i`;

async function open(sql = SQL, input: object = {}, env: Record<string, string> = {}) {
  const workspace = await openWorkspace({ context: { env } });
  const query = {
    id: 'query',
    action: 'databricks.execute_statement',
    linked_account: workspace.account,
    input: { warehouse_id: workspace.emulator.warehouseId, statement: sql, ...input },
  };
  return { workspace, query, flows: flowsOf(workspace.ctx) };
}

function lines({ ctx }: Workspace, path: string): Promise<unknown[]> {
  return readFile(join(ctx.config.dataFolder, 'files/default', path), 'utf8').then((text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

const toFile = (rows: string) => ({ id: 'file', action: 'core.file', input: { path: 'out.ndjson', rows } });

test('a step writes all rows of a large result to a file, with every digit', async () => {
  const { workspace, query, flows } = await open();

  const done = await flows.run([query, toFile('{{ steps.query.output.rows }}')]);

  expect(done).toMatchObject({ status: 'succeeded', output: { rows: ROWS } });
  const written = await lines(workspace, 'out.ndjson');
  expect(written).toHaveLength(ROWS);
  expect(written.at(-1)).toEqual({ id: '1499', n: 1499, price: '12345678901234567.89', text: 'row 1499' });
});

test('the output of a run says that its rows are a preview, and the next step is none the wiser', async () => {
  const { query, flows } = await open();

  const done = await flows.run([
    query,
    value('whole', '{{ steps.query.output }}'),
    value('n', '{{ $count(steps.whole.output.value.rows) }}'),
  ]);

  const { query: ran, whole } = await flows.steps(done.id);
  expect(ran!.output).toMatchObject({ preview: true, row_count: ROWS });
  expect((ran!.output as { rows: unknown[] }).rows).toHaveLength(20);
  expect(whole!.status).toBe('succeeded');
  expect(done.output).toEqual({ value: ROWS });
});

/** Expressions that reach the rows in every way, and what each gives. */
const EVERY_ROW: [what: string, expression: unknown, expected: unknown][] = [
  ['$count', '{{ $count(steps.query.output.rows) }}', ROWS],
  ['$count in a condition', '{{ $count(steps.query.output.rows) > 1000 ? "many" : "few" }}', 'many'],
  ['a sum', '{{ $sum(steps.query.output.rows.n) }}', (ROWS * (ROWS - 1)) / 2],
  ['a filter', '{{ steps.query.output.rows[n = 1499].text }}', 'row 1499'],
  ['the whole output', '{{ $count(steps.query.output["rows" in $keys($)].rows) }}', ROWS],
  ['the whole scope', '{{ $count($$.steps.query.output.rows) }}', ROWS],
  ['the scope by $', '{{ $count($.steps.query.output.rows) }}', ROWS],
  ['the scope by its names', '{{ $count($lookup(steps, "query").output.rows) }}', ROWS],
  ['every step', '{{ $count(steps.*.output.rows) }}', ROWS],
  ['every part of the scope', '{{ $count(**.output.rows) }}', ROWS],
  ['what is beside a row', '{{ steps.query.output.rows[n = 1499].%.row_count }}', ROWS],
  ['a value inside of a list', '{{ [$count(steps.query.output.rows)] }}', [ROWS]],
];

test('an expression sees every row, in whatever way it reaches them', async () => {
  const { query, flows } = await open();
  const reading = EVERY_ROW.map(([, expression], at) => value(`v${at}`, expression, { needs: ['query'] }));

  const { id } = await flows.run([query, ...reading]);

  const steps = await flows.steps(id);
  expect(EVERY_ROW.map(([what], at) => [what, steps[`v${at}`]!.error, steps[`v${at}`]!.output])).toEqual(
    EVERY_ROW.map(([what, , expected]) => [what, undefined, { value: expected }]),
  );
});

test('a loop goes through all rows', async () => {
  const { query, flows } = await open(`SELECT i, repeat('x', 4000) AS pad FROM range(100) AS r(i) ORDER BY i`);

  const done = await flows.run([
    query,
    value('each', '{{ item.i }}', { for_each: { items: '{{ steps.query.output.rows }}', concurrency: 50 } }),
    value('last', '{{ steps.each.output.items[-1].value }}'),
  ]);

  expect(done.output).toEqual({ value: '99' });
  const { each } = await flows.steps(done.id);
  expect(each!.loop).toMatchObject({ items: 100 });
});

test('a loop over more items than runs are kept has the output of each', async () => {
  const { query, flows, workspace } = await open(
    'SELECT i FROM range(60) AS r(i) ORDER BY i',
    {},
    {
      PENSTOCK_RETENTION_RUNS: '5',
    },
  );
  let isOver = false;
  const cleaning = (async () => {
    while (!isOver) await applyRetention(workspace.ctx);
  })();

  const done = await flows.run([
    query,
    value('each', '{{ item.i }}', { for_each: { items: '{{ steps.query.output.rows }}', concurrency: 20 } }),
    value('n', '{{ $sum(steps.each.output.items.value.$number()) & " of " & $count(steps.query.output.rows) }}'),
  ]);
  isOver = true;
  await cleaning;

  expect(done).toMatchObject({ status: 'succeeded', output: { value: '1770 of 60' } });
});

test('the output of a loop has every row of each item', async () => {
  const { workspace, query, flows } = await open();

  const done = await flows.run([
    { ...query, for_each: { items: '{{ [1, 2] }}' } },
    value('n', '{{ steps.query.output.items.$count(rows) }}'),
    toFile('{{ steps.query.output.items.rows }}'),
  ]);

  expect((await flows.steps(done.id)).n!.output).toEqual({ value: [ROWS, ROWS] });
  expect(await lines(workspace, 'out.ndjson')).toHaveLength(2 * ROWS);
});

test.each(['ARROW_STREAM', 'JSON_ARRAY'])('rows are the same in the format %s', async (format) => {
  const sql = `SELECT CAST(i AS BIGINT) AS big, CAST(-12.50 AS DECIMAL(10,2)) AS d, DATE '1969-12-31' AS day,
    TIMESTAMP '2026-01-02 03:04:05.678' AS at, CAST(0.1 AS FLOAT) AS f, CAST(0.25 AS DOUBLE) AS g, i % 2 = 0 AS even,
    CASE WHEN i = 1 THEN NULL ELSE 'x' END AS text, unbase64('YWI=') AS bytes, array(1, NULL, 3) AS list,
    named_struct('a', CAST(i AS BIGINT), 'b', CAST(1.25 AS DECIMAL(4,2))) AS s, map('k', 1) AS m
    FROM range(1200) AS r(i) ORDER BY i`;
  const { workspace, query, flows } = await open(sql, { disposition: 'EXTERNAL_LINKS', format });

  const done = await flows.run([query, toFile('{{ steps.query.output.rows }}')]);

  expect(done.error).toBeUndefined();
  expect(done).toMatchObject({ status: 'succeeded', output: { rows: 1200 } });
  expect((await lines(workspace, 'out.ndjson'))[1]).toEqual({
    big: '1',
    d: '-12.50',
    day: '1969-12-31',
    at: '2026-01-02T03:04:05.678Z',
    f: 0.1,
    g: 0.25,
    even: false,
    text: null,
    bytes: 'YWI=',
    list: [1, null, 3],
    s: { a: '1', b: '1.25' },
    m: { k: 1 },
  });
});

test('rows of a CSV result are an error that says what to do', async () => {
  const { query, flows } = await open(SQL, { disposition: 'EXTERNAL_LINKS', format: 'CSV' });

  const done = await flows.run([query, toFile('{{ steps.query.output.rows }}')]);

  expect(done.status).toBe('failed');
  expect(done.error!.message).toMatch(/text\/csv/);
  expect(done.error!.hint).toMatch(/JSON_ARRAY/);
});

describe('beyond the limit of an expression', () => {
  const env = { PENSTOCK_EXPRESSION_MAX_BYTES: '10000' };

  test('what works with the values fails, and names the artifact', async () => {
    const { query, flows } = await open(SQL, {}, env);

    const done = await flows.run([query, value('v', '{{ $sum(steps.query.output.rows.n) }}')]);

    const { query: ran, v } = await flows.steps(done.id);
    const { artifact } = ran!.output as { artifact: { id: string; size: number } };
    expect(v!.error).toMatchObject({ code: 'ERR_EXPRESSION' });
    expect(v!.error!.message).toContain(artifact.id);
    expect(v!.error!.message).toContain(`${artifact.size} bytes`);
    expect(v!.error!.hint).toContain('PENSTOCK_EXPRESSION_MAX_BYTES');
  });

  test('a count, its comparison, a field beside the rows and the rows by their path work', async () => {
    const { query, flows } = await open(SQL, {}, env);
    const needs = { needs: ['query'] };

    const { id } = await flows.run([
      query,
      value('count', '{{ $count(steps.query.output.rows) }}', needs),
      value('compared', '{{ $count(steps.query.output.rows) = 1500 }}', needs),
      value('beside', '{{ steps.query.output.row_count & "" }}', needs),
      { ...toFile('{{ steps.query.output.rows }}'), ...needs },
    ]);

    const { count, compared, beside, file } = await flows.steps(id);
    expect(count!.output).toEqual({ value: ROWS });
    expect(compared!.output).toEqual({ value: true });
    expect(beside!.output).toEqual({ value: '1500' });
    expect(file!.output).toEqual({ path: 'out.ndjson', rows: ROWS, bytes: expect.any(Number) });
  });

  test('a plain path passes all rows through a step, into a workflow and back, and on', async () => {
    const { workspace, query, flows } = await open(SQL, {}, env);
    const inner = await flows.make([value('same', '{{ trigger.rows }}')]);

    const done = await flows.run([
      query,
      value('whole', { all: '{{ steps.query.output.rows }}', text: 'kept' }),
      {
        id: 'sub',
        action: 'core.run_workflow',
        input: { workflow: inner.name, input: { rows: '{{ steps.whole.output.value.all }}' } },
      },
      value('n', '{{ $count(steps.sub.output.value) }}'),
      toFile('{{ steps.sub.output.value }}'),
    ]);

    expect(done).toMatchObject({ status: 'succeeded', output: { rows: ROWS } });
    expect((await flows.steps(done.id)).n!.output).toEqual({ value: ROWS });
    expect((await lines(workspace, 'out.ndjson')).at(-1)).toMatchObject({ id: '1499' });
  });

  test('a path that continues inside the rows gives what is in each', async () => {
    const { query, flows } = await open(SQL, {}, env);

    const done = await flows.run([
      query,
      value('texts', '{{ steps.query.output.rows.text }}'),
      value('n', '{{ $count(steps.texts.output.value) & " of " & $count(steps.query.output.rows.text) }}'),
    ]);

    expect(done.output).toEqual({ value: '1500 of 1500' });
  });
});

test('a webhook gets many rows in several requests, each with an id of its own', async () => {
  const received: { id: string; rows: unknown[] }[] = [];
  const server = await startHttpServer(async (request, response) => {
    const { rows } = JSON.parse(await readBody(request)) as { rows: unknown[] };
    received.push({ id: String(request.headers['webhook-id']), rows });
    response.writeHead(204).end();
  });
  const { query, flows } = await open();

  const done = await flows.run([
    query,
    {
      id: 'post',
      action: 'core.webhook',
      input: { url: `${server.origin}/`, rows: '{{ steps.query.output.rows }}', batch_size: 600 },
    },
  ]);

  expect(done.output).toMatchObject({ status: 204, rows: ROWS, requests: 3 });
  expect(received.map(({ rows }) => rows.length)).toEqual([600, 600, 300]);
  expect(received.flatMap(({ rows }) => rows).at(-1)).toMatchObject({ id: '1499' });
  expect(new Set(received.map(({ id }) => id)).size).toBe(3);
});

test('rows are inserted from the result of a query, and upserted', async () => {
  const { workspace, query, flows } = await open(`SELECT i AS id, 'row ' || i AS name FROM range(1100) AS r(i)`);
  const table = 'main.default.copied';
  await workspace.run('databricks.execute_statement', { statement: `CREATE TABLE ${table} (id BIGINT, name STRING)` });
  const write = (id: string, action: string, more = {}) => ({
    id,
    action,
    linked_account: workspace.account,
    input: { warehouse_id: workspace.emulator.warehouseId, table, rows: '{{ steps.query.output.rows }}', ...more },
  });

  const done = await flows.run([
    query,
    write('insert', 'databricks.insert_rows'),
    write('upsert', 'databricks.upsert_rows', { key_columns: ['id'] }),
  ]);

  expect(done).toMatchObject({ status: 'succeeded', output: { rows: 1100 } });
  const { output } = await workspace.run('databricks.execute_statement', {
    statement: `SELECT count(*) AS n, count(DISTINCT id) AS ids FROM ${table}`,
  });
  expect((output as { rows: unknown }).rows).toEqual([{ n: '1100', ids: '1100' }]);
}, 60_000);

test('a replay that keeps a query reads all of its rows again', async () => {
  const { query, flows, workspace } = await open();
  const { replayRun } = await import('../../../engine/replay/replay.ts');
  const { ended } = await import('../../workspace.ts');
  const done = await flows.run([query, toFile('{{ steps.query.output.rows }}')]);

  const again = await replayRun(workspace.ctx, (await readRun(workspace.ctx, done.id))!, { from: { step: 'file' } });

  expect(await ended(workspace.ctx, again.id)).toMatchObject({ status: 'succeeded', output: { rows: ROWS } });
});
