import { expect, onTestFinished, test } from 'vitest';
import { openExpressions } from '../../engine/expression-threads/expressions.ts';
import { startTestApi } from './client.ts';

const scope = {
  trigger: { rows: [{ n: 1 }, { n: 2 }] },
  steps: { a: { output: { name: 'Ada', total: '9007199254740993', empty: null } } },
  variables: { region: 'eu' },
  item: 'x',
  index: 3,
};

test.each([
  ['{{ steps.a.output.name }}', { type: 'string', value: 'Ada' }],
  ['steps.a.output.name', { type: 'string', value: 'Ada' }],
  ['$sum(trigger.rows.n)', { type: 'number', value: 3 }],
  ['{{ trigger.rows[n > 1] }}', { type: 'object', value: { n: 2 } }],
  ['Hello {{ steps.a.output.name }} of {{ variables.region }}', { type: 'string', value: 'Hello Ada of eu' }],
  ['steps.a.output.total', { type: 'string', value: '9007199254740993' }],
  ['steps.a.output.empty', { type: 'null', value: null }],
  ['trigger.rows', { type: 'array', value: scope.trigger.rows }],
  ['index = 3 and item = "x"', { type: 'boolean', value: true }],
  ['{"a": 1}', { type: 'object', value: { a: 1 } }],
])('%s', async (expression, expected) => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/expressions/preview', { body: { expression, scope } });

  expect(status).toBe(200);
  expect(body).toEqual(expected);
});

test('nothing is not null', async () => {
  const { send } = await startTestApi();

  const { body } = await send('POST', '/v1/expressions/preview', { body: { expression: 'trigger.none', scope } });

  expect(body).toEqual({ type: 'nothing' });
});

test.each([
  ['{{ 1 + }}', /is not a JSONata expression/],
  ['1 +* 2', /is not a JSONata expression/],
  ['trigger.rows.n + "a"', /failed/],
])('%s fails with its position', async (expression, said) => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/expressions/preview', { body: { expression, scope } });

  expect(status).toBe(400);
  expect(body).toMatchObject({
    code: 'ERR_EXPRESSION',
    detail: expect.stringMatching(said),
    position: expect.any(Number),
    errors: [{ pointer: '/expression', position: expect.any(Number) }],
  });
});

test('an expression without end is stopped, and says which limit it reached', async () => {
  const expressions = openExpressions({ stepMs: 200, runMs: 1000 });
  onTestFinished(() => expressions.close());
  const { send } = await startTestApi({ context: { expressions } });

  const { status, body } = await send('POST', '/v1/expressions/preview', {
    body: { expression: '($f := function($n) { $f($n + 1) }; $f(0))' },
  });

  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'ERR_EXPRESSION', detail: expect.stringContaining('limit') });
});

test('a large value is shown in part', async () => {
  const { send } = await startTestApi();

  const { status, body, text } = await send('POST', '/v1/expressions/preview', {
    body: { expression: '[1..100000]' },
  });

  expect(status).toBe(200);
  expect(body).toMatchObject({ type: 'array', truncated: { characters: 588_896 } });
  expect(body.truncated.text).toMatch(/^\[1,2,3,/);
  expect(text.length).toBeLessThan(70_000);
});

test.each([
  [{}, '/expression'],
  [{ expression: '' }, '/expression'],
  [{ expression: 'x'.repeat(40_001) }, '/expression'],
  [{ expression: '1', scope: { secret: 1 } }, '/scope/secret'],
  [{ expression: '1', scope: { index: -1 } }, '/scope/index'],
])('refuses %j', async (body, pointer) => {
  const { send } = await startTestApi();

  const answer = await send('POST', '/v1/expressions/preview', { body });

  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_INPUT_INVALID', errors: [{ pointer }] } });
});
