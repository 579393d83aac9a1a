import { describe, expect, test } from 'vitest';
import { readDescription } from '../../scripts/openapi/description.ts';
import { factsOf } from '../../scripts/openapi/operation.ts';
import { answerOf, bodyOf, factsWith } from './facts.ts';

describe('a schema', () => {
  test('with allOf is one object', () => {
    const { input } = factsWith(bodyOf({ $ref: '#/components/schemas/Dog' }), {
      Pet: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
      Dog: {
        allOf: [
          { $ref: '#/components/schemas/Pet' },
          { required: ['breed'], properties: { breed: { type: 'string' } } },
        ],
      },
    });

    expect(Object.keys(input.properties as object).sort()).toEqual(['breed', 'name']);
  });

  test('with oneOf and a discriminator is a choice, whose fields are shown for their value', () => {
    const { input } = factsWith(
      {
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                oneOf: [{ $ref: '#/components/schemas/Card' }, { $ref: '#/components/schemas/Bank' }],
                discriminator: {
                  propertyName: 'kind',
                  mapping: { card: '#/components/schemas/Card', bank: '#/components/schemas/Bank' },
                },
              },
            },
          },
        },
      },
      {
        Card: {
          type: 'object',
          required: ['kind', 'number'],
          properties: { kind: { type: 'string' }, number: { type: 'string' }, note: { type: 'string' } },
        },
        Bank: {
          type: 'object',
          required: ['kind'],
          properties: { kind: { type: 'string' }, iban: { type: 'string' }, note: { type: 'string' } },
        },
      },
    );

    expect(input).toMatchObject({
      required: ['kind'],
      properties: {
        kind: { title: 'Kind', type: 'string', enum: ['card', 'bank'] },
        number: { type: 'string', 'x-ui': { when: { kind: ['card'] } } },
        iban: { type: 'string', 'x-ui': { when: { kind: ['bank'] } } },
        note: { title: 'Note', type: 'string' },
      },
      allOf: [{ if: { properties: { kind: { const: 'card' } }, required: ['kind'] }, then: { required: ['number'] } }],
    });
  });

  test('with a discriminator keeps its choice when the fields get other names', () => {
    const form = (name: string) => ({
      required: ['@kind', name],
      properties: { '@kind': {}, [name]: { type: 'string' } },
    });
    const { input, request } = factsWith(
      {
        parameters: [{ name: 'iban', in: 'query', schema: { type: 'string' } }],
        ...bodyOf({
          oneOf: [{ $ref: '#/components/schemas/card' }, { $ref: '#/components/schemas/bank' }],
          discriminator: { propertyName: '@kind' },
        }),
      },
      { card: form('number'), bank: form('iban') },
    );

    expect(request.body).toEqual({ '@kind': '$input.kind', number: '$input.number', iban: '$input.iban_2' });
    expect(input).toMatchObject({
      properties: {
        kind: { enum: ['card', 'bank'] },
        number: { 'x-ui': { when: { kind: ['card'] } } },
        iban_2: { 'x-ui': { when: { kind: ['bank'] } } },
      },
      allOf: [
        { if: { properties: { kind: { const: 'card' } }, required: ['kind'] }, then: { required: ['number'] } },
        { if: { properties: { kind: { const: 'bank' } }, required: ['kind'] }, then: { required: ['iban_2'] } },
      ],
    });
  });

  test('that contains itself is cut where it comes again, and said', () => {
    const { output, notes } = factsWith(answerOf({ $ref: '#/components/schemas/Tree' }), {
      Tree: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
        },
      },
    });

    expect(output).toEqual({
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: {} } },
    });
    expect(notes).toEqual([
      'POST /things: "children[]" contains itself ("#/components/schemas/Tree"), and is any JSON from there on.',
    ]);
  });

  test('may be null, closed in a request, and open in an answer', () => {
    const thing = {
      type: 'object',
      properties: {
        at: { type: 'string', nullable: true },
        inner: { type: 'object', properties: { a: { type: 'integer' } } },
      },
      additionalProperties: false,
    };
    const { input, output } = factsWith({ ...bodyOf(thing), ...answerOf(thing) });

    expect(input.properties).toMatchObject({
      at: { type: ['string', 'null'] },
      inner: { additionalProperties: false },
    });
    expect(output).toEqual({
      type: 'object',
      properties: {
        at: { type: ['string', 'null'] },
        inner: { type: 'object', properties: { a: { type: 'integer' } } },
      },
    });
  });

  test('has no pattern that takes more than linear time', () => {
    const { input, notes } = factsWith(
      bodyOf({
        type: 'object',
        properties: { a: { type: 'string', pattern: '^(a+)+$' }, b: { type: 'string', pattern: '^[a-z]+$' } },
      }),
    );

    expect(input.properties).toEqual({
      a: { title: 'A', type: 'string' },
      b: { title: 'B', type: 'string', pattern: '^[a-z]+$' },
    });
    expect(notes).toEqual([expect.stringContaining('"a" has a pattern that is exponential')]);
  });
});

test.each([
  [
    'a body that is no JSON',
    { requestBody: { required: true, content: { 'multipart/form-data': {} } } },
    'its body is multipart/form-data, which a manifest cannot send.',
  ],
  [
    'an answer that is no JSON',
    { responses: { 200: { content: { 'image/png': {} } } } },
    'it answers image/png, which an action cannot read.',
  ],
  [
    'a required cookie',
    { parameters: [{ name: 'c', in: 'cookie', required: true }] },
    'the cookie parameter "c" is sent where a request template sends nothing, and is required.',
  ],
])('says in one sentence that it cannot convert %s', (_title, operation, said) => {
  expect(() => factsWith(operation)).toThrow(`POST /things: ${said}`);
});

test.each([
  [false, ['a'], true],
  [true, ['a'], undefined],
  [true, [], undefined],
  [false, [], true],
])('a body (required: %j, fields %j) without a field is not sent where it is optional', (required, names, omitted) => {
  const schema = { type: 'object', required: names, properties: { a: { type: 'string' } } };

  const { request } = factsWith({ requestBody: { required, content: { 'application/json': { schema } } } });

  expect(request).toMatchObject({ body: { a: '$input.a' } });
  expect(request.omit_empty_body).toBe(omitted);
});

test('circles of references end', () => {
  const schemas = {
    A: { $ref: '#/components/schemas/B' },
    B: { $ref: '#/components/schemas/A' },
    C: { allOf: [{ $ref: '#/components/schemas/C' }, { type: 'object', properties: { a: { type: 'string' } } }] },
    D: { oneOf: [{ $ref: '#/components/schemas/D' }, { type: 'string' }] },
  };
  const properties = Object.fromEntries(
    Object.keys(schemas).map((name) => [name, { $ref: `#/components/schemas/${name}` }]),
  );

  const { input, notes } = factsWith(bodyOf({ type: 'object', properties }), schemas);

  expect(Object.keys(input.properties as object)).toEqual(['A', 'B', 'C', 'D']);
  expect(notes.length).toBeGreaterThanOrEqual(4);
});

test('a description of 20 MB is read, and a schema of 1,000 levels is cut', () => {
  const schemas = Object.fromEntries(
    Array.from({ length: 44_000 }, (_, i) => [
      `S${i}`,
      { type: 'object', description: 'x'.repeat(400), properties: { a: { type: 'string' } } },
    ]),
  );
  let deep: object = { type: 'string' };
  for (let i = 0; i < 1000; i += 1) deep = { type: 'object', properties: { a: deep } };
  const text = JSON.stringify({
    openapi: '3.1.0',
    paths: { '/a': { post: { ...bodyOf({ $ref: '#/components/schemas/S1' }), ...answerOf(deep) } } },
    components: { schemas },
  });
  expect(text.length).toBeGreaterThan(20_000_000);

  const description = readDescription(text);

  expect(factsOf(description, description.operations[0]!)).toMatchObject({
    input: { properties: { a: { type: 'string' } } },
    notes: [expect.stringContaining('is deeper than 8 levels')],
  });
});
