import { describe, expect, test } from 'vitest';
import type { Json } from '../../connector/manifest.ts';
import { readPath, referencesOf, resolveTemplate } from '../../connector/template.ts';

const scopes = {
  input: {
    name: 'a',
    n: 0,
    off: false,
    empty: '',
    list: [],
    nothing: null,
    big: 9007199254740993n,
    nested: { x: [1, { y: 2 }] },
  },
  run: { id: 'run_1', token: 't' },
};

describe('resolveTemplate', () => {
  test.each<[string, Json, unknown]>([
    ['keeps a literal', 'plain', 'plain'],
    ['keeps a number', 4, 4],
    ['keeps null', null, null],
    ['takes a value with its type', '$input.n', 0],
    ['takes false', '$input.off', false],
    ['takes an empty string', '$input.empty', ''],
    ['takes an empty list', '$input.list', []],
    ['takes null', '$input.nothing', null],
    ['takes a bigint exactly', '$input.big', 9007199254740993n],
    ['takes a list element by index', '$input.nested.x.1.y', 2],
    ['takes a whole scope', '$run', { id: 'run_1', token: 't' }],
    ['turns two dollars into one', '$$input.name', '$input.name'],
    ['leaves a dollar within text alone', 'cost $5', 'cost $5'],
    ['leaves a dollar that begins no reference alone', '$5', '$5'],
    ['does not replace a part of a string', 'x $input.name', 'x $input.name'],
    ['drops a property whose value is missing', { a: '$input.none', b: 1 }, { b: 1 }],
    ['drops a list element whose value is missing', ['$input.none', 1], [1]],
    ['keeps an object that lost its properties', { a: { b: '$start.x' } }, { a: {} }],
    ['takes the first value that is there', { $first: ['$input.none', '$input.nothing', '$input.empty', 'x'] }, ''],
    [
      'takes a literal when no reference before it is there',
      { $first: ['$input.none', [{ key: 'k' }]] },
      [{ key: 'k' }],
    ],
    ['drops a property when no choice is there', { a: { $first: ['$input.none'] } }, {}],
    ['reads no inherited property', '$input.constructor', undefined],
    ['reads no property of a string', '$input.name.length', undefined],
  ])('%s', (_title, template, expected) => {
    expect(resolveTemplate(template, scopes)).toEqual(expected);
  });

  test('never reads a value of the input as a template', () => {
    expect(resolveTemplate('$input.x', { input: { x: '$run.token' }, run: { id: 'r', token: 'secret' } })).toBe(
      '$run.token',
    );
  });
});

test('finds every reference of a template once', () => {
  const template = {
    a: '$start.x.y',
    b: ['$start.x.y', '$last.z'],
    c: { $first: ['$input.line', 'a'] },
    d: '$$input.no',
  };

  expect(referencesOf(template)).toEqual(['start.x.y', 'last.z', 'input.line']);
});

test('reads a path through lists and objects', () => {
  expect(readPath({ a: [{ b: null }] }, 'a.0.b')).toBeNull();
  expect(readPath({ a: [] }, 'a.0.b')).toBeUndefined();
});
