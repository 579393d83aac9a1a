import { expect, test } from 'vitest';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { until } from '../../context.ts';
import { openSync } from '../sync.ts';

const UNDECLARED = { cursor_type: undefined, key_type: undefined };

/** The declared type, that of the column, and values of it. */
const WRONG = [
  ['DECIMAL(18,2)', 'DECIMAL(20,5)', '1.00001, 1.00002, 1.00003'],
  ['DATE', 'TIMESTAMP', "'2026-01-01 01:00:00', '2026-01-01 02:00:00', '2026-01-02'"],
  ['DOUBLE', 'DECIMAL(20,5)', '1.00001, 1.00002, 1.00003'],
  ['FLOAT', 'DOUBLE', '0.1, 0.2, 0.3'],
  ['INT', 'BIGINT', '1, 2, 9007199254740993'],
  ['BIGINT', 'DECIMAL(20,5)', '1.5, 1.6, 1.7'],
  ['TIMESTAMP', 'DATE', "'2026-01-01', '2026-01-02', '2026-01-03'"],
  ['STRING', 'BIGINT', '9, 10, 11'],
] as const;

test('a cursor declared as another type than its column has is refused before a row is delivered', async () => {
  const { ctx, sql, sync, delivered } = await openSync();
  const failureOf = async (at: number, [declared, actual, values]: (typeof WRONG)[number]) => {
    const table = `main.default.events_${at}`;
    const [a, b, c] = values.split(', ');
    await sql(`CREATE TABLE ${table} (id BIGINT, at ${actual})`);
    await sql(`INSERT INTO ${table} VALUES (1, ${a}), (2, ${b}), (3, ${c})`);
    const workflow = await sync({ table, cursor_type: declared, page_size: 2 }, { name: `sync ${at}` });
    return until(`the sync of ${actual} as ${declared} has failed`, async () => {
      const { failures, lastError, lastHint } = await readCursor(ctx, workflow.id);
      return failures > 0 && { lastError, lastHint };
    });
  };

  const failures = await Promise.all(WRONG.map((each, at) => failureOf(at, each)));

  expect(failures).toEqual(
    WRONG.map(([declared, actual]) => ({
      lastError: `the cursor column "at" is of type ${actual}, not ${declared}`,
      lastHint: expect.stringContaining(`"${actual}"`),
    })),
  );
  expect(await delivered()).toEqual([]);
});

test.each([
  ['DECIMAL(20,5)', '1.00001, 1.00002, 1.00003', '1.00004'],
  ['DECIMAL(38,0)', '12345678901234567890123456789012345678, 1, 2', '99999999999999999999999999999999999999'],
  ['TIMESTAMP', "'2026-01-01 01:00:00.000002', '2026-01-01 01:00:00.000001', '2026-01-02'", "'2026-01-03'"],
  ['DATE', "'2026-01-01', '2025-01-01', '2024-02-29'", "'2026-01-02'"],
  ['DOUBLE', '-1.5, 1e20, 0', '1e21'],
  ['FLOAT', '0.1, 0.2, 0.3', '0.4'],
  ['INT', '-5, 3, 2', '4'],
  ['STRING', "'a', 'B', 'ä'", "'ö'"],
])('the type %s is read from the table when it is not declared', async (type, values, later) => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql(`CREATE TABLE main.default.events (id BIGINT, at ${type})`);
  const [a, b, c] = values.split(', ');
  await sql(`INSERT INTO main.default.events VALUES (1, ${a}), (2, ${b}), (3, ${c})`);
  const workflow = await sync({ ...UNDECLARED, page_size: 1 });
  await caughtUp(workflow, 3);

  await sql(`INSERT INTO main.default.events VALUES (4, ${later})`);
  await caughtUp(workflow, 4);

  const ids = (await delivered()).map(({ data }) => data.id);
  expect(new Set(ids)).toEqual(new Set(['1', '2', '3', '4']));
  expect(ids).toHaveLength(4);
});

test('keys of a DECIMAL type keep all their digits, whatever the key type says', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id DECIMAL(38,0), at BIGINT)');
  await sql(
    'INSERT INTO main.default.events VALUES (12345678901234567891, 1), (12345678901234567892, 1), (12345678901234567893, 1)',
  );

  await caughtUp(await sync({ cursor_type: 'BIGINT', key_type: 'STRING', page_size: 1 }), 3);

  expect((await delivered()).map(({ data }) => data.id)).toEqual([
    '12345678901234567891',
    '12345678901234567892',
    '12345678901234567893',
  ]);
});

test('NaN and infinity have no place after which others could come', async () => {
  const { sql, sync, caughtUp, delivered } = await openSync();
  await sql('CREATE TABLE main.default.events (id BIGINT, at DOUBLE)');
  await sql(
    "INSERT INTO main.default.events VALUES (1, 1.5), (2, CAST('NaN' AS DOUBLE)), (3, CAST('Infinity' AS DOUBLE)), (4, -2)",
  );
  const workflow = await sync(UNDECLARED);
  await caughtUp(workflow, 2);

  await sql('INSERT INTO main.default.events VALUES (5, 2.5)');
  await caughtUp(workflow, 3);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(['4', '1', '5']);
});
