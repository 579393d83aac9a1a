import { afterAll, expect, onTestFinished, test } from 'vitest';
import { type Expressions, openExpressions } from '../../../engine/expression-threads/expressions.ts';

/** Short, so that what must be stopped is stopped soon. */
const expressions = openExpressions({ stepMs: 400, runMs: 2000 });
/** Where the limit of size ends what a busy machine takes longer for. */
const patient = openExpressions();
afterAll(() => Promise.all([expressions.close(), patient.close()]));

const SCOPE = { steps: { a: { output: { rows: [{ n: 1 }, { n: 2 }] } } }, variables: { text: 'abc' } };
let count = 0;

function evaluate(template: unknown, of: { tenant?: string; run?: string; by?: Expressions } = {}): Promise<unknown> {
  const owner = { tenant: of.tenant ?? `tenant-${count++}`, run: of.run };
  return (of.by ?? expressions).evaluate(template, SCOPE, { owner, pointer: '/input' });
}

test('evaluates all expressions of a template, each at its place', async () => {
  const template = {
    a: '{{ $sum(steps.a.output.rows.n) }}',
    b: ['{{ variables.text }}', 'n: {{ 1 + 1 }}, {{ 2 }}'],
    c: '{{ nothing }}',
  };

  expect(await evaluate(template)).toEqual({ a: 3, b: ['abc', 'n: 2, 2'] });
});

const TOO_MUCH: [source: string, limit: string][] = [
  ['$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)', 'CPU time'],
  ['($f := function($n) { $f($n + 1) }; $f(0))', 'CPU time'],
  ['$distinct([1..200000])', 'CPU time'],
  ['$count($map([1..30], function($i) { [1..10000000] }))', 'over its limit'],
  ['($f := function($s) { $f($s & $s) }; $f("aaaaaaaa"))', ''],
  ['$pad("a", 1000000000)', ''],
  ['$pad("a", 400000000) & $pad("a", 400000000)', ''],
  ['($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(100000))', ''],
  ['$string([1..10000000])', ''],
  ['[1..10000000]', 'over its limit'],
  ['($a := $pad("a", 8000000); $join($map([1..9], function($i) { $a })))', 'over its limit'],
  ['$sum', 'function'],
  ['[function($x) { $x }]', 'function'],
  ['/a/', 'function'],
  [`${'('.repeat(10_000)}1${')'.repeat(10_000)}`, ''],
  [`${'['.repeat(10_000)}1${']'.repeat(10_000)}`, ''],
  [`1${' + 1'.repeat(8000)}`, ''],
  [`a${'.a'.repeat(500_000)}`, 'characters long'],
];

test.each(TOO_MUCH.map(([source, limit]) => ({ name: source.slice(0, 60), source, limit })))(
  'an expression that asks for too much fails alone: $name',
  { timeout: 30_000 },
  async ({ source, limit }) => {
    const by = limit === 'over its limit' ? patient : expressions;
    const error = await evaluate({ x: `{{ ${source} }}` }, { by }).then(
      () => undefined,
      (reason) => reason,
    );

    expect(error).toMatchObject({ code: 'ERR_EXPRESSION', errors: [{ pointer: '/input/x' }] });
    expect(error.message).toContain(limit);
    expect(error.message.length).toBeLessThan(1000);
    expect(await evaluate('{{ 1 + 1 }}', { by })).toBe(2);
  },
);

test('a tenant with slow expressions is not in the way of another', { timeout: 30_000 }, async () => {
  const order: string[] = [];
  const slow = Array.from({ length: 6 }, () =>
    evaluate('{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}', { tenant: 'slow' }).catch(() => order.push('slow')),
  );

  for (let i = 0; i < 20; i++) order.push(`other ${await evaluate(`{{ ${i} + 0 }}`, { tenant: 'other' })}`);

  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => `other ${i}`));
  await Promise.all(slow);
});

test('a dozen tenants with slow expressions are not in the way of another', { timeout: 60_000 }, async () => {
  const order: string[] = [];
  const slow = Array.from({ length: 12 }, (_, i) =>
    evaluate('{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}', { tenant: `slow ${i}` }).catch((error) => {
      order.push('slow');
      return error;
    }),
  );

  for (let i = 0; i < 20; i++) order.push(`other ${await evaluate(`{{ ${i} + 0 }}`, { tenant: 'other' })}`);

  expect(order.slice(0, 20)).not.toContain('slow');
  for (const error of await Promise.all(slow)) expect(error).toMatchObject({ code: 'ERR_EXPRESSION' });
});

test('a run has one budget for all its expressions', { timeout: 60_000 }, async () => {
  const errors: string[] = [];
  for (let i = 0; i < 8; i++) {
    await evaluate('{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}', { tenant: 'spender', run: 'run_1' }).catch(
      (error) => errors.push(error.message),
    );
  }

  expect(errors.at(-1)).toContain('the limit of 2 seconds');
  await expect(evaluate('{{ 1 + 1 }}', { tenant: 'spender', run: 'run_1' })).rejects.toThrow('limit of');
  expect(await evaluate('{{ 1 + 1 }}', { tenant: 'spender', run: 'run_2' })).toBe(2);
});

test('what a process that is busy takes to hear of a result is not taken from the budget', async () => {
  const own = openExpressions({ stepMs: 5000, runMs: 1000 });
  onTestFinished(() => own.close());
  const owner = { tenant: 'default', run: 'run_1' };
  const evaluateOne = () => own.evaluate('{{ 1 + 1 }}', { steps: {} }, { owner });
  await evaluateOne();

  for (let i = 0; i < 4; i += 1) {
    const value = evaluateOne();
    await new Promise(setImmediate);
    // Stands still, as a process does that has much to do.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    expect(await value).toBe(2);
  }
});

test('two thousand expressions in one step take one turn', async () => {
  const template = Array.from({ length: 2000 }, (_, i) => `{{ ${i} + 1 }}`);

  expect(await patient.evaluate(template, SCOPE, { owner: { tenant: 'a' } })).toHaveLength(2000);
});

test('what one expression leaves behind is not there for the next', async () => {
  const scope = { steps: {}, variables: { list: [1, 2] } };
  await expressions.evaluate('{{ ($x := 5; $x) }}', scope, { owner: { tenant: 'a' } });

  await expect(expressions.evaluate('{{ $x + 1 }}', scope, { owner: { tenant: 'a' } })).resolves.toBeUndefined();
});
