import { beforeAll, describe, expect, test } from 'vitest';
import { advance, cancelRemote, firstState } from '../../../../actions/advance.ts';
import type { ActionState } from '../../../../actions/call.ts';
import { decideRetry } from '../../../../actions/retry.ts';
import { copyStatement } from '../../../../services/databricks/actions/copy-into.ts';
import { actionOf, type Bench, callOf, openBench, roundTrip, runToEnd, useEmulator } from '../../../actions/harness.ts';

const emulator = useEmulator();
const INSERT = 'databricks.insert_rows';
const UPSERT = 'databricks.upsert_rows';
const TABLE = 'main.default.written';

beforeAll(async () => {
  const response = await fetch(`${emulator().url}/api/2.0/sql/statements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator().token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      warehouse_id: emulator().warehouseId,
      wait_timeout: '50s',
      statement: `CREATE TABLE ${TABLE} (id BIGINT, total DECIMAL(10,2), note STRING, day DATE, tags ARRAY<STRING>)`,
    }),
  });
  expect(((await response.json()) as { status: object }).status).toMatchObject({ state: 'SUCCEEDED' });
});

async function sql(statement: string): Promise<Record<string, unknown>[]> {
  const action = await actionOf('databricks.execute_statement');
  const call = callOf(action, { warehouse_id: emulator().warehouseId, statement });
  return ((await runToEnd(action, call, openBench(emulator()))).output as { rows: Record<string, unknown>[] }).rows;
}

async function write(id: string, input: object, bench: Bench = openBench(emulator())) {
  const action = await actionOf(id);
  const call = callOf(action, { warehouse_id: emulator().warehouseId, table: TABLE, ...input });
  return { ...(await runToEnd(action, call, bench)), bench };
}

describe('insert_rows', () => {
  test('writes every value with its type, whatever is in it', async () => {
    const rows = [
      { id: '9007199254740993', total: '12.50', note: "'); DROP TABLE x; --`é\\", day: '2026-01-02' },
      { id: 2, note: null },
      { ID: 3, total: 1.25, note: '' },
    ];

    const { output } = await write(INSERT, { rows });

    expect(output).toMatchObject({ rows: 3, statements: 1, statement_ids: [expect.any(String)] });
    expect(await sql(`SELECT id, total, note, day FROM ${TABLE} ORDER BY id`)).toEqual([
      { id: '2', total: null, note: null, day: null },
      { id: '3', total: '1.25', note: '', day: null },
      { id: '9007199254740993', total: '12.50', note: "'); DROP TABLE x; --`é\\", day: '2026-01-02' },
    ]);
  });

  test('writes lists and structures', async () => {
    await write(INSERT, { rows: [{ id: 400, tags: ['a', "b'"] }] });

    expect(await sql(`SELECT tags FROM ${TABLE} WHERE id = 400`)).toEqual([{ tags: ['a', "b'"] }]);
  });

  test('takes as many statements as the rows need', async () => {
    const rows = Array.from({ length: 25 }, (_, index) => ({ id: 1_000 + index, note: 'batch' }));

    const { output, bench } = await write(INSERT, { rows, batch_size: 10 });

    expect(output).toMatchObject({ rows: 25, statements: 3 });
    expect(await sql(`SELECT count(*) AS n FROM ${TABLE} WHERE note = 'batch'`)).toEqual([{ n: '25' }]);
    expect(bench.events.filter((event) => event === 'launching')).toHaveLength(3);
  });

  test('never has more parameters in a statement than can be planned', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => ({ id: 5_000 + index, note: 'many' }));

    const { output } = await write(INSERT, { rows, batch_size: 1_000 });

    expect(output).toMatchObject({ rows: 1_500, statements: 12 });
  });

  test('refuses rows that name more columns than a statement can have parameters, and says the limit', async () => {
    const names = Array.from({ length: 257 }, (_, index) => `c${index}`);
    await sql(`CREATE TABLE main.default.wide (${names.map((name) => `${name} INT`).join(', ')})`);
    const row = (columns: string[]) => Object.fromEntries(columns.map((name) => [name, 1]));

    const refused = write(INSERT, { table: 'main.default.wide', rows: [row(names)] });

    await expect(refused).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/rows', message: expect.stringMatching(/257 columns.*up to 256 parameters/) }],
    });
    const { output } = await write(INSERT, {
      table: 'main.default.wide',
      rows: [row(names.slice(1)), row(names.slice(1))],
    });
    expect(output).toMatchObject({ rows: 2, statements: 2 });
  });

  test('refuses a row that names one column in two spellings before anything is written', async () => {
    await expect(write(INSERT, { rows: [{ id: 78_001, note: 'a', NOTE: 'b' }] })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/rows/0/NOTE', message: 'names the same column as "note"' }],
    });
    expect(await sql(`SELECT id FROM ${TABLE} WHERE id = 78001`)).toEqual([]);
  });

  test('refuses a column that the table has not before anything is written', async () => {
    await expect(write(INSERT, { rows: [{ id: 77_001 }, { id: 77_002, nope: 1 }] })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/rows/1/nope', allowed: expect.arrayContaining(['id', 'note']) }],
    });
    expect(await sql(`SELECT id FROM ${TABLE} WHERE id IN (77001, 77002)`)).toEqual([]);
  });

  test('says what was written when a later statement fails', async () => {
    const rows = [{ id: 88_001 }, { id: 88_002 }, { id: 'not a number' }];

    await expect(write(INSERT, { rows, batch_size: 2 })).rejects.toMatchObject({
      code: 'ERR_REMOTE_FAILED',
      hint: expect.stringContaining('The first 2 of 3 rows were already written.'),
    });
  });

  test('ends with an unknown outcome when the answer of a launch was lost', async () => {
    const action = await actionOf(INSERT);
    const bench = openBench(emulator());
    const call = callOf(action, { warehouse_id: emulator().warehouseId, table: TABLE, rows: [{ id: 66_001 }] });
    const atLaunch = await stateBeforeLaunch(action, call, bench);
    emulator().faults.add({ match: { method: 'POST', path: '/statements$' }, fault: { drop: 'after' } });

    const lost = await advance(action, call, atLaunch, bench.io).catch((error) => error);
    const noted = bench.launched.at(-1)!;

    expect(decideRetry(lost, { effect: 'once', phase: 'start', attempt: 1, elapsedMs: 0, random: 0 })).toMatchObject({
      stop: { code: 'ERR_OUTCOME_UNKNOWN' },
    });
    expect(noted).toMatchObject({ phase: 'start', own: { sending: true } });
    await expect(advance(action, call, noted, bench.io)).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      hint: expect.stringContaining('penstock_run'),
    });
  });

  test('tries a refused launch again, and writes once', async () => {
    const action = await actionOf(INSERT);
    const bench = openBench(emulator());
    const call = callOf(action, { warehouse_id: emulator().warehouseId, table: TABLE, rows: [{ id: 66_002 }] });
    const atLaunch = await stateBeforeLaunch(action, call, bench);
    emulator().faults.add({ match: { method: 'POST', path: '/statements$' }, fault: { status: 429 } });

    await expect(advance(action, call, atLaunch, bench.io)).rejects.toMatchObject({ upstream: { status: 429 } });
    await runToEnd(action, call, bench, bench.launched.at(-1)!);

    expect(await sql(`SELECT count(*) AS n FROM ${TABLE} WHERE id = 66002`)).toEqual([{ n: '1' }]);
  });

  test('continues from any state without writing a batch twice', async () => {
    const action = await actionOf(INSERT);
    const bench = openBench(emulator());
    const rows = Array.from({ length: 6 }, (_, index) => ({ id: 99_000 + index }));
    const call = callOf(action, { warehouse_id: emulator().warehouseId, table: TABLE, rows, batch_size: 2 });
    let state: ActionState = firstState(bench.io.now());
    for (let steps = 0; steps < 300; steps += 1) {
      // Every step on a bench of its own: another worker each time.
      const step = await advance(action, call, roundTrip(state), openBench(emulator()).io);
      if (step.kind === 'done') break;
      state = step.state;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    expect(
      await sql(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM ${TABLE} WHERE id >= 99000 AND id < 100000`),
    ).toEqual([{ n: '6', d: '6' }]);
  });
});

async function stateBeforeLaunch(
  action: Awaited<ReturnType<typeof actionOf>>,
  call: ReturnType<typeof callOf>,
  bench: Bench,
): Promise<ActionState> {
  let state: ActionState = firstState(bench.io.now());
  for (let steps = 0; steps < 300; steps += 1) {
    const step = await advance(action, call, state, bench.io);
    if (step.kind === 'done') break;
    state = roundTrip(step.state);
    if (step.kind === 'next' && state.own !== undefined) return state;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('the columns were not learnt');
}

test.each([INSERT, UPSERT])('takes names with hyphens, and no name without its catalog: %s', async (id) => {
  const table = 'main.case-14.order-lines';
  await sql('CREATE SCHEMA IF NOT EXISTS main.`case-14`');
  await sql('CREATE OR REPLACE TABLE main.`case-14`.`order-lines` (id INT)');
  const more = id === UPSERT ? { key_columns: ['id'] } : {};

  for (const name of [table, 'main.`case-14`.`order-lines`'])
    expect((await write(id, { table: name, rows: [{ id: 1 }], ...more })).output).toMatchObject({ rows: 1 });
  await expect(write(id, { table: 'default.written', rows: [{ id: 1 }], ...more })).rejects.toMatchObject({
    code: 'ERR_INPUT_INVALID',
    errors: [{ pointer: '/table', message: expect.stringContaining('catalog.schema.table') }],
  });
  const exists = await actionOf('databricks.check_table_exists');
  for (const full_name of [table, 'main.`case-14`.`order-lines`'])
    expect((await runToEnd(exists, callOf(exists, { full_name }), openBench(emulator()))).output).toEqual({
      exists: true,
    });
});

describe('upsert_rows', () => {
  test('leaves the columns alone that a row does not name, whatever other rows name', async () => {
    await write(INSERT, {
      rows: [
        { id: 350, total: '1.00', note: 'one', tags: ['a'] },
        { id: 351, total: '2.00', note: 'two', tags: ['b'] },
        { id: 352, total: '3.00', note: 'three', tags: ['c'] },
      ],
    });

    await write(UPSERT, {
      key_columns: ['id'],
      rows: [
        { id: 350, note: 'ONE' },
        { id: 351, Total: '2.50' },
        { id: 352, note: null },
        { id: 353, tags: ['d'] },
      ],
    });

    expect(await sql(`SELECT id, total, note, tags FROM ${TABLE} WHERE id BETWEEN 350 AND 353 ORDER BY id`)).toEqual([
      { id: '350', total: '1.00', note: 'ONE', tags: ['a'] },
      { id: '351', total: '2.50', note: 'two', tags: ['b'] },
      { id: '352', total: '3.00', note: null, tags: ['c'] },
      { id: '353', total: null, note: null, tags: ['d'] },
    ]);
  });

  test('refuses rows whose keys are equal as the type of the column, in any batch', async () => {
    const refused = write(UPSERT, { key_columns: ['id'], batch_size: 1, rows: [{ id: 310 }, { id: '0310' }] });

    await expect(refused).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/rows/1', message: 'has the same key as row 0' }],
    });
    expect(await sql(`SELECT id FROM ${TABLE} WHERE id = 310`)).toEqual([]);
  });

  test('updates what is there and inserts what is not', async () => {
    await write(INSERT, { rows: [{ id: 200, total: 1, note: 'old' }] });

    const { output } = await write(UPSERT, {
      key_columns: ['ID'],
      rows: [
        { id: 200, note: 'new' },
        { id: 201, note: 'added' },
      ],
    });

    expect(output).toMatchObject({ rows: 2, statements: 1 });
    expect(await sql(`SELECT id, total, note FROM ${TABLE} WHERE id IN (200, 201) ORDER BY id`)).toEqual([
      { id: '200', total: '1.00', note: 'new' },
      { id: '201', total: null, note: 'added' },
    ]);
  });

  test('leaves what is there when asked to', async () => {
    await write(INSERT, { rows: [{ id: 300, note: 'old' }] });

    await write(UPSERT, {
      key_columns: ['id'],
      when_matched: 'IGNORE',
      rows: [
        { id: 300, note: 'new' },
        { id: 301, note: 'new' },
      ],
    });

    expect(await sql(`SELECT note FROM ${TABLE} WHERE id IN (300, 301) ORDER BY id`)).toEqual([
      { note: 'old' },
      { note: 'new' },
    ]);
  });

  test.each([
    [
      'two rows of one key',
      [{ id: 1 }, { id: 2 }, { id: 1 }],
      { pointer: '/rows/2', message: 'has the same key as row 0' },
    ],
    [
      'a row without its key',
      [{ id: 1 }, { note: 'x' }],
      { pointer: '/rows/1/id', message: 'is required: it is a key column' },
    ],
  ])('refuses %s before anything is sent', async (_title, rows, fault) => {
    const bench = openBench(emulator());

    await expect(write(UPSERT, { key_columns: ['id'], rows }, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [fault],
    });
    expect(bench.events).toEqual([]);
  });
});

test('a write that is canceled cancels its statement', async () => {
  const action = await actionOf(INSERT);
  const bench = openBench(emulator());
  const call = callOf(action, { warehouse_id: emulator().warehouseId, table: TABLE, rows: [{ id: 1 }] });
  emulator().faults.add({
    match: { method: 'GET', path: '/statements/[^/]+$' },
    times: 1,
    fault: { body: '{"status":{"state":"RUNNING"}}' },
  });
  const step = (await advance(action, call, firstState(bench.io.now()), bench.io)) as { state: ActionState };

  const canceling = (await cancelRemote(action, call, step.state, bench.io)) as { kind: string; state: ActionState };

  expect(canceling).toMatchObject({ kind: 'wait', state: { phase: 'cancel' } });
  expect(bench.events.at(-1)).toMatch(/^cancel POST .*\/cancel$/);
});

describe('copy_into', () => {
  test('is written without anything that could end a string', () => {
    const input = {
      warehouse_id: 'w',
      table: 'main.sales.orders',
      source: '/Volumes/main/sales/raw',
      file_format: 'CSV',
      files: ['a.csv', 'b c.csv'],
      format_options: { header: 'true', delimiter: '\t' },
      copy_options: { mergeSchema: 'true' },
    };

    expect(copyStatement(input)).toBe(
      "COPY INTO `main`.`sales`.`orders` FROM '/Volumes/main/sales/raw' FILEFORMAT = CSV FILES = ('a.csv', 'b c.csv') FORMAT_OPTIONS ('header' = 'true', 'delimiter' = '\t') COPY_OPTIONS ('mergeSchema' = 'true')",
    );
  });

  test.each([
    { source: "/x' FILEFORMAT" },
    { source: '/x\\' },
    { pattern: "a'b" },
    { files: ["a'b"] },
    { format_options: { "a'": 'b' } },
    { copy_options: { a: "b'" } },
    { file_format: 'CSV --' },
    { source: '/a\nb' },
  ])('refuses %j', (more) => {
    const input = { warehouse_id: 'w', table: 't', source: '/x', file_format: 'CSV', ...more };

    expect(() => copyStatement(input)).toThrow(expect.objectContaining({ code: 'ERR_INPUT_INVALID' }));
  });
});
