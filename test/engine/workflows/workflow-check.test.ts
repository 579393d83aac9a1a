import { expect, test } from 'vitest';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { testContext } from '../../context.ts';

const OK = { id: 'a', action: 'core.transform', input: { value: 1 } };

async function validationErrorsOf(steps: unknown[], more: Record<string, unknown> = {}): Promise<string[]> {
  const ctx = await testContext();
  const body = { name: 'w', trigger: { id: 'core.manual' }, steps, variables: { limit: 1 }, ...more };
  try {
    await createWorkflow(ctx, 'default', body);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID' });
    return (error as { errors: { pointer: string; message: string }[] }).errors.map(
      ({ pointer, message }) => `${pointer} ${message}`,
    );
  }
}

const reads = (expression: string, more: Record<string, unknown> = {}) => ({
  id: 'b',
  action: 'core.transform',
  input: { value: `{{ ${expression} }}` },
  ...more,
});

/** A sync of a table by a column of numbers. */
const sync = (input: Record<string, unknown>) => ({
  id: 'databricks.incremental_sync',
  input: {
    warehouse_id: 'w',
    table: 'main.default.t',
    cursor_column: 'n',
    cursor_type: 'BIGINT',
    key_column: 'id',
    ...input,
  },
});

test.each<[string, unknown[], string]>([
  [
    'an unknown action',
    [{ id: 'a', action: 'core.webhok' }],
    '/steps/0/action "core.webhok" is not an action; did you mean "core.webhook"?',
  ],
  [
    'a missing input',
    [{ id: 'a', action: 'core.file', input: { path: 'x' } }],
    '/steps/0/input/rows Rows (rows) is required',
  ],
  [
    'an input that cannot match',
    [{ id: 'a', action: 'core.file', input: { path: 7, rows: '{{ trigger.rows }}' } }],
    '/steps/0/input/path Path (path) must be text; got 7',
  ],
  [
    'text around an expression where a number is wanted',
    [{ id: 'a', action: 'core.delay', input: { seconds: '{{ trigger.n }} s' } }],
    '/steps/0/input/seconds Seconds (seconds) must be a number; got "{{ trigger.n }} s"; text around an expression turns it into text',
  ],
  [
    'a wrong expression',
    [OK, reads('1 +')],
    '/steps/1/input/value is not a JSONata expression: Unexpected end of expression at character',
  ],
  [
    'a name that is not there',
    [OK, reads('trigge.rows')],
    '/steps/1/input/value reads "trigge", which is not there; did you mean "trigger"?',
  ],
  [
    'a step that is not there',
    [OK, reads('steps.aa.output')],
    '/steps/1/input/value reads the step "aa", which is not there; did you mean "a"?',
  ],
  [
    'a step that comes later',
    [reads('steps.c.output'), { ...OK, id: 'c' }],
    '/steps/0/input/value reads the step "c", which does not surely end before this one; name it in needs',
  ],
  [
    'a step beside it',
    [OK, reads('steps.a.output', { needs: [] })],
    '/steps/1/input/value reads the step "a", which does not surely end before this one; name it in needs',
  ],
  [
    'a field that steps have not',
    [OK, reads('steps.a.outptu.value')],
    '/steps/1/input/value reads "steps.a.outptu", which is not there; did you mean "output"?',
  ],
  [
    'a field that the output has not',
    [OK, reads('steps.a.output.valeu')],
    '/steps/1/input/value reads "steps.a.output.valeu"; did you mean "value"?',
  ],
  [
    'a variable that is not there',
    [reads('variables.limt')],
    '/steps/0/input/value reads "variables.limt", which is not there; did you mean "limit"?',
  ],
  [
    'an item outside of a loop',
    [reads('item.id')],
    '/steps/0/input/value reads "item", which is known only inside for_each',
  ],
  ['a wrong condition', [{ ...OK, if: '{{ steps.z.status }}' }], '/steps/0/if reads the step "z", which is not there'],
  ['a condition that is no expression', [{ ...OK, if: 'yes' }], '/steps/0/if'],
  [
    'wrong items',
    [{ ...OK, for_each: { items: '{{ trigger.[ }}' } }],
    '/steps/0/for_each/items is not a JSONata expression',
  ],
  [
    'a circle',
    [{ ...OK, needs: ['b'] }, reads('1', { needs: ['a'] })],
    '/steps/0/needs has a cycle: a needs b needs a',
  ],
  ['an unknown key', [{ ...OK, retries: 3 }], '/steps/0/retries'],
  [
    'a wrong step in an error branch',
    [{ ...OK, on_error: { steps: [{ id: 'x', action: 'core.nope' }] } }],
    '/steps/0/on_error/steps/0/action "core.nope" is not an action',
  ],
  [
    'no linked account',
    [{ id: 'a', action: 'databricks.query_warehouses' }],
    '/steps/0/linked_account is required: the id or name of a linked account',
  ],
  [
    'a linked account that is not there',
    [{ id: 'a', action: 'databricks.query_warehouses', linked_account: 'nobody' }],
    '/steps/0/linked_account "nobody" does not exist; "penstock accounts" lists linked accounts',
  ],
])('finds %s when the workflow is saved', async (_, steps, fault) => {
  expect(
    (await validationErrorsOf(steps)).some((found) => found.startsWith(fault)),
    JSON.stringify(await validationErrorsOf(steps)),
  ).toBe(true);
});

test.each<[string, Record<string, unknown>, string]>([
  [
    'an unknown trigger',
    { trigger: { id: 'core.manul' } },
    '/trigger/id "core.manul" is not a trigger; did you mean "core.manual"?',
  ],
  [
    'a schedule without a time',
    { trigger: { id: 'core.schedule' } },
    '/trigger/schedule requires every_seconds or cron',
  ],
  [
    'a listing that writes',
    {
      trigger: {
        id: 'databricks.incremental_sync',
        input: { source: 'endpoint', action: 'core.webhook', items: 'x', id_field: 'y' },
      },
    },
    '/trigger/input/action "core.webhook" is not read-only, so it cannot be polled',
  ],
  [
    'a source without its fields',
    { trigger: { id: 'databricks.incremental_sync', input: { source: 'change_feed' } } },
    '/trigger/input/warehouse_id Warehouse (warehouse_id) is required',
  ],
  [
    'a start that is no value of the column',
    { trigger: sync({ start_from: 'soon' }) },
    '/trigger/input/start_from "soon" is not a whole number',
  ],
  [
    'a start that is no version of a table',
    { trigger: sync({ source: 'change_feed', start_from: '1.5' }) },
    '/trigger/input/start_from "1.5" is not a whole number',
  ],
  [
    'a lag of a cursor that is no time',
    { trigger: sync({ lag_seconds: 5 }) },
    '/trigger/input/cursor_type Cursor type (cursor_type) must be one of "TIMESTAMP", "TIMESTAMP_NTZ", "DATE"; got "BIGINT"; lag_seconds requires a cursor that is a date or time',
  ],
  [
    'an expression in the input of a trigger',
    { trigger: sync({ table: '{{ variables.table }}' }) },
    '/trigger/input/table must not contain expressions: only steps have expressions',
  ],
  [
    'a variable where there is none',
    { steps: [reads('variables.limt')], variables: {} },
    '/steps/0/input/value reads "variables.limt", but the workflow has no variables',
  ],
])('finds %s', async (_, more, fault) => {
  expect(
    (await validationErrorsOf([OK], more)).some((found) => found.startsWith(fault)),
    JSON.stringify(await validationErrorsOf([OK], more)),
  ).toBe(true);
});

test('reads in filters and lambdas are not taken for names of the scope', async () => {
  expect(
    await validationErrorsOf(
      [
        OK,
        reads('trigger.rows[delay > 60 and state = "CA"].{"id": flight_id, "n": $$.variables.limit}'),
        { ...reads('$map(steps.a.output.value, function($v) { $v * variables.limit })'), id: 'c' },
        { ...reads('($x := steps.a.output; $x.value)'), id: 'd' },
        { ...reads('trigger.rows^(>delay)[0].name'), id: 'e' },
        { ...reads('item.name & $string(index)', { for_each: { items: '{{ trigger.rows }}' } }), id: 'f' },
      ],
      {},
    ),
  ).toEqual([]);
});
