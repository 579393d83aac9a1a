import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import { main } from '../../scripts/connector-from-openapi.ts';
import { readDescription, UnusableDescription } from '../../scripts/openapi/description.ts';
import { factsOf } from '../../scripts/openapi/operation.ts';
import { generate, readOverlay } from '../../scripts/openapi/overlay.ts';
import { convertAll } from '../../scripts/openapi-directory.ts';
import { MANIFESTS, SERVICES } from '../../services/registry.ts';
import { OVERLAY, PETS_2, PETS_3_0, PETS_3_1 } from './pets.ts';

async function folder(files: Record<string, unknown>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'penstock-openapi-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, content] of Object.entries(files))
    await writeFile(join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
  return root;
}

async function run(argv: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  return { code: await main(argv, (line) => lines.push(line)), lines };
}

const overlay = () => readOverlay(JSON.stringify(OVERLAY));

/** The facts of the one operation of a description with these schemas. */
function factsWith(operation: object, schemas: object = {}) {
  const description = readDescription(
    JSON.stringify({
      openapi: '3.0.3',
      info: {},
      paths: { '/things': { post: { responses: { 204: {} }, ...operation } } },
      components: { schemas },
    }),
  );
  const facts = factsOf(description, description.operations[0]!);
  if ('unusable' in facts) throw new Error(facts.unusable);
  return facts;
}

const bodyOf = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } });
const answerOf = (schema: object) => ({ responses: { 200: { content: { 'application/json': { schema } } } } });

test('writes manifests that Penstock starts with', async () => {
  const root = await folder({ 'spec.json': PETS_3_1, 'overlay.json': OVERLAY });

  const { code, lines } = await run([join(root, 'spec.json'), join(root, 'overlay.json'), join(root, 'out')]);

  expect(lines).toEqual(['pets: 3 actions']);
  expect(code).toBe(0);
  const { actions } = await loadManifests(MANIFESTS, { services: SERVICES, checks: 'own', own: [join(root, 'out')] });
  expect(actions.get('pets.list_pets')!.manifest).toMatchObject({
    request: { method: 'GET', path: '/pets', query: { limit: '$input.limit' } },
    input: { additionalProperties: false, properties: { limit: { title: 'Max pets', type: 'integer', maximum: 100 } } },
    output: { type: 'array', items: { type: 'object', properties: { id: { type: 'string', format: 'int64' } } } },
  });
  expect(actions.get('pets.delete_pet')!.manifest).toMatchObject({
    request: { method: 'DELETE', path: '/pets/{input.pet_id}' },
    result: {},
    destructive: true,
  });
});

test.each([
  ['Swagger 2', PETS_2],
  ['OpenAPI 3.0', PETS_3_0],
])('%s gives the same manifests as OpenAPI 3.1', (_title, spec) => {
  const [one, other] = [spec, PETS_3_1].map((each) => generate(readDescription(JSON.stringify(each)), overlay()));

  expect(Object.fromEntries(one!.files)).toEqual(Object.fromEntries(other!.files));
  expect(one!.missing).toEqual([]);
});

test('YAML is read as well', () => {
  const yaml = 'openapi: 3.1.0\ninfo: {title: A}\npaths:\n  /a:\n    get: {operationId: getA, responses: {}}\n';

  expect(readDescription(yaml).operations).toMatchObject([{ key: 'GET /a', id: 'getA' }]);
});

test('lists all that the overlay does not say, with proposals, and writes nothing', async () => {
  const bare = {
    connector: { id: 'pets' },
    actions: { drop: { operation: 'DELETE /pets/{pet-id}' }, fly: { operation: 'flyPet' } },
  };
  const root = await folder({ 'spec.json': PETS_3_1, 'overlay.json': bare });

  const { code, lines } = await run([join(root, 'spec.json'), join(root, 'overlay.json'), join(root, 'out')]);

  expect(code).toBe(1);
  expect(lines).toEqual([
    'missing: connector: "base_urls" is missing; proposed: {"api":{"url":"https://api.pets.example/v1"}}.',
    'missing: connector: "auth" is missing; the description has key (apiKey header X-Key).',
    'missing: drop: "title" is missing; proposed: "Delete pet".',
    'missing: drop: "description" is missing; proposed: "Delete a pet.".',
    'missing: drop: "effect" is missing; proposed: "idempotent".',
    'missing: drop: "group" is missing; proposed: "Pets".',
    'missing: drop: "examples" is missing: an input and its output, as the service answers.',
    'missing: drop: say whether it is "destructive": true deletes or overwrites; false for not.',
    'missing: fly: the description has no operation "flyPet".',
  ]);
  await expect(readFile(join(root, 'out/pets/connector.json'))).rejects.toThrow('ENOENT');
});

test.each([
  ['get', 'safe'],
  ['head', 'safe'],
  ['put', 'idempotent'],
  ['delete', 'idempotent'],
  ['post', 'once'],
  ['patch', 'once'],
])('proposes for %s the effect %s', (method, effect) => {
  const description = readDescription(
    JSON.stringify({ openapi: '3.1.0', paths: { '/a': { [method]: { responses: {} } } } }),
  );

  expect(factsOf(description, description.operations[0]!)).toMatchObject({ proposal: { effect } });
});

test('an idempotency key is the token of the run, and no input', () => {
  const spec = {
    openapi: '3.1.0',
    paths: {
      '/a': {
        post: {
          operationId: 'a',
          parameters: [{ name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string' } }],
          responses: {},
        },
      },
    },
  };
  const { files } = generate(
    readDescription(JSON.stringify(spec)),
    readOverlay(JSON.stringify({ ...OVERLAY, actions: { a: { operation: 'a' } } })),
  );

  expect(files.get('actions/a.json')).toMatchObject({
    effect: 'token',
    request: { headers: { 'Idempotency-Key': '$run.token' } },
    input: { type: 'object', additionalProperties: false, properties: {} },
  });
});

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

test('a newer description is reported, and changes no manifest', async () => {
  // biome-ignore lint/suspicious/noExplicitAny: a test changes what it knows to be there
  const newer = structuredClone(PETS_3_1) as any;
  newer.paths['/pets'].get.parameters.push({ name: 'sort', in: 'query', schema: { type: 'string' } });
  delete newer.paths['/pets/{pet-id}'];
  newer.paths['/owners'] = { get: { responses: {} } };
  const root = await folder({ 'old.json': PETS_3_1, 'new.json': newer, 'overlay.json': OVERLAY });

  const { code, lines } = await run([
    join(root, 'new.json'),
    join(root, 'overlay.json'),
    '--since',
    join(root, 'old.json'),
  ]);

  expect(lines).toEqual([
    'added: 1',
    '  GET /owners',
    'gone: 1',
    '  delete_pet (deletePet)',
    'changed: 1',
    '  list_pets (GET /pets): input, request',
  ]);
  expect(code).toBe(1);
});

describe('bad input', () => {
  test.each([
    ['no JSON', '{"openapi": ', 'It can be read neither as JSON nor as YAML: '],
    ['no YAML', 'openapi: [', 'It can be read neither as JSON nor as YAML: '],
    ['a list', '[]', 'It is not an object'],
    ['an empty file', '', 'It is not an object'],
    ['another format', '{"asyncapi": "2.0.0"}', 'It has neither "openapi" nor "swagger"'],
    ['another version', '{"openapi": "4.0.0", "paths": {}}', 'It is of version "4.0.0"'],
    ['no paths', '{"openapi": "3.0.0"}', 'It has no "paths"'],
    [
      'aliases that multiply',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'
        .split('')
        .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
        .join('\n')}`,
      'It can be read neither',
    ],
  ])('%s is refused in one sentence', (_title, text, said) => {
    expect(() => readDescription(text)).toThrow(UnusableDescription);
    expect(() => readDescription(text)).toThrow(said);
  });

  test('operation ids that are not unique are said, and name nothing', () => {
    const { operations, notes } = readDescription(
      JSON.stringify({
        openapi: '3.0.0',
        paths: { '/a': { get: { operationId: 'x' }, put: { operationId: 'x' } }, '/b': { get: {} } },
      }),
    );

    expect(notes).toEqual(['operationId "x" is that of GET /a and PUT /a: name them by method and path.']);
    expect(operations.map(({ key, id }) => [key, id])).toEqual([
      ['GET /a', undefined],
      ['PUT /a', undefined],
      ['GET /b', undefined],
    ]);
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

  test('an overlay that is none is refused with its file', async () => {
    const root = await folder({ 'spec.json': PETS_3_1, 'overlay.json': { connector: { id: 'a' }, actions: {} } });

    expect(await run([join(root, 'spec.json'), join(root, 'overlay.json')])).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('overlay.json: The overlay names no operation')],
    });
    expect(await run([join(root, 'none.json'), join(root, 'overlay.json')])).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('none.json: It cannot be read: ENOENT')],
    });
  });

  test('a folder of descriptions is converted whatever is in it', async () => {
    const root = await folder({
      'a.json': PETS_3_1,
      'b.json': PETS_2,
      'c.yaml': 'x: [',
      'd.json': '{"openapi":"3.0.0","paths":{"/a":{"get":7},"/b":9}}',
    });
    const lines: string[] = [];

    const counts = await convertAll(root, (line) => lines.push(line));

    expect(counts).toMatchObject({ descriptions: 4, unreadable: 1, operations: 6, actions: 6, wrong: 0, crashed: 0 });
    expect(lines).toEqual([expect.stringMatching(/^c\.yaml: It can be read neither/)]);
  });
});
