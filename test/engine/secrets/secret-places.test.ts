import { expect, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { headerPlaces, queryPlaces, secretPlaces } from '../../../engine/secrets/secret-places.ts';

const secret = { type: 'string', writeOnly: true };

test.each<[string, JsonObject, unknown, string[]]>([
  ['at the top', { properties: { a: secret, b: { type: 'string' } } }, { a: 'x', b: 'y' }, ['/a']],
  ['four levels down', nest(4, secret), { o: { o: { o: { o: 'x' } } } }, ['/o/o/o/o']],
  [
    'in a list',
    { properties: { l: { items: { properties: { p: secret } } } } },
    { l: [{ p: 'x' }, { p: 'y' }] },
    ['/l/0/p', '/l/1/p'],
  ],
  [
    'in a tuple',
    { properties: { l: { prefixItems: [{}, secret], items: secret } } },
    { l: ['a', 'b', 'c'] },
    ['/l/1', '/l/2'],
  ],
  [
    'in a map',
    { properties: { m: { additionalProperties: { properties: { p: secret } } } } },
    { m: { k: { p: 'x' } } },
    ['/m/k/p'],
  ],
  ['by a pattern', { patternProperties: { '^pw_': secret } }, { pw_a: 'x', other: 'y' }, ['/pw_a']],
  [
    'in an alternative',
    { properties: { a: { oneOf: [{ properties: { k: { type: 'string' } } }, { properties: { p: secret } }] } } },
    { a: { p: 'x' } },
    ['/a/p'],
  ],
  [
    'in allOf and anyOf',
    { allOf: [{ properties: { a: secret } }], anyOf: [{ properties: { b: secret } }] },
    { a: 'x', b: 'y' },
    ['/a', '/b'],
  ],
  ['under then', { if: { required: ['a'] }, then: { properties: { a: secret } } }, { a: 'x' }, ['/a']],
  [
    'by reference',
    { $defs: { auth: { properties: { p: secret } } }, properties: { a: { $ref: '#/$defs/auth' } } },
    { a: { p: 'x' } },
    ['/a/p'],
  ],
  [
    'as a reference with a mark',
    { $defs: { t: { type: 'string' } }, properties: { a: { $ref: '#/$defs/t', writeOnly: true } } },
    { a: 'x' },
    ['/a'],
  ],
  [
    'in a circle of references',
    { $defs: { n: { properties: { p: secret, next: { $ref: '#/$defs/n' } } } }, $ref: '#/$defs/n' },
    { next: { next: { p: 'x' } } },
    ['/next/next/p'],
  ],
  ['that is an object', { properties: { a: { type: 'object', writeOnly: true } } }, { a: { b: 1 } }, ['/a']],
  ['with names to be escaped', { additionalProperties: secret }, { 'a/b~c': 'x' }, ['/a~1b~0c']],
  ['nowhere, in a value of another form', { properties: { a: { properties: { p: secret } } } }, { a: 'text' }, []],
])('finds a secret %s', (_where, schema, value, expected) => {
  expect([...secretPlaces(schema, value).keys()]).toEqual(expected);
});

test('leaves a template that only says where its value comes from, and takes one that holds a text', () => {
  const schema = { properties: { a: secret, b: secret, c: secret } };

  const places = secretPlaces(schema, {
    a: '{{ secrets.a }}',
    b: '{{ "sk_live" & variables.b }}',
    c: 'sk {{ variables.c }}',
  });

  expect([...places.keys()]).toEqual(['/b', '/c']);
});

test('takes headers and parameters whose names are not known to be plain', () => {
  const headers = {
    Authorization: 'Bearer dapi123456',
    'x-api-key': 'k-123456789',
    'x-gitlab-token': 'glpat-1',
    Cookie: 'a=b',
    'Content-Type': 'text/csv',
    'x-request-id': 'r1',
  };

  const places = headerPlaces(headers, ['headers']);
  const query = queryPlaces({ key: 'AIza0123456789abcdef', access_token: 't0ken-123', limit: 10, page_token: 'x' }, []);

  expect([...places.keys()]).toEqual([
    '/headers/Authorization',
    '/headers/x-api-key',
    '/headers/x-gitlab-token',
    '/headers/Cookie',
  ]);
  expect(places.get('/headers/Authorization')!.credentials).toEqual(['Bearer dapi123456', 'dapi123456']);
  expect([...query.keys()]).toEqual(['/key', '/access_token']);
});

test.each([
  ['https://example.com/hook?key=abc123&limit=5', 'https://example.com/hook?key=[secret]&limit=5'],
  ['https://example.com/hook?limit=5', undefined],
  [
    'https://hooks.slack.com/services/T00000000/B00000000/XyZ012345678901234567890',
    'https://hooks.slack.com/services/T00000000/B00000000/[secret]',
  ],
  ['https://user:pass-word@example.com/', 'https://[secret]@example.com/'],
  ['https://example.com/?a%74oken=x&sig=ab%2Bcd', 'https://example.com/?a%74oken=[secret]&sig=[secret]'],
  ['https://example.com/?token={{ secrets.token }}', undefined],
  ['https://example.com/#access_token=abc', 'https://example.com/#[secret]'],
])('shows the URL %s without its secrets', (url, shown) => {
  const places = secretPlaces({ properties: { url: { type: 'string', 'x-secret': 'url' } } }, { url });

  expect(places.get('/url')?.shown).toBe(shown);
});

function nest(depth: number, schema: JsonObject): JsonObject {
  return depth === 0 ? schema : { properties: { o: nest(depth - 1, schema) } };
}
