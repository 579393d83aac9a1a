import { expect, test } from 'vitest';
import { compile } from '../../../engine/expressions/parse.ts';
import { plainPath, readPath } from '../../../engine/expressions/plain-path.ts';

test.each([
  ['steps.a.output', ['steps', 'a', 'output']],
  [' trigger . rows ', ['trigger', 'rows']],
  ['variables.`a b`', ['variables', 'a b']],
])('takes %s for a plain path', (source, names) => {
  expect(plainPath(source)).toEqual(names);
});

test.each([
  '$a.b',
  'a.b[0]',
  'a.$count(b)',
  'a.b + 1',
  'true',
  'null',
  'a.*',
  'a.b.',
  'a..b',
  'a/* */.b',
  '"a".b',
  'a and b',
  'a.in',
  '`a',
  '',
  `a${'.a'.repeat(1000)}`,
])('leaves %s to the interpreter', (source) => {
  expect(plainPath(source)).toBeUndefined();
});

const VALUES = [
  { a: { b: 1 } },
  { a: [{ b: 1 }, { b: 2 }] },
  { a: [{ b: 1 }] },
  { a: [{ b: [1, 2] }, { b: [3] }, {}] },
  { a: [{ b: [1, 2] }] },
  { a: [{ b: [] }] },
  { a: [] },
  { a: [[{ b: 1 }], [{ b: 2 }, { b: [[3]] }]] },
  { a: [{ b: [[1, 2]] }] },
  { a: [null, 1, 'b', { b: null }] },
  { a: [{ b: { c: 1 } }, { b: [{ c: 2 }, { c: [3, 4] }] }] },
  { a: { b: [{ c: [5] }] } },
  { a: 'b' },
  [{ a: { b: 1 } }, { a: { b: 2 } }],
];

test.each(VALUES.flatMap((value) => ['a', 'a.b', 'a.b.c', 'b'].map((source) => ({ source, value }))))(
  'reads $source of $value as JSONata does',
  async ({ source, value }) => {
    const expected = await compile(`$$.${source}`).evaluate(value as never);

    expect(readPath(source.split('.'), value)).toEqual(
      expected === undefined ? undefined : JSON.parse(JSON.stringify(expected)),
    );
  },
);
