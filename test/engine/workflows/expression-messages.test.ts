import { expect, test } from 'vitest';
import { warningsOf } from '../../../engine/workflows/workflow-warnings.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { testContext } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

async function refusalOf(expression: string): Promise<string> {
  const ctx = await testContext();
  const body = { name: 'w', trigger: { id: 'core.manual' }, steps: [value('a', expression)] };
  const error = await createWorkflow(ctx, 'default', body).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID', errors: [{ pointer: '/steps/0/input/value' }] });
  return error.errors[0].message;
}

test.each<[string, string]>([
  ['{{ trigger.a == 1 }}', 'equality is written with one ='],
  ['{{ trigger.a === 1 }}', 'equality is written with one ='],
  ['{{ trigger.a !== 1 }}', 'unequal is written !='],
  ['{{ trigger.a && trigger.b }}', 'it is written "and"'],
  ['{{ trigger.a || trigger.b }}', 'it is written "or"'],
  ['{{ !trigger.a }}', '$not(...)'],
  ['{{ ${trigger.a} }}', 'by its name alone'],
  ['{{ {trigger.a} }}', 'by its name alone'],
  ['{{ trigger.a', 'nothing ends it'],
  ['{{ }}', 'is empty'],
  ['{{ $summ(trigger.a) }}', 'calls "$summ", which is not a function here; did you mean $sum?'],
  ['{{ "a == b" & }}', 'is not a JSONata expression: Unexpected end of expression'],
  ['{{ trigger.rows.filter(x => x.a > 1) }}', 'a list is filtered with rows[n > 1]'],
  ['{{ trigger.a <> 1 }}', 'unequal is written !='],
  ['{{ trigger.a?.b }}', 'write a.b'],
  ['{{ if trigger.a then 1 else 2 }}', 'a choice is written {{ a > 1 ? "x" : "y" }}'],
  ['{{ trigger.a is not null }}', '{{ a != null }}'],
  ['{{ trigger.a AND trigger.b }}', 'they are written and, or, in'],
  ['{{ not trigger.a }}', '$not(...)'],
  ['{{ #each trigger.rows }}', 'for_each'],
  ['{{ trigger.a | default("x") }}', 'a function is called by its name'],
  ['{{ let x = 1 }}', '($x := 1; $x + 1)'],
  ['{{ trigger.a; trigger.b }}', 'several expressions stand in parentheses'],
  ['{{ .a }}', 'a value is missing before "."'],
  ['{{ trigger.2nd }}', 'write it in back-ticks'],
  ['{{ sum(trigger.rows.n) }}', 'calls "sum", which is not a function here; did you mean $sum?'],
  [
    '{{ trigger.name.toUpperCase() }}',
    'calls "toUpperCase", which is not a function here; it is written $uppercase(a)',
  ],
  ['{{ $isNull(trigger.a) }}', 'it is written a = null'],
  ['{{ $x + 1 }}', 'reads "$x", which has no value'],
  ['{{ $secrets.x }}', 'it is read without "$", as secrets'],
  ['{{ $map([1], function($v) { $w }) }}', 'reads "$w"'],
])('says of %s how it is written', async (expression, message) => {
  const refusal = await refusalOf(expression);

  expect(refusal).toContain(message);
  expect(refusal).not.toContain('available');
});

test.each<[string, string]>([
  ['{{ a.output.value }}', 'is a step; write steps.a.output'],
  ['{{ TRUE }}', 'it is written true'],
  ['{{ trigger.a = undefined }}', '$exists(...)'],
  ['{{ secrets.slack }}', 'the workflow has no secrets'],
  ['{{ trigger.my-field }}', 'is written in back-ticks'],
  ['{{ `hello ${trigger.name}` }}', 'texts are joined with &'],
  ['{{ “a” }}', 'has typographic quotes'],
  ['{{job.run_id}}', 'write \\{{'],
])('says of the name in %s how it is read', async (expression, message) => {
  const ctx = await testContext();
  const body = { name: 'w', trigger: { id: 'core.manual' }, steps: [value('a', expression)] };

  await expect(createWorkflow(ctx, 'default', body)).rejects.toMatchObject({
    errors: [{ message: expect.stringContaining(message) }],
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['a name of an object', { steps: [value('a', { b: { '{{ trigger.a }}': 1 } })] }, 'has an expression in a name'],
  ['a variable', { variables: { a: ['{{ trigger.a }}'] }, steps: [value('a', 1)] }, 'only steps have expressions'],
  ['an account', { steps: [value('a', 1, { linked_account: '{{ trigger.a }}' })] }, '{{ run.linked_account }}'],
])('an expression in %s is refused, where it would be text', async (_, more, message) => {
  const ctx = await testContext();

  await expect(
    createWorkflow(ctx, 'default', { name: 'w', trigger: { id: 'core.manual' }, ...more }),
  ).rejects.toMatchObject({ errors: [{ message: expect.stringContaining(message) }] });
});

test('braces in names and variables that are no expressions are written out', async () => {
  const { run } = await openFlows();
  const steps = [value('a', { '\\{{job.id}}': '{{ variables.id }}' })];

  const done = await run(steps, { more: { variables: { id: '{{job.run_id}}' } } });

  expect(done.output).toEqual({ value: { '{{job.id}}': '{{job.run_id}}' } });
});

test.each(['{{ ($f := function($x) { $x }; $f(1)) }}', '{{ $map([1], function($v, $i) { $v }) }}', '{{ $now() }}'])(
  'takes the functions of %s for known',
  async (expression) => {
    const ctx = await testContext();
    const body = { name: 'w', trigger: { id: 'core.manual' }, steps: [value('a', expression)] };

    await expect(createWorkflow(ctx, 'default', body)).resolves.toMatchObject({ name: 'w' });
  },
);

test.each<[string, string]>([
  ['{{ trigger.none + 1 }}', 'the left side of "+" is null, not a number; say what counts instead'],
  ['{{ 1 + trigger.text }}', 'the right side of "+" is the text "x", not a number; $number(...)'],
  ['{{ -trigger.none }}', 'the value after "-" is null'],
  ['{{ trigger.text > 5 }}', '">" has a number on one side and a text on the other'],
  ['{{ trigger.none > 5 }}', 'is null, which has no order; leave null out'],
])('says of %s what is wrong, without a word about scope', async (expression, message) => {
  const { run, steps } = await openFlows();

  const done = await run([value('a', expression)], { trigger: { none: null, text: 'x' } });

  const { error } = (await steps(done.id)).a!;
  expect(error).toMatchObject({ code: 'ERR_EXPRESSION', message: expect.stringContaining(message) });
  expect(error?.hint ?? '').not.toContain('vailable');
});

test('warns of an expression in SQL text, and shows the parameter', async () => {
  const ctx = await testContext();
  const steps = [
    { id: 'q', action: 'databricks.execute_statement', input: { statement: 'SELECT {{ trigger.user.name }}' } },
    value('ok', 'SELECT {{ trigger.a }}'),
    value('text', { a: ['Hello ${trigger.name}'] }),
    value('dollar', '${{ trigger.name }}'),
    value('length', '{{ trigger.rows.length }}'),
  ];
  const warnings = warningsOf(ctx, { name: 'w', trigger: { id: 'core.manual', input: {} }, steps } as never);

  expect(warnings).toEqual([
    {
      pointer: '/steps/0/input/statement',
      code: 'expression_in_sql',
      message: expect.stringContaining(
        'write :name in the text, and "parameters": [{"name": "name", "value": "{{ $string(trigger.user.name) }}"}]',
      ),
    },
    {
      pointer: '/steps/2/input/value/a/0',
      code: 'looks_like_expression',
      message: expect.stringContaining('write {{ trigger.name }}'),
    },
    {
      pointer: '/steps/3/input/value',
      code: 'looks_like_expression',
      message: expect.stringContaining('which stays in the text'),
    },
    { pointer: '/steps/4/input/value', code: 'looks_like_length', message: expect.stringContaining('$count(...)') },
  ]);
});
