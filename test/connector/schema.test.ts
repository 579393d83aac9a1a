import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';

function object(properties: JsonObject, more: JsonObject = {}): JsonObject {
  return { type: 'object', additionalProperties: false, properties, ...more };
}

function validationErrorsOf(schema: JsonObject, value: unknown) {
  return compileSchema(schema).validationErrors(value);
}

describe('64-bit integers', () => {
  const schema = compileSchema(object({ run_id: { title: 'Run', type: 'string', format: 'int64' } }));

  test.each([
    ['a string of digits', '9007199254740993'],
    ['a bigint', 9007199254740993n],
  ])('accepts %s and keeps it exact on the wire', (_name, given) => {
    const accepted = schema.check({ run_id: given }, 'the input');

    expect(accepted).toEqual({ run_id: '9007199254740993' });
    expect(schema.toWire(accepted)).toEqual({ run_id: 9007199254740993n });
  });

  test('sends a safe integer as a number', () => {
    expect(schema.toWire(schema.check({ run_id: 17 }, 'the input'))).toEqual({ run_id: 17 });
  });

  test.each([
    '9223372036854775808',
    '-9223372036854775809',
    '1.5',
    '',
    'seventeen',
    1.5,
    9007199254740994,
    92233720368547758080n,
  ])('refuses %s', (given) => {
    expect(schema.validationErrors({ run_id: given })).toMatchObject([{ pointer: '/run_id' }]);
  });

  test('keeps ids exact inside lists, maps and references of an output', () => {
    const nested = compileSchema(
      object(
        {
          runs: { type: 'array', items: { $ref: '#/$defs/Run' } },
          by_name: { type: 'object', additionalProperties: { $ref: '#/$defs/Run' } },
        },
        {
          $defs: {
            Run: {
              type: 'object',
              properties: { id: { type: 'string', format: 'int64' }, child: { $ref: '#/$defs/Run' } },
            },
          },
        },
      ),
    );

    const edge = nested.toEdge({ runs: [{ id: 2n ** 60n, child: { id: 1 } }], by_name: { a: { id: 3 } } });

    expect(edge.warnings).toEqual([]);
    expect(edge.value).toEqual({
      runs: [{ id: '1152921504606846976', child: { id: '1' } }],
      by_name: { a: { id: '3' } },
    });
  });
});

test('a count that the service writes as text comes out as a number, unless that would round it', () => {
  const schema = compileSchema(object({ rows: { type: 'integer', format: 'int64' } }));

  expect(schema.toEdge({ rows: '1200' })).toEqual({ value: { rows: 1200 }, warnings: [] });
  expect(schema.toEdge({ rows: '9007199254740993' }).value).toEqual({ rows: '9007199254740993' });
});

describe('defaults', () => {
  const schema = compileSchema(
    object({
      size: { type: 'string', default: 'Small' },
      tasks: { type: 'array', items: object({ retries: { type: 'integer', default: 0 } }) },
    }),
  );

  test('are filled in at every level without changing what was given', () => {
    const given = Object.freeze({ tasks: Object.freeze([Object.freeze({})]) });

    expect(schema.check(given, 'the input')).toEqual({ size: 'Small', tasks: [{ retries: 0 }] });
    expect(given).toEqual({ tasks: [{}] });
  });

  test('do not replace false, 0, an empty text or null', () => {
    const falsy = compileSchema(
      object({
        a: { type: 'boolean', default: true },
        b: { type: 'integer', default: 1 },
        c: { type: 'string', default: 'x' },
        d: { default: 1 },
      }),
    );

    expect(falsy.check({ a: false, b: 0, c: '', d: null }, 'the input')).toEqual({ a: false, b: 0, c: '', d: null });
  });

  test('copy nothing when nothing is missing', () => {
    const given = { size: 'Large', tasks: [{ retries: 1 }] };

    expect(schema.check(given, 'the input')).toBe(given);
  });
});

describe('faults', () => {
  test('are told all at once, each with its JSON pointer', () => {
    const schema = object(
      {
        name: { title: 'Name', type: 'string' },
        tasks: {
          title: 'Tasks',
          type: 'array',
          items: object({ 'task/key': { title: 'Task key', type: 'string' } }, { required: ['task/key'] }),
        },
      },
      { required: ['name'] },
    );

    expect(validationErrorsOf(schema, { tasks: [{}, { 'task/key': 1 }] })).toEqual([
      { pointer: '/name', message: 'Name (name) is required' },
      { pointer: '/tasks/0/task~1key', message: 'Task key (tasks[0].task/key) is required' },
      {
        pointer: '/tasks/1/task~1key',
        message: 'Task key (tasks[1].task/key) must be text; got 1',
        allowed: 'string',
      },
    ]);
  });

  test('of an enum list what is allowed', () => {
    const [fault] = validationErrorsOf(object({ size: { title: 'Size', type: 'string', enum: ['Small', 'Large'] } }), {
      size: 'Huge',
    });

    expect(fault).toEqual({
      pointer: '/size',
      message: 'Size (size) must be one of "Small", "Large"; got "Huge"',
      allowed: ['Small', 'Large'],
    });
  });

  test('of an unknown field name the nearest fields', () => {
    const [fault] = validationErrorsOf(object({ warehouse_id: { type: 'string' }, statement: { type: 'string' } }), {
      warehouseId: 'x',
    });

    expect(fault).toEqual({
      pointer: '/warehouseId',
      message: '"warehouseId" is not a field; did you mean "warehouse_id"? Allowed: warehouse_id, statement',
      allowed: ['warehouse_id', 'statement'],
    });
  });

  test('of a choice are one, in the words of the description', () => {
    const minutes: JsonObject = {
      title: 'Minutes',
      type: 'integer',
      description: '0 never stops; otherwise at least 10.',
      anyOf: [{ const: 0 }, { minimum: 10 }],
    };

    expect(validationErrorsOf(object({ minutes }), { minutes: 5 })).toEqual([
      {
        pointer: '/minutes',
        message: 'Minutes (minutes) is not valid: 0 never stops; otherwise at least 10; got 5',
      },
    ]);
  });

  test('of a refused name are one', () => {
    const headers = {
      title: 'Headers',
      type: 'object',
      propertyNames: { not: { pattern: '^[Hh]ost$' }, description: 'Host is set by the connector.' },
    };

    expect(validationErrorsOf(object({ headers }), { headers: { Host: 'x' } })).toEqual([
      { pointer: '/headers/Host', message: '"headers.Host" is not allowed here: Host is set by the connector' },
    ]);
  });

  test.each([
    [{ type: 'integer', minimum: 1 }, 0, '"x" must be at least 1; got 0'],
    [{ type: 'string', minLength: 1 }, '', '"x" must not be empty'],
    [{ type: 'array', maxItems: 2 }, [1, 2, 3], '"x" must have at most 2 items'],
    [{ type: ['string', 'null'] }, {}, '"x" must be text or null; got an object'],
    [
      { type: 'string', format: 'date-time' },
      'today',
      '"x" must be a date and time such as "2026-01-31T08:00:00Z"; got "today"',
    ],
    [
      { type: 'string', pattern: '^[0-9]+s$', examples: ['10s'] },
      '10',
      '"x" must match ^[0-9]+s$; for example "10s"; got "10"',
    ],
  ])('say what %j wants', (x, given, message) => {
    expect(validationErrorsOf(object({ x }), { x: given }).map((fault) => fault.message)).toEqual([message]);
  });

  test('never show a secret, even in the wrong place', () => {
    const schema = object({
      secret: { title: 'Secret', type: 'string', writeOnly: true, pattern: '^whsec_' },
      auth: object({ token: { type: 'string', writeOnly: true } }),
    });

    const text = JSON.stringify(validationErrorsOf(schema, { secret: 'hunter2', auth: 'hunter2' }));

    expect(text).toContain('/secret');
    expect(text).not.toContain('hunter2');
  });

  test('leave check as one ERR_INPUT_INVALID that names the value', () => {
    const schema = compileSchema(
      object({ a: { title: 'A', type: 'string' }, b: { title: 'B', type: 'string' } }, { required: ['a', 'b'] }),
    );

    const thrown = (() => {
      try {
        return schema.check({}, 'the input of databricks.run_job');
      } catch (error) {
        return error;
      }
    })();

    expect(thrown).toBeInstanceOf(ConnectorError);
    expect(thrown).toMatchObject({
      code: 'ERR_INPUT_INVALID',
      message: 'the input of databricks.run_job is not valid: A (a) is required (and 1 more)',
      errors: [{ pointer: '/a' }, { pointer: '/b' }],
    });
  });

  test('of an output are warnings, and the value passes', () => {
    const schema = compileSchema(object({ state: { type: 'string' } }));

    expect(schema.toEdge({ state: 5 })).toMatchObject({ value: { state: 5 }, warnings: [{ pointer: '/state' }] });
  });
});

test('a schema that refers to itself is checked at every depth', () => {
  const schema = compileSchema(
    object(
      { task: { $ref: '#/$defs/Task' } },
      { $defs: { Task: object({ id: { type: 'string', format: 'int64' }, inner: { $ref: '#/$defs/Task' } }) } },
    ),
  );

  expect(schema.check({ task: { inner: { inner: { id: 5 } } } }, 'the input')).toEqual({
    task: { inner: { inner: { id: '5' } } },
  });
  expect(schema.validationErrors({ task: { inner: { inner: { di: 5 } } } })).toMatchObject([
    { pointer: '/task/inner/inner/di' },
  ]);
});

test('the validator of an owner leaves the memory with it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const compile = () => {
    const schema = object({ name: { title: 'Name', type: 'string', maxLength: 9 } });
    const compiled = compileSchema(schema, { owner: {} });
    expect(compiled.validationErrors({ name: 'too long a name' })).toHaveLength(1);
    return { compiled, schema: new WeakRef(schema) };
  };
  const first = compile().schema;
  const last = compile();

  // What a WeakRef gave lives until the end of the task.
  await new Promise((resolve) => setImmediate(resolve));
  collect();

  expect(first.deref()).toBeUndefined();
  expect(last.compiled.validationErrors({ name: 'still too long' })).toHaveLength(1);
  expect(last.schema.deref()).toBeDefined();
});
