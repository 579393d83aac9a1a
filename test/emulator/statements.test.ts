import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient, until } from './client.ts';

const PATH = '/api/2.0/sql/statements';

describe('statement execution', () => {
  let workspace: Client;
  const time = Date.parse('2026-01-02T03:04:05.678Z');
  beforeAll(async () => {
    workspace = await startClient({ now: () => time, chunkBytes: 1000 });
  });
  afterAll(() => workspace.close());

  it('answers columns, rows and chunks of a query as Databricks does', async () => {
    const done = await workspace.sql(
      "SELECT 9007199254740993L AS id, CAST(1.5 AS DECIMAL(10,2)) AS total, 'a\"b' AS note, NULL AS nothing",
    );

    expect(done.status).toEqual({ state: 'SUCCEEDED' });
    expect(done.manifest.schema).toEqual({
      column_count: 4,
      columns: [
        { name: 'id', type_text: 'BIGINT', type_name: 'LONG', position: 0 },
        {
          name: 'total',
          type_text: 'DECIMAL(10,2)',
          type_name: 'DECIMAL',
          type_precision: 10,
          type_scale: 2,
          position: 1,
        },
        { name: 'note', type_text: 'STRING', type_name: 'STRING', position: 2 },
        { name: 'nothing', type_text: 'VOID', type_name: 'NULL', position: 3 },
      ],
    });
    expect(done.manifest).toMatchObject({
      format: 'JSON_ARRAY',
      total_chunk_count: 1,
      total_row_count: 1,
      truncated: false,
    });
    expect(done.result).toMatchObject({
      chunk_index: 0,
      row_offset: 0,
      row_count: 1,
      data_array: [['9007199254740993', '1.50', 'a"b', null]],
    });
    expect(done.result).not.toHaveProperty('next_chunk_index');
  });

  it('refuses a statement with more than 256 parameters', async () => {
    const parameters = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `p${index}`, value: '' }));
    const ask = (count: number) =>
      workspace.send('POST', PATH, {
        warehouse_id: workspace.warehouseId,
        statement: 'SELECT 1',
        parameters: parameters(count),
      });

    expect(await ask(257)).toMatchObject({
      status: 400,
      json: {
        error_code: 'BAD_REQUEST',
        message: 'Parameterized query has too many parameters: 257 parameters were given but the limit is 256.',
      },
    });
    expect(await ask(256)).toMatchObject({ status: 200 });
  });

  it.each([
    ["TIMESTAMP'2026-01-02 03:04:05.123456'", '2026-01-02T03:04:05.123Z'],
    ["TIMESTAMP'2026-01-02T03:04:05+02:00'", '2026-01-02T01:04:05.000Z'],
    ["DATE'2026-01-02'", '2026-01-02'],
    ["X'00FF'", 'AP8='],
    ['true', 'true'],
    ['1e10D', '1.0E10'],
    ['1.5e-7D', '1.5E-7'],
    ['-1e23D', '-1.0E23'],
    ['0.00012D', '1.2E-4'],
    ['10000000D', '1.0E7'],
    ['-0.001D', '-0.001'],
    ['123456.7D', '123456.7'],
    ["CAST('NaN' AS DOUBLE)", 'NaN'],
    ["CAST('-Infinity' AS DOUBLE)", '-Infinity'],
    ['array(1, NULL)', '["1",null]'],
    ["named_struct('a', 1, 'b', array('x'))", '{"a":"1","b":["x"]}'],
    ["map('k', 2)", '{"k":"2"}'],
    ["'line\\n\\'quoted\\''", "line\n'quoted'"],
    ['current_timestamp()', '2026-01-02T03:04:05.678Z'],
  ])('writes %s as %s', async (expression, text) => {
    expect(await workspace.rows(`SELECT ${expression}`)).toEqual([[text]]);
  });

  it('gives no data_array for a result without rows, and no columns for a command', async () => {
    const empty = await workspace.sql('SELECT 1 AS a WHERE false');
    const command = await workspace.sql('CREATE SCHEMA main.empty_results');

    expect(empty.result).toEqual({});
    expect(empty.manifest).toMatchObject({ total_chunk_count: 0, total_row_count: 0 });
    expect(command.manifest.schema).toEqual({ column_count: 0, columns: [] });
  });

  it('binds typed parameters and names from markers', async () => {
    const parameters = [
      { name: 'id', value: '9007199254740993', type: 'BIGINT' },
      { name: 'day', value: '2026-01-02', type: 'DATE' },
      { name: 'text', value: "it's" },
      { name: 'nothing', type: 'INT' },
      { name: 'column', value: 'a' },
    ];

    const done = await workspace.sql(
      'SELECT :id AS id, :day + INTERVAL 1 DAY > :day AS later, :text AS text, :nothing IS NULL AS missing, IDENTIFIER(:column) FROM (SELECT 7 AS a)',
      { parameters },
    );

    expect(done.result.data_array).toEqual([['9007199254740993', 'true', "it's", 'true', '7']]);
  });

  it.each([
    ['SELEC 1', 'PARSE_SYNTAX_ERROR', '42601'],
    ['SELECT 1 FROM', 'PARSE_SYNTAX_ERROR', '42601'],
    ['SELECT 1; SELECT 2', 'PARSE_SYNTAX_ERROR', '42601'],
    ["SELECT 'open", 'PARSE_SYNTAX_ERROR', '42601'],
    ['SELECT * FROM main.default.nope', 'TABLE_OR_VIEW_NOT_FOUND', '42P01'],
    ['SELECT b FROM (SELECT 1 AS a)', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '42703'],
    ['SELECT nofunction(1)', 'UNRESOLVED_ROUTINE', '42883'],
    ["SELECT CAST('x' AS INT)", 'CAST_INVALID_INPUT', '22018'],
    ['SELECT :missing', 'UNBOUND_SQL_PARAMETER', '42P02'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'UNRESOLVABLE_TABLE_VALUED_FUNCTION', '42883'],
  ])('fails %s with %s and HTTP 200', async (statement, condition, state) => {
    const done = await workspace.sql(statement);

    expect(done.status).toMatchObject({ state: 'FAILED', sql_state: state, error: { error_code: 'BAD_REQUEST' } });
    expect(done.status.error.message).toMatch(new RegExp(`^\\[${condition}\\] .*SQLSTATE: ${state}`, 's'));
  });

  it('shows the place of a syntax error', async () => {
    const done = await workspace.sql('SELECT 1\nFRM x y z');

    expect(done.status.error.message).toContain(
      "Syntax error at or near 'x'. SQLSTATE: 42601 (line 2, pos 4)\n\n== SQL ==\nSELECT 1\nFRM x y z\n----^^^",
    );
  });

  it('answers at once with wait_timeout 0s, and cancels a statement that sleeps', async () => {
    const started = await workspace.sql('SELECT emulator_sleep(60)', { wait_timeout: '0s' });
    expect(started.status.state).toBe('PENDING');
    expect(started).not.toHaveProperty('manifest');

    await workspace.send('POST', `${PATH}/${started.statement_id}/cancel`);

    const ended = await until(
      () => workspace.send('GET', `${PATH}/${started.statement_id}`),
      (reply) => reply.json.status.state !== 'RUNNING',
    );
    expect(ended.json.status).toEqual({ state: 'CANCELED' });
  });

  it('interrupts a statement that computes', async () => {
    const started = await workspace.sql(
      'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.id * b.id = 17',
      { wait_timeout: '0s' },
    );
    await until(
      () => workspace.send('GET', `${PATH}/${started.statement_id}`),
      (reply) => reply.json.status.state === 'RUNNING',
    );

    await workspace.send('POST', `${PATH}/${started.statement_id}/cancel`);

    const ended = await until(
      () => workspace.send('GET', `${PATH}/${started.statement_id}`),
      (reply) => reply.json.status.state !== 'RUNNING',
    );
    expect(ended.json.status.state).toBe('CANCELED');
  });

  it('lets a thousand statements sleep at once', async () => {
    const started = await Promise.all(
      Array.from({ length: 1000 }, () => workspace.sql('SELECT emulator_sleep(60) AS s', { wait_timeout: '0s' })),
    );
    const quick = await workspace.rows('SELECT 1');

    expect(quick).toEqual([['1']]);
    await Promise.all(started.map((one) => workspace.send('POST', `${PATH}/${one.statement_id}/cancel`)));
  });

  it.each([
    [{ statement: 'SELECT 1' }, 'INVALID_PARAMETER_VALUE', 'warehouse_id'],
    [{ statement: 5, warehouse_id: 'w' }, 'MALFORMED_REQUEST', 'statement'],
    [{ statement: 'SELECT 1', warehouse_id: 'w', sql: 1 }, 'INVALID_PARAMETER_VALUE', 'sql'],
    [{ statement: 'SELECT 1', warehouse_id: 'w', wait_timeout: '3s' }, 'INVALID_PARAMETER_VALUE', 'wait_timeout'],
    [{ statement: 'SELECT 1', warehouse_id: 'w', format: 'XML' }, 'INVALID_PARAMETER_VALUE', 'format'],
    [{ statement: 'SELECT 1', warehouse_id: 'w', format: 'CSV' }, 'INVALID_PARAMETER_VALUE', 'EXTERNAL_LINKS'],
    [
      { statement: 'SELECT 1', warehouse_id: 'w', parameters: [{ value: 'x' }] },
      'INVALID_PARAMETER_VALUE',
      'parameters[0].name',
    ],
    [{ statement: 'SELECT 1', warehouse_id: 'nope' }, 'INVALID_PARAMETER_VALUE', 'nope is not a valid endpoint id'],
    [{ statement: 'SELECT 1', warehouse_id: '0123456789abcdef' }, 'RESOURCE_DOES_NOT_EXIST', '0123456789abcdef'],
  ])('refuses %j with %s', async (body, code, named) => {
    const { status, json } = await workspace.send('POST', PATH, body);

    expect(status).toBeGreaterThanOrEqual(400);
    expect(json).toEqual({ error_code: code, message: expect.stringContaining(named) });
  });

  it('starts a stopped warehouse for a statement', async () => {
    const other = await startClient({ transitionMs: 100 });
    await other.send('POST', `/api/2.0/sql/warehouses/${other.warehouseId}/stop`);
    await until(
      () => other.send('GET', `/api/2.0/sql/warehouses/${other.warehouseId}`),
      (reply) => reply.json.state === 'STOPPED',
    );

    const started = await other.sql('SELECT 1', { wait_timeout: '0s' });

    expect(started.status.state).toBe('PENDING');
    expect((await other.send('GET', `/api/2.0/sql/warehouses/${other.warehouseId}`)).json.state).toBe('STARTING');
    const done = await until(
      () => other.send('GET', `${PATH}/${started.statement_id}`),
      (reply) => reply.json.status.state !== 'PENDING',
    );
    expect(done.json.status.state).toMatch(/RUNNING|SUCCEEDED/);
    await other.close();
  });

  it('cancels at the wait timeout when told so', async () => {
    const done = await workspace.sql('SELECT emulator_sleep(30)', { wait_timeout: '5s', on_wait_timeout: 'CANCEL' });

    expect(done.status).toEqual({ state: 'CANCELED' });
  });
});
