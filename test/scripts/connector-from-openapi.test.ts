import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import { main } from '../../scripts/connector-from-openapi.ts';
import { readDescription } from '../../scripts/openapi/description.ts';
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

test('a field that is not offered is required by no form of the body', () => {
  const form = (name: string) => ({ required: ['kind', name], properties: { kind: {}, [name]: { type: 'string' } } });
  const spec = {
    openapi: '3.1.0',
    paths: {
      '/a': {
        post: {
          operationId: 'a',
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  oneOf: [{ $ref: '#/components/schemas/card' }, { $ref: '#/components/schemas/bank' }],
                  discriminator: { propertyName: 'kind' },
                },
              },
            },
          },
          responses: {},
        },
      },
    },
    components: { schemas: { card: form('number'), bank: form('iban') } },
  };
  const { files } = generate(
    readDescription(JSON.stringify(spec)),
    readOverlay(JSON.stringify({ ...OVERLAY, actions: { a: { operation: 'a', without: ['number'] } } })),
  );

  expect(files.get('actions/a.json')).toMatchObject({
    input: { allOf: [{ if: { properties: { kind: { const: 'bank' } } }, then: { required: ['iban'] } }] },
    request: { body: { kind: '$input.kind', iban: '$input.iban' } },
  });
  expect(JSON.stringify(files.get('actions/a.json'))).not.toContain('number');
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

test('an overlay that is none is refused with its file', async () => {
  const root = await folder({ 'spec.json': PETS_3_1, 'overlay.json': { connector: { id: 'a' }, actions: {} } });

  expect(await run([join(root, 'spec.json'), join(root, 'overlay.json')])).toMatchObject({
    code: 1,
    lines: [expect.stringContaining('overlay.json#/actions: names no operation; write')],
  });
  expect(await run([join(root, 'none.json'), join(root, 'overlay.json')])).toMatchObject({
    code: 1,
    lines: [expect.stringContaining('none.json: cannot be read: ENOENT')],
  });
});

test('a folder of descriptions is converted whatever is in it', async () => {
  const root = await folder({
    'a.json': PETS_3_1,
    'b.json': PETS_2,
    'c.yaml': 'x: [',
    'd.json': '{"openapi":"3.0.0","paths":{"/a":{"get":7},"/b":9}}',
    'e.json': '{"openapi":"3.0.0","paths":{"/a":{"trace":{}}}}',
  });
  const lines: string[] = [];
  const report = join(root, 'report.jsonl');

  const counts = await convertAll(root, { print: (line) => lines.push(line), report });

  expect(counts).toMatchObject({
    descriptions: { connector: 2, refused: 3, wrong: 0, crashed: 0, stopped: 0 },
    operations: 7,
    actions: 6,
    leftOut: { 'the method TRACE cannot be sent.': 1 },
  });
  expect(lines).toEqual([
    expect.stringMatching(/^refused: c\.yaml#: can be read neither/),
    'refused: d.json#/paths: has no operation; add one, or take another file',
    'refused: e.json#/paths: has no operation that can be an action, such as TRACE /a: the method TRACE cannot be sent. Write its actions yourself',
  ]);
  const reported = (await readFile(report, 'utf8')).trim().split('\n');
  expect(reported.map((line) => JSON.parse(line).end)).toEqual([
    'connector',
    'connector',
    'refused',
    'refused',
    'refused',
  ]);
  expect(JSON.parse(reported.at(-1)!).leftOut).toEqual(['TRACE /a: the method TRACE cannot be sent.']);
});

test('a description that takes too long is stopped, and the next one is converted', async () => {
  const root = await folder({ 'a.json': PETS_3_1, 'b.json': PETS_2 });
  const lines: string[] = [];

  const { descriptions } = await convertAll(root, { print: (line) => lines.push(line), seconds: 0 });

  expect(descriptions.stopped).toBeGreaterThan(0);
  expect(descriptions.stopped + descriptions.connector).toBe(2);
  expect(lines[0]).toMatch(/^stopped: .\.json#: took more than 0 seconds of processor time/);
});
