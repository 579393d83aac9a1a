import { expect, test } from 'vitest';
import { doTask } from '../../../engine/expressions/batch.ts';
import { compile } from '../../../engine/expressions/parse.ts';

const COLUMNS = [
  { name: 'id', type_text: 'BIGINT' },
  { name: 'price', type_text: 'DECIMAL(18,2)' },
  { name: 'm', type_text: 'MAP<STRING, DECIMAL(10,2)>' },
];
const ROWS = [
  { id: '9007199254740993', price: '10.50', m: { x: '1.00' } },
  { id: '60', price: '0.00', m: null },
  { id: '61', price: '9.99', m: {} },
];
const SCOPE = { steps: {}, trigger: { columns: COLUMNS, rows: ROWS }, variables: { text: 'id > 60' } };

async function evaluate(source: string): Promise<unknown> {
  const rows = source.replaceAll('ROWS', 'trigger.rows');
  const answer = (await doTask({ evaluate: [rows], scope: SCOPE })) as { values: unknown[]; failure?: object };
  return answer.failure === undefined ? answer.values[0] : answer.failure;
}

test.each<[string, unknown]>([
  // A text that is evaluated knows what everything around it does.
  ['$eval("trigger.rows[id > 60 and price > 0].price")', ['10.50', '9.99']],
  ['ROWS.$eval($$.variables.text)', [true, false, true]],
  ['$eval("price + 1", ROWS[0])', 11.5],
  ['$eval("$[0].price", ROWS)', '10.50'],
  ['($x := 5; $eval("$x + 1"))', 6],
  ['$eval("[1, {\\"a\\": true}]")', [1, { a: true }]],
  ['$map(["1 + 1", "2 + 2"], $eval)', [2, 4]],
  // A transform's copy keeps its numbers.
  ['(ROWS[0] ~> |$|{"is": price = 10.5, "twice": price * 2}|).[is, twice, id]', [true, 21, '9007199254740993']],
  ['(trigger ~> |rows[id > 60]|{"late": true}|).rows.late', [true, true]],
  ['$clone(ROWS[0]).price + 1', 11.5],
  // Functions with a place left open.
  ['($f := $formatNumber(?, "0.0"); $f(ROWS[0].price))', '10.5'],
  ['($f := $round(?, 1); $f(ROWS[0].price))', 10.5],
  ['($f := $substring(?, 0, 2); $f(ROWS[0].price))', '10'],
  ['($f := $power(2, ?); $f(ROWS[1].id))', 2 ** 60],
  ['ROWS.price ~> $map($formatNumber(?, "0.0"))', ['10.5', '0.0', '10.0']],
  ['$match(ROWS[0].price, /[0-9]+/).match', ['10', '50']],
  // One value is a list of one.
  ['$max(ROWS[0].id)', '9007199254740993'],
  ['$min(ROWS[0].price)', '10.50'],
  // A result stays exact inside of the expression.
  ['$sum(ROWS.(price * 2))', 40.98],
  ['ROWS[2].price - 9.9 = 0.09', true],
  ['$string(ROWS[0].price * 2)', '21'],
  ['ROWS[1].id - 60 ? "yes" : "no"', 'no'],
  ['123456789012345678901234567890.5', '123456789012345678901234567890.5'],
  // Equal by value.
  ['$distinct([ROWS[0].price, 10.5, "10.5", ROWS[1].price, 0])', ['10.50', '10.5', '0.00']],
  ['$count($distinct(ROWS ~> $append(ROWS)))', 3],
  ['$distinct([ROWS[0].m, {"x": 1}])', [{ x: '1.00' }]],
  // It is no object.
  ['$count(ROWS[0].m.**)', 2],
  ['$keys(ROWS[0].price)', undefined],
])('%s', async (source, expected) => {
  expect(await evaluate(source)).toEqual(expected);
});

test.each<[string, object]>([
  ['ROWS[0].price / ROWS[1].price', { code: 'DIVISION_BY_ZERO', token: '/' }],
  ['1 / 0', { code: 'DIVISION_BY_ZERO' }],
  ['5 % 0', { code: 'DIVISION_BY_ZERO', token: '%' }],
  ['$power(10, 308) * 10', { code: 'NOT_FINITE' }],
  ['$max([ROWS[0].price, null])', { code: 'T0412', token: 'max', value: null }],
  ['$sum(ROWS[0].["1", price])', { code: 'T0412', token: 'sum', value: '1' }],
  ['$merge([ROWS[0].price])', { code: 'T0412' }],
  ['$eval("1 +")', { code: 'EVAL', message: expect.stringContaining('is no expression') }],
  ['$eval(5)', { code: 'EVAL' }],
])('%s is an error', async (source, failure) => {
  expect(await evaluate(source)).toMatchObject(failure);
});

test('what a text reads that is evaluated cannot be known before', () => {
  expect(compile('$eval(trigger.text)').reads.isWhole).toBe(true);
  expect(compile('($f := $eval; $f(trigger.text))').reads.isWhole).toBe(true);
});
