import { describe, expect, test } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { namesWithWordsOf, nearestNames } from '../../connector/nearest.ts';
import { compileSchema } from '../../connector/schema.ts';

const TASK: JsonObject = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, inner: { $ref: '#/$defs/task' } },
};

function refusal(schema: Parameters<typeof compileSchema>[0], value: unknown): ConnectorError {
  try {
    compileSchema(schema).check(value, 'the body');
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('validation errors', () => {
  test('the first 50 of a million are kept, and all are counted', () => {
    const list = new Array<number>(1_000_000).fill(1);

    const error = refusal({ type: 'array', items: { type: 'string' } }, list);

    expect(error.errors).toHaveLength(50);
    expect(error.errors?.[49]?.pointer).toBe('/49');
    expect(error.errorCount).toBe(1_000_000);
    expect(error.message).toContain('(and 999999 more)');
  });

  test('of references are counted as those of the schema itself', () => {
    const list = new Array<object>(20_000).fill({ inner: {} });

    const error = refusal({ type: 'array', items: { $ref: '#/$defs/task' }, $defs: { task: TASK } }, list);

    expect(error.errors).toHaveLength(50);
    expect(error.errorCount).toBe(40_000);
  });

  test('a branch of an anyOf that has thousands does not hide that another fits', () => {
    const list = new Array<number>(5000).fill(1);
    const texts = { type: 'array', items: { type: 'string' } };
    const tasks = { type: 'array', items: { $ref: '#/$defs/task' } };
    const schema = compileSchema({ anyOf: [texts, tasks, { type: 'array' }], $defs: { task: TASK } });

    expect(schema.validationErrors(list)).toEqual([]);
  });

  test('after thousands of others a branch that does not fit is still wrong', () => {
    const schema = compileSchema({
      type: 'object',
      properties: {
        list: { type: 'array', items: { type: 'string' } },
        choice: { oneOf: [{ $ref: '#/$defs/task' }, { type: 'object', required: ['id'] }] },
      },
      $defs: { task: TASK },
    });

    // With one branch that fits the choice is right, which it would not be if both counted.
    const found = schema.validationErrors({ list: new Array<number>(5000).fill(1), choice: { id: 1 } });

    expect(found).toHaveLength(50);
    expect(found.every(({ pointer }) => pointer.startsWith('/list/'))).toBe(true);
  });

  test('a field of a megabyte is named by its beginning', () => {
    const error = refusal(
      { type: 'object', additionalProperties: false, properties: { statement: {} } },
      { ['x'.repeat(1_000_000)]: 1 },
    );

    expect(JSON.stringify(error.errors).length).toBeLessThan(2000);
    expect(error.message.length).toBeLessThan(1000);
  });
});

describe('uniqueItems', () => {
  const unique = compileSchema({ type: 'array', uniqueItems: true });

  test.each([
    [[1, 1]],
    [
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
    ],
    [[9007199254740993n, 9007199254740993n]],
    [[[], []]],
    [[null, 'x', null]],
  ])('finds the same item twice in %o', (list) => {
    expect(unique.validationErrors(list)).toMatchObject([{ pointer: '' }]);
  });

  test.each([[[1, '1', true, 'true']], [[{ a: 1 }, { a: '1' }, { b: 1 }]], [[0, false, null, '', []]]])(
    'tells apart what is %o',
    (list) => {
      expect(unique.validationErrors(list)).toEqual([]);
    },
  );
});

test('a name that is longer than any known one has no nearest', () => {
  const known = Array.from({ length: 50 }, (_, index) => `databricks.action_${index}`);

  expect(nearestNames('databricks.action_1'.repeat(50_000), known)).toEqual([]);
  expect(nearestNames('databricks.acton_7', known)[0]).toBe('databricks.action_7');
  expect(namesWithWordsOf('databricks.action_1'.repeat(50_000), known)).toEqual([]);
  expect(namesWithWordsOf('databricks.actions', known)).toEqual(known.slice(0, 5));
});
