import { expect, test } from 'vitest';
import { openWorkspace } from '../../workspace.ts';
import { flowsOf, value } from '../flows.ts';
import { openSync } from '../sync.ts';

const SQL = `SELECT * FROM (VALUES
  (CAST(9007199254740993 AS BIGINT), CAST(70 AS BIGINT), CAST('10.50' AS DECIMAL(10,2)), '007'),
  (CAST(2 AS BIGINT), CAST(9 AS BIGINT), CAST('0.10' AS DECIMAL(10,2)), '7')) AS t(id, delay, amount, code) ORDER BY delay DESC`;
const ROWS = [
  { id: '9007199254740993', delay: '70', amount: '10.50', code: '007' },
  { id: '2', delay: '9', amount: '0.10', code: '7' },
];

async function open() {
  const workspace = await openWorkspace();
  const query = {
    id: 'query',
    action: 'databricks.execute_statement',
    linked_account: workspace.account,
    input: { warehouse_id: workspace.emulator.warehouseId, statement: SQL },
  };
  return { query, flows: flowsOf(workspace.ctx) };
}

test('numbers of a statement are compared and counted as numbers, and passed on as they came', async () => {
  const { query, flows } = await open();
  const expressions = {
    filtered: '{{ [steps.query.output.rows[delay > 60]] }}',
    exact: '{{ steps.query.output.rows[id = 9007199254740993].code }}',
    sum: '{{ $sum(steps.query.output.rows.amount) }}',
    ordered: '{{ steps.query.output.rows^(delay).delay }}',
    code: '{{ [steps.query.output.rows[code = "7"]] }}',
  };

  const done = await flows.run([query, value('a', expressions)]);

  expect(done.output).toEqual({
    value: { filtered: [ROWS[0]], exact: '007', sum: 10.6, ordered: ['9', '70'], code: [ROWS[1]] },
  });
});

test.each(['{{ steps.query.output.rows }}', '{{ steps.query.output.rows[delay > 0] }}'])(
  'the item of a loop over %s has numbers, too',
  async (items) => {
    const { query, flows } = await open();
    const more = { for_each: { items } };

    const done = await flows.run([query, value('a', { late: '{{ item.delay > 60 }}', id: '{{ (item.id) }}' }, more)]);

    expect(done.output).toEqual({
      items: [{ value: { late: true, id: '9007199254740993' } }, { value: { late: false, id: '2' } }],
    });
  },
);

test.each<[string, string, string, boolean]>([
  ['a name that comes twice in one result', "CAST(5 AS BIGINT) AS n, 'x' AS n", '', true],
  ['results with numbers of two types', 'CAST(5 AS BIGINT) AS n', 'CAST(6.50 AS DECIMAL(10,2)) AS n', true],
  ['results of which one has no text', 'CAST(5 AS BIGINT) AS n', 'CAST(6 AS INT) AS n', true],
  ['results of which one has other text', 'CAST(5 AS BIGINT) AS n', "'6' AS n", false],
])('items of %s have the numbers that all agree on', async (_what, one, other, isKnown) => {
  const { query, flows } = await open();
  const select = (id: string, columns: string) => ({
    ...query,
    id,
    input: { ...query.input, statement: `SELECT ${columns}` },
  });
  const items =
    other === '' ? '{{ steps.one.output.rows }}' : '{{ $append(steps.one.output.rows, steps.other.output.rows) }}';

  const done = await flows.run([
    select('one', one),
    select('other', other === '' ? '1 AS n' : other),
    value('each', '{{ item.n = 5 }}', { for_each: { items } }),
  ]);

  expect(done.output).toMatchObject({ items: expect.arrayContaining([{ value: isKnown }]) });
});

test('an item that is the output of a statement has numbers in its rows', async () => {
  const { query, flows } = await open();
  const expression = '{{ [item.rows[delay > 60].id, item.rows[id = 2].code, $sum(item.rows.amount)] }}';

  const done = await flows.run([
    { ...query, for_each: { items: '{{ [1] }}' } },
    value('each', expression, { for_each: { items: '{{ steps.query.output.items }}' } }),
  ]);

  expect(done.output).toEqual({ items: [{ value: ['9007199254740993', '7', 10.6] }] });
});

test('arithmetic that would lose digits fails its step and says what to do', async () => {
  const { query, flows } = await open();

  const done = await flows.run([query, value('a', '{{ steps.query.output.rows[0].id + 1 }}')]);

  expect(done.status).toBe('failed');
  expect((await flows.steps(done.id)).a!.error?.message).toMatch(/column "id" holds 9007199254740993.*\$number\(id\)/);
});

test('the rows of a trigger have numbers, and a filter writes the same text', async () => {
  const setting = await openSync();
  await setting.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, delay BIGINT, amount DECIMAL(20,2))');
  await setting.sql(`INSERT INTO main.default.events VALUES (1, TIMESTAMP '2026-01-01 00:00:00', 61, 123456789012345678.90),
    (2, TIMESTAMP '2026-01-01 00:00:01', 9, 1.00)`);
  const rows = '{{ trigger.rows[delay > 60] }}';
  const step = { id: 'write', action: 'core.file', input: { path: 'out.ndjson', rows } };
  const workflow = await setting.sync({}, { steps: [step] });

  await setting.caughtUp(workflow, 2);

  expect(await setting.delivered()).toEqual([
    expect.objectContaining({ id: '1', delay: '61', amount: '123456789012345678.90' }),
  ]);
});
