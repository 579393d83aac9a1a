import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

describe('change data feed', () => {
  let workspace: Client;
  let time = Date.parse('2026-01-01T00:00:00Z');
  beforeAll(async () => {
    workspace = await startClient({ now: () => time });
    await workspace.sql(
      'CREATE TABLE main.default.fed (id INT, name STRING) TBLPROPERTIES (delta.enableChangeDataFeed = true)',
    );
    for (const statement of [
      "INSERT INTO main.default.fed VALUES (1, 'a'), (2, 'b')",
      "UPDATE main.default.fed SET name = 'B' WHERE id = 2",
      'DELETE FROM main.default.fed WHERE id = 1',
      "MERGE INTO main.default.fed t USING (SELECT 2 AS id, 'bb' AS name UNION ALL SELECT 3, 'c') s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT *",
    ]) {
      time += 1000;
      await workspace.sql(statement);
    }
  });
  afterAll(() => workspace.close());
  const changes = (from: string, to?: string) =>
    workspace.rows(
      `SELECT id, name, _change_type, _commit_version FROM table_changes('main.default.fed', ${from}${to === undefined ? '' : `, ${to}`}) ORDER BY _commit_version, id, _change_type DESC`,
    );
  const failure = async (statement: string) => (await workspace.sql(statement)).status.error?.message as string;

  it('tells every change with the version that made it', async () => {
    expect(await changes('0')).toEqual([
      ['1', 'a', 'insert', '1'],
      ['2', 'b', 'insert', '1'],
      ['2', 'b', 'update_preimage', '2'],
      ['2', 'B', 'update_postimage', '2'],
      ['1', 'a', 'delete', '3'],
      ['2', 'B', 'update_preimage', '4'],
      ['2', 'bb', 'update_postimage', '4'],
      ['3', 'c', 'insert', '4'],
    ]);
  });

  it('reads a version as it was while the next one is being written', async () => {
    await workspace.sql(
      'CREATE TABLE main.default.moving (id INT, turn INT) TBLPROPERTIES (delta.enableChangeDataFeed = true)',
    );
    await workspace.sql('INSERT INTO main.default.moving SELECT n, 0 FROM range(100) AS t(n)');

    for (let turn = 0; turn < 10; turn += 1) {
      const read = () => workspace.rows(`SELECT DISTINCT turn FROM main.default.moving VERSION AS OF ${turn + 1}`);
      const write = workspace.sql('UPDATE main.default.moving SET turn = turn + 1');
      const reads: Promise<unknown>[] = [];
      const more = setInterval(() => reads.push(read()), 5);
      await write;
      clearInterval(more);

      expect(await Promise.all(reads)).toEqual(reads.map(() => [[String(turn)]]));
    }
  });

  it('takes versions and times, both ends inclusive', async () => {
    expect(await changes('2', '3')).toHaveLength(3);
    expect(await changes("'2026-01-01 00:00:03'", "'2026-01-01T00:00:03Z'")).toEqual([['1', 'a', 'delete', '3']]);
    expect(
      await workspace.rows('SELECT count(*) FROM table_changes(:t, :from)', {
        parameters: [
          { name: 't', value: 'main.default.fed' },
          { name: 'from', value: '4', type: 'BIGINT' },
        ],
      }),
    ).toEqual([['3']]);
    expect(
      (await workspace.sql("SELECT _commit_timestamp FROM table_changes('fed', 1, 1)")).result.data_array[0],
    ).toEqual(['2026-01-01T00:00:01.000Z']);
  });

  it('shows the history', async () => {
    const rows = await workspace.rows('DESCRIBE HISTORY main.default.fed');

    expect(rows.map((row) => [row[0], row[1], row[4]])).toEqual([
      ['4', '2026-01-01T00:00:04.000Z', 'MERGE'],
      ['3', '2026-01-01T00:00:03.000Z', 'DELETE'],
      ['2', '2026-01-01T00:00:02.000Z', 'UPDATE'],
      ['1', '2026-01-01T00:00:01.000Z', 'WRITE'],
      ['0', '2026-01-01T00:00:00.000Z', 'CREATE TABLE'],
    ]);
    expect(JSON.parse(rows[0]?.[12] as string)).toEqual({
      numTargetRowsUpdated: '1',
      numTargetRowsDeleted: '0',
      numTargetRowsInserted: '1',
    });
    expect(await workspace.rows('DESCRIBE HISTORY main.default.fed LIMIT 1')).toHaveLength(1);
  });

  it('records nothing for a write that fails, and no version', async () => {
    expect(await failure("UPDATE main.default.fed SET id = CAST('x' AS INT)")).toContain('[CAST_INVALID_INPUT]');

    expect((await workspace.rows('DESCRIBE HISTORY main.default.fed'))[0]?.[0]).toBe('4');
  });

  it('keeps changes of writes that run at the same time apart', async () => {
    await workspace.sql(
      "CREATE TABLE main.default.busy (id INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
    );
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => workspace.rows(`INSERT INTO main.default.busy VALUES (${index})`)),
    );
    const rows = await workspace.rows("SELECT id, _commit_version FROM table_changes('main.default.busy', 1)");

    expect(new Set(rows.map((row) => row[0])).size).toBe(10);
    expect(new Set(rows.map((row) => row[1])).size).toBe(10);
  });

  it('follows new columns', async () => {
    await workspace.sql(
      "CREATE TABLE main.default.grown (id INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
    );
    await workspace.sql('INSERT INTO main.default.grown VALUES (1)');
    await workspace.sql('ALTER TABLE main.default.grown ADD COLUMN note STRING');
    await workspace.sql("INSERT INTO main.default.grown VALUES (2, 'new')");

    expect(await workspace.rows("SELECT id, note FROM table_changes('main.default.grown', 1) ORDER BY id")).toEqual([
      ['1', null],
      ['2', 'new'],
    ]);
  });

  it('fails as Databricks does where there is no change data', async () => {
    await workspace.sql('CREATE TABLE main.default.plain (id INT)');
    await workspace.sql('INSERT INTO main.default.plain VALUES (1)');
    const late = "ALTER TABLE main.default.plain SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')";

    expect(await failure("SELECT * FROM table_changes('main.default.plain', 0)")).toMatch(
      /^\[DELTA_MISSING_CHANGE_DATA\] Error getting change data for range \[0 , 1\].*recorded for version \[0\].*KD002/s,
    );
    await workspace.sql(late);
    await workspace.sql('INSERT INTO main.default.plain VALUES (2)');
    expect(await workspace.rows("SELECT id FROM table_changes('main.default.plain', 3)")).toEqual([['2']]);
    expect(await failure("SELECT * FROM table_changes('main.default.plain', 1)")).toContain('recorded for version [1]');
    expect(await failure("SELECT * FROM table_changes('main.default.fed', 5)")).toContain(
      '[DELTA_CDC_START_VERSION_AFTER_LATEST]',
    );
    expect(await failure("SELECT * FROM table_changes('main.default.fed', 3, 2)")).toContain(
      '[DELTA_INVALID_CDC_RANGE]',
    );
    expect(await failure("SELECT * FROM table_changes('main.default.fed', '2099-01-01')")).toContain(
      '[DELTA_TIMESTAMP_GREATER_THAN_COMMIT]',
    );
    expect(await failure("SELECT * FROM table_changes('main.default.nope', 0)")).toContain('[TABLE_OR_VIEW_NOT_FOUND]');
  });

  it('loses change data to VACUUM once the retention is over', async () => {
    expect(await failure('VACUUM main.default.fed RETAIN 0 HOURS')).toContain(
      '[DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT]',
    );
    await workspace.sql(
      "ALTER TABLE main.default.fed SET TBLPROPERTIES ('delta.retentionDurationCheck.enabled' = 'false')",
    );
    await workspace.sql("INSERT INTO main.default.fed VALUES (9, 'kept')");
    await workspace.sql('VACUUM main.default.fed RETAIN 0 HOURS');

    expect(await failure("SELECT * FROM table_changes('main.default.fed', 1)")).toContain(
      '[DELTA_CHANGE_DATA_FILE_NOT_FOUND]',
    );
    expect(await changes('6')).toEqual([['9', 'kept', 'insert', '6']]);
  });
});
