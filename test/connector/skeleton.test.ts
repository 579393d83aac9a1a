import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import { skeletonOf } from '../../connector/skeleton.ts';
import { shippedManifests } from '../shipped-manifests.ts';

const manifests = await shippedManifests();

test.each<[what: string, schema: JsonObject, example: Json | undefined, value: Json]>([
  ['a field of each type', of({ a: 'string', b: 'integer', c: 'boolean' }), undefined, { a: '', b: 0, c: false }],
  ['a value of the example', of({ a: 'string', b: 'integer' }), { a: 'x' }, { a: 'x', b: 0 }],
  ['a field that only the example has', of({ a: 'string' }), { z: [1] }, { a: '', z: [1] }],
  ['the first allowed value', { type: 'string', enum: ['A', 'B'] }, undefined, 'A'],
  ['a default', { type: 'integer', default: 5 }, undefined, 5],
  ['a text of its format', { type: 'string', format: 'int64' }, undefined, '0'],
  ['what can be null', { type: ['null', 'string'] }, null, ''],
  ['one item of a list', { type: 'array', items: of({ a: 'string' }) }, undefined, [{ a: '' }]],
  ['a field that objects inherit', of({ constructor: 'string' }), undefined, JSON.parse('{"constructor":""}')],
  ['an open object', { type: 'object' }, { k: 1 }, { k: 1 }],
  ['an open list', { type: 'array' }, undefined, []],
  ['the first of alternatives', { oneOf: [of({ a: 'string' }), of({ b: 'string' })] }, undefined, { a: '' }],
  [
    'a field named __proto__',
    JSON.parse('{"properties":{"__proto__":{"type":"integer"}}}'),
    undefined,
    JSON.parse('{"__proto__":0}'),
  ],
])('has %s', (_what, schema, example, value) => {
  expect(skeletonOf(schema, example)).toEqual({ value, isComplete: true });
});

test('ends where a part contains itself, and says so', () => {
  const node: JsonObject = {
    type: 'object',
    properties: { name: { type: 'string' }, child: { $ref: '#/$defs/node' } },
  };

  const { value, isComplete } = skeletonOf({ $ref: '#/$defs/node', $defs: { node } });

  expect(value).toEqual({ name: '', child: {} });
  expect(isComplete).toBe(false);
});

test('ends a reference that only refers to itself', () => {
  expect(skeletonOf({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } })).toEqual({
    value: {},
    isComplete: false,
  });
});

test('keeps the outer fields of a schema that is too large, and says so', () => {
  const wide = (inner: JsonObject): JsonObject => ({
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, inner])),
  });

  const { value, isComplete } = skeletonOf(wide(wide(wide({ type: 'string' }))));

  expect(Object.keys(value as JsonObject)).toHaveLength(50);
  expect(isComplete).toBe(false);
  expect(JSON.stringify(value).length).toBeLessThan(20_000);
});

describe('of a shipped action', () => {
  test.each([...manifests.actions.values()])('$id fits its schema', ({ output, manifest }) => {
    const { value } = skeletonOf(manifest.output, manifest.examples[0]!.output);

    expect(output.validationErrors(value)).toEqual([]);
  });

  test('leaves out nothing, but where a task contains a task', () => {
    const cut = [...manifests.actions.values()].filter(({ manifest }) => !skeletonOf(manifest.output).isComplete);

    expect(cut.filter(({ manifest }) => !JSON.stringify(manifest.output).includes('for_each_task'))).toEqual([]);
  });
});

function of(types: { [name: string]: string }): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])),
  };
}
