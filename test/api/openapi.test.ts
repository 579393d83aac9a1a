import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openApiFile } from '../../api/openapi/openapi-file.ts';
import { assertSchema, compileSchema } from '../../connector/schema.ts';
import { AUTH_EVENT_TYPES } from '../../engine/events/event-stream.ts';
import { LIFE_EVENT_TYPES } from '../../engine/events/life-events.ts';
import { shippedManifests } from '../shipped-manifests.ts';
import { startTestApi } from './client.ts';

const manifests = await shippedManifests();

// biome-ignore lint/suspicious/noExplicitAny: OpenAPI's own structure
type Document = any;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

test('is checked in as it is served; if not, run `npm run docs`', async () => {
  const { origin } = await startTestApi();
  const checkedIn = await readFile(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8');

  const served = (await (await fetch(`${origin}/openapi.json`)).json()) as Document;

  expect(JSON.parse(checkedIn)).toEqual({ ...served, servers: [{ url: 'http://127.0.0.1:3000' }] });
  expect(openApiFile(manifests)).toBe(checkedIn);
});

test('is OpenAPI 3.1 whose references lead somewhere and whose operations have names of their own', () => {
  const document: Document = JSON.parse(openApiFile(manifests));
  const operations = operationsOf(document);

  expect(document.openapi).toBe('3.1.0');
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const pointer of refsIn(document)) {
    const found = pointer
      .slice(2)
      .split('/')
      .reduce((value: Document, step: string) => value?.[step], document);
    expect(found, pointer).toBeDefined();
  }
  const used = new Set(refsIn(document).map((pointer) => pointer.split('/').at(-1)));
  expect(Object.keys(document.components.schemas).filter((name) => !used.has(name))).toEqual([]);
});

test('describes each parameter of a path, and gives each operation an answer and its failures', () => {
  const document: Document = JSON.parse(openApiFile(manifests));

  for (const [path, methods] of Object.entries<Document>(document.paths)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { operationId, parameters, responses } of METHODS.flatMap((method) => methods[method] ?? [])) {
      const given = parameters.filter((one: Document) => one.in === 'path').map((one: Document) => one.name);
      expect(given, operationId).toEqual(wanted);
      expect(
        Object.keys(responses).some((status) => /^(2|303)/.test(status)),
        operationId,
      ).toBe(true);
      expect(responses, operationId).toHaveProperty('default');
    }
  }
});

test('says of each object that names no fields that it takes any, so that clients can send some', () => {
  const document: Document = JSON.parse(openApiFile(manifests));
  const silent: string[] = [];
  const visit = (value: Document, place: string) => {
    if (value === null || typeof value !== 'object') return;
    const names = Object.keys(value);
    const isShaped = names.some((name) => /properties|^(oneOf|anyOf|allOf|not|\$ref)$/i.test(name));
    if (value.type === 'object' && !isShaped) silent.push(place);
    for (const name of names) if (!/^examples?$|^default$/.test(name)) visit(value[name], `${place}/${name}`);
  };

  visit(document, '');
  const { schema } = document.paths['/v1/runs'].post.requestBody.content['application/json'];

  expect(silent).toEqual([]);
  expect(schema.properties.input.additionalProperties).toBe(true);
  expect(schema.properties.options.additionalProperties).toBe(true);
});

test('has no schema for both requests and answers', () => {
  const document: Document = JSON.parse(openApiFile(manifests));
  const reached = (part: (operation: Document) => unknown) => {
    const found = new Set(refsIn(operationsOf(document).map(part)).map((pointer) => pointer.split('/').at(-1)!));
    for (const name of found)
      for (const pointer of refsIn(document.components.schemas[name] ?? {})) found.add(pointer.split('/').at(-1)!);
    return found;
  };
  const requests = reached(({ requestBody }) => requestBody ?? {});
  const answers = reached(({ responses }) => responses);

  expect([...requests].filter((name) => answers.has(name))).toEqual([]);
});

test('describes each type of event as a webhook', () => {
  const { webhooks } = JSON.parse(openApiFile(manifests)) as Document;

  expect(Object.keys(webhooks)).toEqual([...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES]);
  expect(webhooks['run.failed'].post.requestBody.content['application/json'].schema).toMatchObject({
    allOf: [{ $ref: '#/components/schemas/Event' }],
    properties: { type: { const: 'run.failed' } },
  });
});

test('has schemas that a validator takes', () => {
  const document: Document = JSON.parse(openApiFile(manifests));
  const schemas = operationsOf(document).flatMap(({ operationId, parameters, requestBody, responses }) => [
    ...parameters.map(({ name, in: place, schema }: Document) => [`${operationId} ${place} ${name}`, schema]),
    ...Object.entries<Document>(requestBody?.content ?? {}).map(([type, { schema }]) => [
      `${operationId} ${type}`,
      schema,
    ]),
    ...Object.entries<Document>(responses).flatMap(([status, { content = {} }]) =>
      Object.entries<Document>(content).map(([type, { schema }]) => [`${operationId} ${status} ${type}`, schema]),
    ),
  ]);
  // All of them as one, so that what they share is looked at once.
  const together = { type: 'object', properties: Object.fromEntries(schemas), $defs: document.components.schemas };
  const local = JSON.parse(JSON.stringify(together).replaceAll('#/components/schemas/', '#/$defs/'));

  expect(schemas.length).toBeGreaterThan(400);
  expect(() => assertSchema(local)).not.toThrow();
});

test('asks for a key wherever the API does, and names the required role', async () => {
  const document: Document = JSON.parse(openApiFile(manifests));
  const open = operationsOf(document).filter(({ security }) => security?.length === 0);

  expect(document.security).toEqual([{ api_key: [] }, { session: [] }]);
  expect(open.map(({ operationId }) => operationId).sort()).toEqual([
    'begin_connect_login',
    'create_session',
    'delete_session',
    'get_error_docs',
    'get_health',
    'get_metrics',
    'get_openapi',
    'get_readiness',
    'oauth_callback',
    'receive_incoming_webhook',
    'receive_test_event',
    'show_approval_page',
    'show_connect_page',
    'start_login',
    'submit_approval_page',
    'submit_connect_page',
  ]);
  expect(
    operationsOf(document)
      .filter((one) => !open.includes(one))
      .every((one) => one['x-required-role'] !== undefined),
  ).toBe(true);
});

test('takes what it says of a linked account with its authentication', () => {
  const document: Document = JSON.parse(openApiFile(manifests));
  const { schema } = document.paths['/v1/linked_accounts'].post.requestBody.content['application/json'];
  const check = compileSchema(schema);
  const m2m = { kind: 'oauth_m2m', host: 'h', client_id: 'c', client_secret: 's' };

  expect(check.validationErrors({ name: 'a' })).toEqual([]);
  expect(check.validationErrors({ name: 'a', authentication: m2m })).toEqual([]);
  expect(check.validationErrors({ name: 'a', authentication: { ...m2m, token: 't' } })).not.toEqual([]);
});

function operationsOf(document: Document): Document[] {
  return Object.values<Document>(document.paths).flatMap((methods) =>
    METHODS.flatMap((method) => methods[method] ?? []),
  );
}

function refsIn(value: Document): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [item as string] : refsIn(item)));
}
