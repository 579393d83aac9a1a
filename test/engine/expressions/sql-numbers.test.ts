import { expect, test } from 'vitest';
import { doTask } from '../../../engine/expressions/batch.ts';

const BIG = '12345678901234567890123456789012345678';
const COLUMNS = [
  { name: 'id', type_name: 'LONG', type_text: 'BIGINT' },
  { name: 'amount', type_name: 'DECIMAL', type_text: 'DECIMAL(38,2)' },
  { name: 'code', type_name: 'STRING', type_text: 'STRING' },
  { name: 'n', type_name: 'INT', type_text: 'INT' },
  { name: 'nested', type_name: 'STRUCT', type_text: 'STRUCT<a: DECIMAL(20,2), b: ARRAY<BIGINT>, c: STRING>' },
];
const ROWS = [
  { id: '9007199254740993', amount: '10.50', code: '007', n: 1, nested: { a: '1.50', b: ['3', '20'], c: '5' } },
  { id: '9007199254740992', amount: '9.75', code: '7', n: 2, nested: { a: '2.50', b: [], c: '5' } },
  { id: '100', amount: '0.00', code: '100', n: 3, nested: null },
  { id: '-5', amount: '-2.25', code: '', n: 4, nested: { a: null, b: ['1'], c: null } },
];
const SMALL = ROWS.slice(1, 4).map((row) => ({ ...row, id: String(row.n * 10) }));
const SCOPE = {
  steps: {
    q: { output: { columns: COLUMNS, rows: ROWS } },
    s: { output: { columns: COLUMNS, rows: SMALL } },
    big: {
      output: {
        columns: COLUMNS,
        rows: [{ amount: BIG }, { amount: `${BIG.slice(0, -1)}9` }, { amount: '5' }, { amount: `-${BIG}` }],
      },
    },
    loop: { output: { items: [{ columns: COLUMNS, rows: SMALL }] } },
  },
  trigger: { columns: COLUMNS, events: SMALL.map((data) => ({ id: 'e', data })), rows: SMALL },
  variables: { limit: 9, ids: ['20', '30'] },
  item: SMALL[0],
  itemColumns: [COLUMNS],
};

async function evaluate(source: string): Promise<unknown> {
  const answer = (await doTask({ evaluate: [source], scope: SCOPE })) as { values: unknown[]; failure?: object };
  return answer.failure === undefined ? answer.values[0] : answer.failure;
}

test.each<[string, unknown]>([
  // What is selected keeps its text.
  ['steps.q.output.rows[amount > 10]', ROWS[0]],
  ['steps.q.output.rows[amount > -100]', ROWS],
  ['trigger.rows[amount >= 0].amount', ['9.75', '0.00']],
  ['steps.q.output.rows.id', ROWS.map(({ id }) => id)],
  ['{"x": steps.q.output.rows[0].amount}', { x: '10.50' }],
  ['($x := steps.q.output.rows[0].amount; $x)', '10.50'],
  ['$map(steps.q.output.rows, function($r) { $r.id })', ROWS.map(({ id }) => id)],
  ['steps.q.output.rows[0].nested', ROWS[0]!.nested],
  ['$merge([steps.q.output.rows[0], {"n": 9}])', { ...ROWS[0], n: 9 }],
  // Comparison is exact.
  ['steps.q.output.rows[id = 9007199254740993].n', 1],
  ['steps.q.output.rows[id > 9007199254740992].n', 1],
  ['steps.q.output.rows[id = "9007199254740993"].n', 1],
  ['steps.q.output.rows[amount = 10.5].n', 1],
  ['steps.q.output.rows[amount != 10.5].n', [2, 3, 4]],
  ['steps.q.output.rows[id in [100, -5]].n', [3, 4]],
  ['steps.s.output.rows[id in $$.variables.ids].n', [2, 3]],
  [`steps.big.output.rows[amount > ${BIG}].amount`, `${BIG.slice(0, -1)}9`],
  [`steps.big.output.rows[amount = ${BIG}].amount`, BIG],
  ['steps.q.output.rows[n < 3 and nested.a > 2].n', 2],
  ['steps.q.output.rows[20 in nested.b].n', 1],
  ['steps.q.output.rows[n < 3].nested[a < 2].b', ['3', '20']],
  ['[steps.q.output.rows[0].amount] = [10.5]', true],
  ['{"a": steps.q.output.rows[0].amount} = {"a": 10.50}', true],
  ['$count(steps.q.output.rows[amount > 9.7])', 2],
  ['steps.q.output.rows[n > 1 and amount > variables.limit].n', undefined],
  ['steps.q.output.rows[n > 1 and amount > $$.variables.limit].n', 2],
  // Order.
  ['steps.q.output.rows^(amount).n', [4, 3, 2, 1]],
  ['steps.q.output.rows^(>id).n', [1, 2, 3, 4]],
  ['steps.big.output.rows^(amount).amount', [`-${BIG}`, '5', BIG, `${BIG.slice(0, -1)}9`]],
  ['$sort(steps.q.output.rows.amount)', ['-2.25', '0.00', '9.75', '10.50']],
  ['$sort(steps.q.output.rows, function($l, $r) { $l.id > $r.id }).n', [4, 3, 2, 1]],
  ['steps.q.output.rows^(code).n', [4, 1, 3, 2]],
  // Arithmetic and aggregates.
  ['steps.q.output.rows[0].amount + 1', 11.5],
  ['steps.q.output.rows[0].amount * 2 - 0.1', 20.9],
  ['steps.q.output.rows[3].id / 2', -2.5],
  ['-steps.q.output.rows[0].amount', -10.5],
  ['$sum(steps.q.output.rows.amount)', 18],
  ['$sum(steps.s.output.rows[0].amount)', 9.75],
  ['$average(steps.s.output.rows.id)', 30],
  ['$max(steps.q.output.rows.id)', '9007199254740993'],
  ['$min(steps.q.output.rows.amount)', '-2.25'],
  ['$max(steps.big.output.rows.amount)', `${BIG.slice(0, -1)}9`],
  ['$sum(steps.loop.output.items.rows.id)', 90],
  ['$sum(trigger.events.data.id)', 90],
  ['item.id + 1', 21],
  ['item.amount', '9.75'],
  ['[1..item.id - 18]', [1, 2]],
  ['$round(steps.q.output.rows[1].amount)', 10],
  ['steps.q.output.rows[1].amount.$round($)', 10],
  ['$number(steps.q.output.rows[0].id)', 9007199254740992],
  ['$formatNumber(steps.q.output.rows[0].amount, "#0.00")', '10.50'],
  // Text keeps its digits.
  ['steps.q.output.rows[0].amount & " EUR"', '10.50 EUR'],
  ['$string(steps.q.output.rows[0].id)', '9007199254740993'],
  ['$join(steps.q.output.rows.id, ",")', '9007199254740993,9007199254740992,100,-5'],
  ['$length(steps.q.output.rows[0].id)', 16],
  ['$substring(steps.q.output.rows[0].id, 0, 4)', '9007'],
  ['$type(steps.q.output.rows[0].id)', 'number'],
  ['steps.s.output.rows{id: $sum(amount)}', { 20: 9.75, 30: 0, 40: -2.25 }],
  ['{steps.s.output.rows[0].id: 1}', { 20: 1 }],
  // Truth.
  ['steps.q.output.rows[amount].n', undefined],
  ['steps.q.output.rows[2].amount ? "yes" : "no"', 'no'],
  ['steps.q.output.rows[0].amount ? "yes" : "no"', 'yes'],
  ['$not(steps.q.output.rows[2].amount)', true],
  ['$filter(steps.q.output.rows, function($r) { $r.amount }).n', [1, 2, 4]],
  ['["a", "b", "c"][$$.steps.q.output.rows[2].amount]', 'a'],
  // A text column stays text.
  ['steps.q.output.rows[code = "007"].n', 1],
  ['steps.q.output.rows[code = 7].n', undefined],
  ['$distinct(steps.q.output.rows.code)', ['007', '7', '100', '']],
  ['steps.q.output.rows[0].nested.c = 5', false],
  // Apart from SQL numbers, as JSONata.
  ['1 + 2 * 3', 7],
  ['"a" < "b"', true],
  ['[1, 2] = [1, 2]', true],
  ['{"a": 1} = {"a": 2}', false],
  ['nothing + 1', undefined],
  ['nothing = 1', false],
  ['5 = "5"', false],
  ['[3, 1, 2]^($)', [1, 2, 3]],
  ['$map([1, 2], $string)', ['1', '2']],
  ['($f := $substring(?, 0, 2); $f("hello"))', 'he'],
  ['9007199254740993', 9007199254740993n],
  ['0.1 + 0.2', 0.30000000000000004],
])('%s', async (source, expected) => {
  expect(await evaluate(source)).toEqual(expected);
});

test.each<[string, string]>([
  ['steps.q.output.rows[0].id + 1', 'column "id" holds 9007199254740993'],
  ['$sum(steps.q.output.rows.id)', 'column "id" holds 9007199254740993'],
  ['$round(steps.big.output.rows[0].amount)', `column "amount" holds ${BIG}`],
  ['-steps.big.output.rows[0].amount', '$number(amount)'],
])('%s would lose digits: an error that names column, value and remedy', async (source, message) => {
  expect(await evaluate(source)).toMatchObject({ code: 'LOSES_DIGITS', message: expect.stringContaining(message) });
});

test.each<[string, string]>([
  ['steps.q.output.rows[code > 5]', 'T2009'],
  ['steps.q.output.rows[amount > "x"]', 'T2009'],
  ['1 + "a"', 'T2002'],
  ['null > 1', 'T2010'],
  ['$sum(["a"])', 'T0412'],
])('%s is an error as in JSONata', async (source, code) => {
  expect(await evaluate(source)).toMatchObject({ code });
});
