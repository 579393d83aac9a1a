import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { manifestErrors, manifestFolder } from './manifest-folder.ts';

const connector: JsonObject = {
  id: 'shop',
  version: 1,
  title: 'Shop',
  connection: { type: 'object', additionalProperties: false, properties: {} },
  auth: [],
};

function action(name: string, parts: { input?: JsonObject; output?: JsonObject }): JsonObject {
  return {
    id: `shop.${name}`,
    version: 1,
    title: 'Send Order',
    group: 'Orders',
    description: 'Sends an order.',
    effect: 'once',
    input: { type: 'object', additionalProperties: false, properties: {}, ...parts.input },
    request: { method: 'POST', path: '/orders', body: '*' },
    output: { type: 'object', ...parts.output },
    examples: [{ title: 'One', input: {}, output: {} }],
  };
}

const address: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    city: { title: 'City', type: 'string' },
    country: { title: 'Country', $ref: 'country.json' },
  },
};
const country: JsonObject = { type: 'string', enum: ['AT', 'DE'] };
const part: JsonObject = {
  type: 'object',
  properties: { id: { type: 'string', format: 'int64' }, parts: { type: 'array', items: { $ref: 'part.json' } } },
};

function shop(files: { [path: string]: unknown }): { [path: string]: unknown } {
  const to = { title: 'To', $ref: '../schemas/address.json' };
  return {
    'shop/connector.json': connector,
    'shop/actions/send.json': action('send', { input: { properties: { to } } }),
    'shop/schemas/address.json': address,
    'shop/schemas/country.json': country,
    ...files,
  };
}

test('puts a shared schema, and what it refers to, into each schema that refers to it', async () => {
  const { actions } = await loadManifests(await manifestFolder(shop({})), { checks: 'all' });

  const { input } = actions.get('shop.send')!;

  expect(input.schema.$defs).toEqual({
    address: {
      ...address,
      properties: { city: { title: 'City', type: 'string' }, country: { title: 'Country', $ref: '#/$defs/country' } },
    },
    country,
  });
  expect(input.validationErrors({ to: { city: 'Graz', country: 'AT' } })).toEqual([]);
  expect(input.validationErrors({ to: { country: 'XX' } })).toMatchObject([{ pointer: '/to/country' }]);
});

test('puts a shared schema in place at the root, which may refer to itself', async () => {
  const files = shop({
    'shop/actions/show.json': action('show', { output: { $ref: '../schemas/part.json' } }),
    'shop/schemas/part.json': part,
  });

  const { output } = (await loadManifests(await manifestFolder(files), { checks: 'all' })).actions.get('shop.show')!;

  expect(output.schema.$ref).toBeUndefined();
  expect(output.schema.properties).toMatchObject({ id: { format: 'int64' } });
  expect(output.toEdge({ id: 5, parts: [{ id: 6 }] }).value).toEqual({ id: '5', parts: [{ id: '6' }] });
});

describe('refuses', () => {
  test.each<[what: string, files: { [path: string]: unknown }, expected: string]>([
    [
      'a misspelled name',
      {
        'shop/actions/send.json': action('send', {
          input: { properties: { to: { title: 'To', $ref: '../schemas/adress.json' } } },
        }),
      },
      'shop/actions/send.json#/input/properties/to/$ref: leads nowhere: "../schemas/adress.json"; a schema refers to another as "../schemas/NAME.json" or "#/$defs/NAME"; did you mean "../schemas/address.json"?',
    ],
    [
      'a file outside of the folder',
      {
        'shop/actions/send.json': action('send', {
          input: { properties: { to: { title: 'To', $ref: '../../../etc/passwd' } } },
        }),
      },
      'shop/actions/send.json#/input/properties/to/$ref: leads nowhere: "../../../etc/passwd"',
    ],
    [
      'a shared schema that refers into the manifests that use it',
      { 'shop/schemas/country.json': { $ref: '#/$defs/x' } },
      'shop/schemas/country.json#/$ref: leads nowhere: "#/$defs/x"; a schema refers to another as "NAME.json"; add the file',
    ],
    [
      'a shared schema that nothing uses',
      { 'shop/schemas/part.json': part },
      'shop/schemas/part.json#: is used by no manifest; remove the file, or refer to it',
    ],
    [
      'a shared schema that is no object',
      { 'shop/schemas/country.json': ['AT'] },
      'shop/schemas/country.json#: must be',
    ],
    ['a shared schema that is no JSON', { 'shop/schemas/country.json': '{' }, 'shop/schemas/country.json#: cannot be'],
    [
      'two schemas of one name',
      {
        'shop/actions/send.json': action('send', {
          input: {
            properties: { to: { title: 'To', $ref: '../schemas/address.json' } },
            $defs: { country: { title: 'Country', type: 'string' } },
          },
        }),
      },
      'shop/actions/send.json#/input/$defs: has "country", and schemas/country.json is used here too',
    ],
  ])('%s', async (_what, files, expected) => {
    expect((await manifestErrors(shop(files))).join('\n')).toContain(expected);
  });

  test('an error in a shared schema once, at its file, however many use it', async () => {
    const again = action('again', { input: { properties: { to: { title: 'To', $ref: '../schemas/address.json' } } } });
    const files = shop({
      'shop/actions/again.json': again,
      'shop/schemas/country.json': { ...country, titel: 'Country' },
    });

    const errors = await manifestErrors(files);

    expect(errors).toEqual([expect.stringMatching(/^shop\/schemas\/country\.json#\/titel: /)]);
  });

  test('a shared schema that is right in an output, and has no titles for an input', async () => {
    const one: JsonObject = { type: 'object', properties: { one: { $ref: '../schemas/part.json' } } };
    const input: JsonObject = { properties: { one: { title: 'One', $ref: '../schemas/part.json' } } };
    const files = shop({
      'shop/actions/again.json': action('again', { output: one }),
      'shop/actions/show.json': action('show', { input, output: one }),
      'shop/schemas/part.json': part,
    });

    expect(await manifestErrors(files)).toEqual([
      expect.stringMatching(/^shop\/schemas\/part\.json#\/properties\/id\/title: .* is required/),
      expect.stringMatching(/^shop\/schemas\/part\.json#\/properties\/parts\/title: .* is required/),
    ]);
  });

  test('what a manifest has of its own beside a shared schema', async () => {
    const own = { country: { titel: 'Country', type: 'string' } };
    const to = { title: 'To', $ref: '../schemas/address.json' };
    const files = shop({
      'shop/actions/ship.json': action('ship', {
        input: { properties: { to, from: { title: 'From', $ref: '#/$defs/own' } }, $defs: { own: own.country } },
      }),
    });

    expect(await manifestErrors(files)).toEqual([
      expect.stringMatching(/^shop\/actions\/ship\.json#\/input\/\$defs\/own\/titel: /),
    ]);
  });
});

test('every shared schema of the shipped manifests is used by two files at least', async () => {
  const root = fileURLToPath(new URL('../../manifests/', import.meta.url));
  const files = (await readdir(root, { recursive: true })).filter((path) =>
    /\/(actions|triggers|schemas)\//.test(path),
  );
  const texts = await Promise.all(files.map((path) => readFile(root + path, 'utf8')));
  const shared = files.filter((path) => path.includes('/schemas/')).map((path) => path.split('/').at(-1)!);

  expect(shared.length).toBeGreaterThan(50);
  expect(shared.filter((name) => texts.filter((text) => new RegExp(`["/]${name}"`).test(text)).length < 2)).toEqual([]);
});
