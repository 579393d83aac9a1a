import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const UC = '/api/2.1/unity-catalog';

describe('Unity Catalog', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient({ samples: 'small', sampleRows: 100 });
  });
  afterAll(() => workspace.close());
  const get = async (path: string) => (await workspace.send('GET', UC + path)).json;
  const post = (path: string, body: object) => workspace.send('POST', UC + path, body);

  it('keeps catalogs as SQL sees them, renames and deletes them', async () => {
    const made = (await post('/catalogs', { name: 'Team_A', comment: 'first', properties: { a: '1' } })).json;
    expect(made).toMatchObject({
      name: 'team_a',
      owner: 'admin@example.com',
      comment: 'first',
      properties: { a: '1' },
      catalog_type: 'MANAGED_CATALOG',
    });
    await workspace.sql('CREATE TABLE team_a.default.t AS SELECT 1 AS a');
    await workspace.send('PATCH', `${UC}/catalogs/team_a`, { new_name: 'team_b', comment: 'second' });

    expect(await workspace.rows('SELECT a FROM team_b.default.t')).toEqual([['1']]);
    expect(await workspace.rows("SHOW CATALOGS LIKE 'team*'")).toEqual([['team_b']]);
    expect((await get('/catalogs/team_a')).error_code).toBe('CATALOG_DOES_NOT_EXIST');
    expect((await workspace.send('DELETE', `${UC}/catalogs/team_b`)).json.message).toContain('not empty');
    expect((await workspace.send('DELETE', `${UC}/catalogs/team_b?force=true`)).status).toBe(200);
    expect((await workspace.sql('SELECT a FROM team_b.default.t')).status.error.message).toContain(
      'TABLE_OR_VIEW_NOT_FOUND',
    );
  });

  it('keeps schemas, with their tables through a rename', async () => {
    expect((await post('/schemas', { name: 's1', catalog_name: 'main', comment: 'c' })).json).toMatchObject({
      full_name: 'main.s1',
      catalog_name: 'main',
    });
    await workspace.sql("CREATE TABLE main.s1.t (a INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')");
    await workspace.sql('INSERT INTO main.s1.t VALUES (1)');
    await workspace.sql('CREATE VIEW main.s1.v AS SELECT 2 AS b');
    await workspace.send('PATCH', `${UC}/schemas/main.s1`, { new_name: 's2', owner: 'someone' });

    expect(await get('/schemas/main.s2')).toMatchObject({ owner: 'someone', comment: 'c' });
    expect(await workspace.rows('SELECT a, b FROM main.s2.t, main.s2.v')).toEqual([['1', '2']]);
    expect(await workspace.rows("SELECT a, _change_type FROM table_changes('main.s2.t', 1)")).toEqual([
      ['1', 'insert'],
    ]);
    expect((await workspace.send('DELETE', `${UC}/schemas/main.s2`)).json.error_code).toBe('INVALID_STATE');
    expect((await workspace.send('DELETE', `${UC}/schemas/main.s2?force=true`)).status).toBe(200);
    expect((await get('/schemas/main.s2')).error_code).toBe('SCHEMA_DOES_NOT_EXIST');
  });

  it('describes tables with the types of their columns', async () => {
    await workspace.sql(
      "CREATE TABLE main.default.typed (id BIGINT NOT NULL COMMENT 'key', d DECIMAL(12,3), l ARRAY<STRING>) COMMENT 'typed table'",
    );
    const table = await get('/tables/main.default.typed');

    expect(table).toMatchObject({
      name: 'typed',
      table_type: 'MANAGED',
      data_source_format: 'DELTA',
      comment: 'typed table',
      full_name: 'main.default.typed',
    });
    expect(table.columns).toMatchObject([
      { name: 'id', type_name: 'LONG', type_text: 'bigint', nullable: false, comment: 'key', position: 0 },
      { name: 'd', type_name: 'DECIMAL', type_precision: 12, type_scale: 3, nullable: true },
      { name: 'l', type_name: 'ARRAY', type_text: 'array<string>', position: 2 },
    ]);
    expect((await get('/tables/main.default.typed/exists')).table_exists).toBe(true);
    expect((await get('/tables/main.default.nope/exists')).table_exists).toBe(false);
    expect((await workspace.send('DELETE', `${UC}/tables/main.default.typed`)).status).toBe(200);
    expect((await get('/tables/main.default.typed')).error_code).toBe('TABLE_DOES_NOT_EXIST');
  });

  it('lists samples with a stable key and a timestamp', async () => {
    const { tables } = await get('/tables?catalog_name=samples&schema_name=flights');
    const flights = tables.find((table: { name: string }) => table.name === 'flights');

    expect(
      flights.columns.map((column: { name: string; type_name: string }) => `${column.name} ${column.type_name}`),
    ).toEqual([
      'flight_id LONG',
      'date TIMESTAMP',
      'delay LONG',
      'distance LONG',
      'origin STRING',
      'destination STRING',
    ]);
    expect(
      await workspace.rows(
        'SELECT min(flight_id), max(flight_id), count(DISTINCT flight_id) FROM samples.flights.flights',
      ),
    ).toEqual([['1', '100', '100']]);
    expect(
      await workspace.rows(
        'SELECT count(*) FROM (SELECT date, lag(date) OVER (ORDER BY flight_id) AS before FROM samples.flights.flights) WHERE before > date',
      ),
    ).toEqual([['0']]);
    expect((await workspace.sql('DELETE FROM samples.flights.flights')).status.error.message).toContain(
      'INSUFFICIENT_PERMISSIONS',
    );
  });

  it('finds summaries by pattern', async () => {
    const { tables } = await get(
      '/table-summaries?catalog_name=samples&schema_name_pattern=g%25&table_name_pattern=%25quake%25',
    );

    expect(tables).toEqual([{ full_name: 'samples.geo.earthquakes', table_type: 'MANAGED' }]);
  });

  it('gives everything without max_results, and pages with it; a page can be empty', async () => {
    const all = (await get('/schemas?catalog_name=samples')).schemas.map((schema: { name: string }) => schema.name);
    workspace.access.forbid('schema', 'samples.finance');
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let token = ''; ; ) {
      const page = await get(`/schemas?catalog_name=samples&max_results=1${token}`);
      seen.push(...page.schemas.map((schema: { name: string }) => schema.name));
      sizes.push(page.schemas.length);
      if (page.next_page_token === undefined) break;
      token = `&page_token=${page.next_page_token}`;
    }
    workspace.access.allow('schema', 'samples.finance');

    expect(seen).toEqual(all.filter((name: string) => name !== 'finance'));
    expect(sizes).toContain(0);
    expect((await get('/schemas?catalog_name=samples&max_results=-1')).error_code).toBe('INVALID_PARAMETER_VALUE');
  });

  it('refuses what is forbidden, in the API and in SQL', async () => {
    await workspace.sql('CREATE TABLE main.default.secret AS SELECT 1 AS a');
    await fetch(`${workspace.url}/__emulator/forbidden`, { method: 'POST', body: '{"table": "main.default.secret"}' });
    const [api, sql, changes] = [
      await workspace.send('GET', `${UC}/tables/main.default.secret`),
      await workspace.sql('SELECT * FROM main.default.secret'),
      await workspace.sql('INSERT INTO main.default.secret VALUES (2)'),
    ];
    await fetch(`${workspace.url}/__emulator/forbidden`, { method: 'DELETE', body: '{}' });

    expect([api.status, api.json.error_code]).toEqual([403, 'PERMISSION_DENIED']);
    expect(sql.status.error.message).toContain(
      "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have SELECT on Table 'main.default.secret'.",
    );
    expect(changes.status.error.message).toContain('MODIFY');
    expect((await workspace.sql('SELECT * FROM main.default.secret')).status.state).toBe('SUCCEEDED');
  });

  it.each([
    ['/catalogs', { name: 'main' }, 400, 'CATALOG_ALREADY_EXISTS'],
    ['/catalogs', { name: 'a b' }, 400, 'INVALID_PARAMETER_VALUE'],
    ['/catalogs', { comment: 'x' }, 400, 'INVALID_PARAMETER_VALUE'],
    ['/schemas', { name: 'x', catalog_name: 'nope' }, 404, 'CATALOG_DOES_NOT_EXIST'],
    ['/schemas', { name: 'default', catalog_name: 'main' }, 400, 'SCHEMA_ALREADY_EXISTS'],
    ['/schemas', { name: 'x', catalog_name: 'samples' }, 403, 'PERMISSION_DENIED'],
    [
      '/volumes',
      { name: 'v', catalog_name: 'main', schema_name: 'nope', volume_type: 'MANAGED' },
      404,
      'SCHEMA_DOES_NOT_EXIST',
    ],
    [
      '/volumes',
      { name: 'v', catalog_name: 'main', schema_name: 'default', volume_type: 'EXTERNAL' },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
  ])('refuses POST %s %j', async (path, body, status, code) => {
    const reply = await post(path, body);

    expect([reply.status, reply.json.error_code]).toEqual([status, code]);
  });

  it('keeps volumes and their files through a rename, and loads files with COPY INTO once', async () => {
    const volume = (
      await post('/volumes', { name: 'landing', catalog_name: 'main', schema_name: 'default', volume_type: 'MANAGED' })
    ).json;
    expect(volume).toMatchObject({
      full_name: 'main.default.landing',
      volume_type: 'MANAGED',
      storage_location: expect.stringContaining('s3://'),
    });
    const upload = (name: string, text: string) =>
      workspace.send('PUT', `/api/2.0/fs/files/Volumes/main/default/landing/in/${name}`, text, {
        'content-type': 'application/octet-stream',
      });
    await upload('a.csv', 'id,name\n1,x\n2,y\n');
    await upload('b.csv', 'id,name\n3,z\n');
    await workspace.send('PATCH', `${UC}/volumes/main.default.landing`, { new_name: 'intake' });
    await workspace.sql('CREATE TABLE main.default.loaded (id INT, name STRING)');
    const copy = (path = '/Volumes/main/default/intake/in') =>
      workspace.sql(`COPY INTO main.default.loaded FROM '${path}' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true')`);

    expect((await copy()).result.data_array).toEqual([['3', '3', '0']]);
    expect((await copy()).result.data_array).toEqual([['0', '0', '0']]);
    expect(await workspace.rows('SELECT * FROM main.default.loaded ORDER BY id')).toEqual([
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z'],
    ]);
    expect(
      await workspace.rows(
        "SELECT name FROM read_files('/Volumes/main/default/intake/in', format => 'csv') WHERE id = 3",
      ),
    ).toEqual([['z']]);
    expect((await copy('/Volumes/main/default/nope')).status.error.message).toContain('[PATH_NOT_FOUND]');
    expect(
      (await get('/volumes?catalog_name=main&schema_name=default')).volumes.map((item: { name: string }) => item.name),
    ).toEqual(['intake']);
    expect((await workspace.send('DELETE', `${UC}/volumes/main.default.intake`)).status).toBe(200);
    expect((await get('/volumes/main.default.intake')).error_code).toBe('VOLUME_DOES_NOT_EXIST');
  });

  it('tell the same functions to SQL and to the API', async () => {
    const PATH = '/api/2.1/unity-catalog/functions';
    const info = {
      catalog_name: 'main',
      schema_name: 'default',
      name: 'by_api',
      input_params: { parameters: [{ name: 'x', type_text: 'int', type_name: 'INT', position: 0 }] },
      data_type: 'INT',
      full_data_type: 'INT',
      routine_body: 'SQL',
      routine_definition: 'x + 1',
      parameter_style: 'S',
      is_deterministic: true,
      sql_data_access: 'NO_SQL',
      is_null_call: false,
      security_type: 'DEFINER',
      specific_name: 'by_api',
    };
    await workspace.send('POST', PATH, { function_info: info });
    await workspace.sql(
      'CREATE FUNCTION main.default.by_sql(x BIGINT, m MAP<STRING, INT>) RETURNS DECIMAL(10,2) RETURN x',
    );
    const made = (await workspace.send('GET', `${PATH}/main.default.by_sql`)).json;
    const list = (await workspace.send('GET', `${PATH}?catalog_name=main&schema_name=default`)).json.functions;

    expect(await workspace.rows('SELECT main.default.by_api(4)')).toEqual([['5']]);
    expect(made).toMatchObject({ data_type: 'DECIMAL', full_data_type: 'DECIMAL(10,2)' });
    expect(made.input_params.parameters).toMatchObject([
      { name: 'x', type_name: 'LONG', type_text: 'bigint', type_json: '"long"' },
      { name: 'm', type_name: 'MAP', type_text: 'map<string,int>' },
    ]);
    expect(list.map((item: { name: string }) => item.name)).toEqual(['by_api', 'by_sql']);
  });
});
