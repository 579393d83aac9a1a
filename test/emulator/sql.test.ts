import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

describe('Databricks SQL', () => {
  let workspace: Client;
  const time = Date.parse('2026-01-02T03:04:05.000Z');
  beforeAll(async () => {
    workspace = await startClient({ now: () => time });
    await workspace.sql('CREATE SCHEMA main.sales');
    await workspace.sql(
      'CREATE TABLE main.sales.orders (id BIGINT, customer STRING, total DECIMAL(10,2), at TIMESTAMP)',
    );
    await workspace.sql(
      "INSERT INTO main.sales.orders VALUES (1, 'ann', 10.5, '2026-01-01T00:00:00Z'), (2, 'bob', 20, '2026-01-02 00:00:00'), (3, NULL, NULL, NULL)",
    );
  });
  afterAll(() => workspace.close());
  const one = async (statement: string) => (await workspace.rows(statement))[0];
  const named = async (statement: string, more: object = {}) => {
    const done = await workspace.sql(statement, more);
    return done.manifest?.schema.columns.map((column: { name: string }) => column.name) ?? done.status.error.message;
  };

  it('wants names with hyphens in backticks, also in texts that are names', async () => {
    await workspace.sql('CREATE TABLE main.default.`order-lines` (id INT)');
    const failed = async (statement: string) => (await workspace.sql(statement)).status.error?.message;

    expect(await failed("SELECT * FROM IDENTIFIER('main.default.order-lines')")).toContain('[INVALID_IDENTIFIER]');
    expect(await failed("SELECT * FROM table_changes('main.default.order-lines', 0)")).toContain(
      '[INVALID_IDENTIFIER]',
    );
    expect(await failed('SELECT * FROM main.default.order-lines')).toContain('[PARSE_SYNTAX_ERROR]');
    expect(await failed("SELECT * FROM IDENTIFIER('main.default.`order-lines`')")).toBeUndefined();
    expect(await failed('SELECT * FROM main.default.`order-lines`')).toBeUndefined();
  });

  it.each([
    ["date_add(DATE'2026-01-31', 1)", '2026-02-01'],
    ["date_sub('2026-01-01', 1)", '2025-12-31'],
    ["datediff('2026-01-03', '2026-01-01')", '2'],
    ["datediff(HOUR, TIMESTAMP'2026-01-01', TIMESTAMP'2026-01-02')", '24'],
    ["dateadd(MONTH, 1, TIMESTAMP'2026-01-31')", '2026-02-28T00:00:00.000Z'],
    ["add_months(DATE'2026-01-31', 1)", '2026-02-28'],
    ["date_format(TIMESTAMP'2026-01-02 03:04:05', 'yyyy/MM/dd HH:mm:ss')", '2026/01/02 03:04:05'],
    ["to_date('02.01.2026', 'dd.MM.yyyy')", '2026-01-02'],
    ["to_timestamp('2026-01-02 03:04', 'yyyy-MM-dd HH:mm')", '2026-01-02T03:04:00.000Z'],
    ["unix_timestamp(TIMESTAMP'1970-01-02')", '86400'],
    ["date_trunc('MONTH', DATE'2026-01-15')", '2026-01-01T00:00:00.000Z'],
    ["year(DATE'2026-01-02')", '2026'],
    ["dayofweek(DATE'2026-01-02')", '6'],
    ['nvl(NULL, 5)', '5'],
    ["coalesce(NULL, 'x')", 'x'],
    ["concat('a', 'b') || 'c'", 'abc'],
    ["substr('hello', 2, 3)", 'ell'],
    ["split('a,b', ',')", '["a","b"]'],
    ['size(array(1, 2, 3))', '3'],
    ["array_contains(array('a'), 'a')", 'true'],
    ["element_at(map('k', 'v'), 'k')", 'v'],
    ['get_json_object(\'{"a":{"b":1}}\', \'$.a.b\')', '1'],
    ["named_struct('x', 1).x", '1'],
    ['7 DIV 2', '3'],
    ['5 / 2', '2.5'],
    ['NULL <=> NULL', 'true'],
    ["try_cast('x' AS INT)", null],
    ["CAST('2026-01-02T00:00:00+01:00' AS TIMESTAMP)", '2026-01-01T23:00:00.000Z'],
    ["CAST(TIMESTAMP'2026-01-02 03:04:05.120' AS STRING)", '2026-01-02 03:04:05.12'],
    ["'abcd' RLIKE 'b.'", 'true'],
    ["'abcd' NOT RLIKE '^b'", 'true'],
    ['current_date()', '2026-01-02'],
    ['current_user()', 'admin@example.com'],
    ['current_catalog()', 'main'],
    ["r'a\\nb'", 'a\\nb'],
    ['"double quoted"', 'double quoted'],
    ["'it''s'", "it's"],
    ["CASE WHEN 1 = 1 THEN 'yes' ELSE 'no' END", 'yes'],
  ])('computes %s', async (expression, expected) => {
    expect(await one(`SELECT ${expression}`)).toEqual([expected]);
  });

  it('names columns as Databricks does', async () => {
    expect(
      await named(
        "SELECT count(*), sum(total), total + 1, 5, 'x', upper(customer), CAST(id AS STRING), id, o.customer, id AS n, id m, NULL FROM main.sales.orders o GROUP BY ALL",
      ),
    ).toEqual([
      'count(1)',
      'sum(total)',
      '(total + 1)',
      '5',
      'x',
      'upper(customer)',
      'CAST(id AS STRING)',
      'id',
      'customer',
      'n',
      'm',
      'NULL',
    ]);
  });

  it('finds names of one, two and three parts, in backticks or not', async () => {
    const given = { catalog: 'main', schema: 'sales' };
    expect(await workspace.rows('SELECT id FROM orders ORDER BY id LIMIT 1', given)).toEqual([['1']]);
    expect(await workspace.rows('SELECT `orders`.`id` FROM `sales`.`orders` ORDER BY id LIMIT 1')).toEqual([['1']]);
    expect(await workspace.rows('SELECT main.sales.orders.id FROM MAIN.Sales.ORDERS ORDER BY id LIMIT 1')).toEqual([
      ['1'],
    ]);
    expect(await workspace.rows('SELECT * EXCEPT (at, total) FROM main.sales.orders ORDER BY id LIMIT 1')).toEqual([
      ['1', 'ann'],
    ]);
  });

  it('sorts nulls first going up and last going down', async () => {
    expect(await workspace.rows('SELECT customer FROM main.sales.orders ORDER BY customer')).toEqual([
      [null],
      ['ann'],
      ['bob'],
    ]);
    expect(await workspace.rows('SELECT customer FROM main.sales.orders ORDER BY customer DESC')).toEqual([
      ['bob'],
      ['ann'],
      [null],
    ]);
  });

  it('reads a table in pages by cursor and key', async () => {
    const statement = `SELECT *, CAST(IDENTIFIER(:cursor_column) AS STRING) AS _cursor, CAST(IDENTIFIER(:key_column) AS STRING) AS _key
      FROM IDENTIFIER(:table)
      WHERE IDENTIFIER(:cursor_column) IS NOT NULL AND (:cursor IS NULL OR IDENTIFIER(:cursor_column) > :cursor
        OR (IDENTIFIER(:cursor_column) = :cursor AND CAST(IDENTIFIER(:key_column) AS STRING) > :key))
      ORDER BY IDENTIFIER(:cursor_column), _key LIMIT :page_size`;
    const page = async (cursor: string | null, key: string | null) =>
      workspace.rows(statement, {
        parameters: [
          { name: 'table', value: '`main`.sales.orders' },
          { name: 'cursor_column', value: 'at' },
          { name: 'key_column', value: 'id' },
          { name: 'cursor', value: cursor, type: 'TIMESTAMP' },
          { name: 'key', value: key },
          { name: 'page_size', value: '1', type: 'INT' },
        ],
      });
    const first = await page(null, null);
    const second = await page(first[0]?.[4] ?? '', first[0]?.[5] ?? '');
    const last = await workspace.sql(statement, {
      parameters: [
        { name: 'table', value: 'main.sales.orders' },
        { name: 'cursor_column', value: 'at' },
        { name: 'key_column', value: 'id' },
        { name: 'cursor', value: second[0]?.[4], type: 'TIMESTAMP' },
        { name: 'key', value: second[0]?.[5] },
        { name: 'page_size', value: '1', type: 'INT' },
      ],
    });

    expect([first[0]?.[0], first[0]?.[4], second[0]?.[0]]).toEqual(['1', '2026-01-01 00:00:00', '2']);
    expect(last.manifest.total_row_count).toBe(0);
  });

  it('never lets a parameter become SQL', async () => {
    const value = "x'); DROP TABLE main.sales.orders; --";
    expect(await workspace.rows('SELECT :v', { parameters: [{ name: 'v', value }] })).toEqual([[value]]);
    const identifier = await workspace.sql('SELECT * FROM IDENTIFIER(:t)', {
      parameters: [{ name: 't', value: 'main.sales.orders; DROP TABLE x' }],
    });

    expect(identifier.status.error.message).toContain('[PARSE_SYNTAX_ERROR]');
    expect(await one('SELECT count(*) FROM main.sales.orders')).toEqual(['3']);
    expect(
      (await workspace.sql('SELECT :v', { parameters: [{ name: 'v', value: 'abc', type: 'INT' }] })).status.error
        .message,
    ).toContain('[CAST_INVALID_INPUT]');
  });

  it('writes, and tells how many rows', async () => {
    await workspace.sql('CREATE TABLE main.sales.t (id INT, name STRING)');
    expect(
      (await workspace.sql("INSERT INTO main.sales.t SELECT 1, 'a' UNION ALL SELECT 2, 'b'")).result.data_array,
    ).toEqual([['2', '2']]);
    expect(
      (await workspace.sql("INSERT INTO main.sales.t BY NAME SELECT 'c' AS name, 3 AS id")).result.data_array,
    ).toEqual([['1', '1']]);
    expect((await workspace.sql("UPDATE main.sales.t AS x SET x.name = 'z' WHERE x.id > 1")).result.data_array).toEqual(
      [['2']],
    );
    expect(
      (
        await workspace.sql(
          "MERGE INTO main.sales.t AS t USING (SELECT 1 AS id, 'm' AS name UNION ALL SELECT 9, 'n') AS s ON t.id = s.id WHEN MATCHED AND s.name = 'm' THEN UPDATE SET t.name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name) WHEN NOT MATCHED BY SOURCE AND t.id = 2 THEN DELETE",
        )
      ).result.data_array,
    ).toEqual([['3', '1', '1', '1']]);
    expect((await workspace.sql('DELETE FROM main.sales.t WHERE id = 3')).result.data_array).toEqual([['1']]);
    expect(await workspace.rows('SELECT * FROM main.sales.t ORDER BY id')).toEqual([
      ['1', 'm'],
      ['9', 'n'],
    ]);
    expect((await workspace.sql("INSERT OVERWRITE main.sales.t VALUES (5, 'only')")).status.state).toBe('SUCCEEDED');
    expect(await workspace.rows('SELECT * FROM main.sales.t')).toEqual([['5', 'only']]);
    await workspace.sql('TRUNCATE TABLE main.sales.t');
    expect(await one('SELECT count(*) FROM main.sales.t')).toEqual(['0']);
  });

  it('refuses to merge several source rows into one target row', async () => {
    await workspace.sql("CREATE TABLE main.sales.m AS SELECT 1 AS id, 'a' AS name");
    const merge = (when: string) =>
      workspace.sql(
        `MERGE INTO main.sales.m AS t USING (VALUES (1, 'x'), (1, 'y')) AS s(id, name) ON t.id = s.id ${when}`,
      );

    expect((await merge('WHEN MATCHED THEN UPDATE SET name = s.name')).status.error.message).toContain(
      '[DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE]',
    );
    expect((await merge("WHEN MATCHED AND s.name = 'y' THEN UPDATE SET name = s.name")).status.state).toBe('SUCCEEDED');
    expect(await workspace.rows('SELECT * FROM main.sales.m')).toEqual([['1', 'y']]);
    expect((await merge('WHEN MATCHED THEN DELETE')).status.state).toBe('SUCCEEDED');
  });

  it('creates tables with everything that Delta tables have', async () => {
    const made = await workspace.sql(`CREATE TABLE IF NOT EXISTS main.sales.full (
        id BIGINT GENERATED ALWAYS AS IDENTITY, day DATE NOT NULL COMMENT 'the day', amount DECIMAL(10,2) DEFAULT 0, tags ARRAY<STRING>,
        info STRUCT<a: INT, b: MAP<STRING, ARRAY<DOUBLE>>>, CONSTRAINT pk PRIMARY KEY (id)
      ) USING DELTA PARTITIONED BY (day) COMMENT 'full' TBLPROPERTIES ('a.b' = 'c', delta.appendOnly = false)`);
    expect(made.status).toEqual({ state: 'SUCCEEDED' });
    await workspace.sql(
      "INSERT INTO main.sales.full (day, tags) VALUES (DATE'2026-01-01', array('x')), (DATE'2026-01-02', NULL)",
    );

    expect(await workspace.rows('SELECT id, amount, tags FROM main.sales.full ORDER BY id')).toEqual([
      ['1', '0.00', '["x"]'],
      ['2', '0.00', null],
    ]);
    expect(await workspace.rows('DESCRIBE main.sales.full')).toEqual([
      ['id', 'bigint', null],
      ['day', 'date', 'the day'],
      ['amount', 'decimal(10,2)', null],
      ['tags', 'array<string>', null],
      ['info', 'struct<a:int,b:map<string,array<double>>>', null],
      ['# Partition Information', '', ''],
      ['# col_name', 'data_type', 'comment'],
      ['day', 'date', 'the day'],
    ]);
    expect(await workspace.rows('SHOW TBLPROPERTIES main.sales.full')).toContainEqual(['a.b', 'c']);
    expect((await workspace.sql('INSERT INTO main.sales.full (day) VALUES (NULL)')).status).toMatchObject({
      state: 'FAILED',
      sql_state: '23502',
    });
  });

  it('alters tables', async () => {
    await workspace.sql('CREATE TABLE main.sales.alt (a INT)');
    for (const change of [
      "ADD COLUMNS (b STRING COMMENT 'bee', c INT)",
      "SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.enableTypeWidening' = 'true')",
      'RENAME COLUMN b TO bb',
      'DROP COLUMN c',
      'ALTER COLUMN a TYPE BIGINT',
      "SET TBLPROPERTIES ('x' = 'y')",
      "ALTER COLUMN a COMMENT 'first'",
      'RENAME TO main.sales.altered',
    ]) {
      expect((await workspace.sql(`ALTER TABLE main.sales.alt ${change}`)).status).toEqual({ state: 'SUCCEEDED' });
    }
    await workspace.sql("COMMENT ON TABLE main.sales.altered IS 'told'");

    expect(await workspace.rows('DESCRIBE main.sales.altered')).toEqual([
      ['a', 'bigint', 'first'],
      ['bb', 'string', 'bee'],
    ]);
    expect((await workspace.send('GET', '/api/2.1/unity-catalog/tables/main.sales.altered')).json).toMatchObject({
      comment: 'told',
      properties: { x: 'y' },
    });
  });

  it('shows what is there', async () => {
    await workspace.sql('CREATE OR REPLACE VIEW main.sales.big AS SELECT * FROM main.sales.orders WHERE total > 15');

    expect(await workspace.rows("SHOW SCHEMAS IN main LIKE 's*'")).toEqual([['sales']]);
    expect(await workspace.rows("SHOW TABLES IN main.sales LIKE 'ord*|big'")).toEqual([
      ['sales', 'big', 'false'],
      ['sales', 'orders', 'false'],
    ]);
    expect(await workspace.rows('SHOW VIEWS IN main.sales')).toEqual([['sales', 'big', 'false']]);
    expect(await workspace.rows('SHOW COLUMNS IN main.sales.orders')).toEqual([
      ['id'],
      ['customer'],
      ['total'],
      ['at'],
    ]);
    expect(
      await workspace.rows(
        "SELECT table_name, table_type FROM main.information_schema.tables WHERE table_schema = 'sales' AND table_name IN ('orders', 'big') ORDER BY 1",
      ),
    ).toEqual([
      ['big', 'VIEW'],
      ['orders', 'MANAGED'],
    ]);
    expect((await workspace.rows('DESCRIBE EXTENDED main.sales.orders')).map((row) => row[0])).toContain(
      '# Detailed Table Information',
    );
  });

  it.each([
    ['CREATE TABLE main.sales.orders (a INT)', 'TABLE_OR_VIEW_ALREADY_EXISTS'],
    ['CREATE SCHEMA main.sales', 'SCHEMA_ALREADY_EXISTS'],
    ['CREATE TABLE main.nope.t (a INT)', 'SCHEMA_NOT_FOUND'],
    ['CREATE TABLE nope.x.t (a INT)', 'NO_SUCH_CATALOG_EXCEPTION'],
    ['CREATE TABLE main.sales.bad (a FANCY)', 'UNSUPPORTED_DATATYPE'],
    ['DROP TABLE main.sales.nope', 'TABLE_OR_VIEW_NOT_FOUND'],
    ['DROP SCHEMA main.sales', 'SCHEMA_NOT_EMPTY'],
    ['INSERT INTO main.sales.nope VALUES (1)', 'TABLE_OR_VIEW_NOT_FOUND'],
    ['INSERT INTO main.sales.orders VALUES (1)', 'INSERT_COLUMN_ARITY_MISMATCH'],
    ["INSERT INTO main.sales.orders VALUES ('x', 'y', 1, NULL)", 'CAST_INVALID_INPUT'],
    ['SELECT a.b.c.d FROM main.sales.orders', 'UNRESOLVED_COLUMN'],
    ['SELECT id FROM main.sales.orders GROUP BY customer', 'MISSING_AGGREGATION'],
    ['SELECT sum(9223372036854775807L) FROM range(3)', 'ARITHMETIC_OVERFLOW'],
    ['REORG TABLE main.sales.orders APPLY (PURGE)', 'UNSUPPORTED_FEATURE'],
    ['', 'INVALID'],
  ])('fails %s with %s', async (statement, condition) => {
    if (statement === '')
      return expect(
        (await workspace.send('POST', '/api/2.0/sql/statements', { statement, warehouse_id: workspace.warehouseId }))
          .json.error_code,
      ).toBe('INVALID_PARAMETER_VALUE');
    const done = await workspace.sql(statement);

    expect(done.status.error?.message).toMatch(new RegExp(`^\\[${condition.replaceAll('.', '\\.')}`));
  });

  it('runs in the catalog and schema of the request, and fails when they are not there', async () => {
    expect((await workspace.sql('SELECT 1', { catalog: 'nope' })).status.error.message).toContain(
      '[NO_SUCH_CATALOG_EXCEPTION]',
    );
    expect((await workspace.sql('SELECT 1', { schema: 'nope' })).status.error.message).toContain('[SCHEMA_NOT_FOUND]');
  });

  it('makes catalogs', async () => {
    await workspace.sql('CREATE CATALOG IF NOT EXISTS lab');
    await workspace.sql('CREATE TABLE lab.default.x AS SELECT 1 AS a');
    expect(await workspace.rows('SELECT a FROM x', { catalog: 'lab' })).toEqual([['1']]);
    expect((await workspace.sql('DROP CATALOG lab')).status.error.message).toContain('[CATALOG_NOT_EMPTY]');
    await workspace.sql('DROP CATALOG lab CASCADE');

    expect(await workspace.rows("SHOW CATALOGS LIKE 'lab'").catch((error: Error) => error.message)).toBeUndefined();
  });
});
