import { expect, test } from 'vitest';
import type { JsonObject } from '../../../web/src/builder/document.ts';
import { maskSecrets } from '../../../web/src/builder/mask.ts';

const SCHEMA: JsonObject = {
  properties: {
    password: { type: 'string', writeOnly: true },
    path: { type: 'string', 'x-secret': 'path' },
    address: { type: 'string', 'x-secret': 'url' },
    more: { type: 'object', 'x-secret': 'query' },
    logins: { type: 'array', items: { $ref: '#/$defs/login' } },
    others: { $ref: '#/$defs/of~1all' },
  },
  $defs: {
    login: { properties: { token: { type: 'string', writeOnly: true } } },
    'of/all': { properties: { pin: { type: 'string', writeOnly: true } } },
  },
};

const step = (id: string, input: object) => ({ id, action: id, input });
const masked = (input: object, schema: JsonObject | undefined = SCHEMA) =>
  (maskSecrets({ steps: [step('one', input)] }, () => schema).steps as { input: object }[])[0]!.input;

test('what a schema or its name makes secret is hidden, in steps, branches, trigger and secrets', () => {
  const given = { password: 'p4ssword', note: 'kept' };
  const branch = { ...step('one', given), on_error: { steps: [step('two', given)] } };
  const document = { secrets: { key: 's3cret' }, trigger: { id: 'sync', input: given }, steps: [branch] };

  const text = JSON.stringify(maskSecrets(document, () => SCHEMA));

  expect(text).not.toMatch(/p4ssword|s3cret/);
  expect(text.match(/kept/g)).toHaveLength(3);
});

test('an expression says where a value is, and is kept; other texts of a list and a map are hidden', () => {
  expect(
    masked({ password: '{{ secrets.key }}', logins: [{ token: 'abc', user: 'me' }], more: { key: 'abc', n: 1 } }),
  ).toEqual({
    password: '{{ secrets.key }}',
    logins: [{ token: '[secret]', user: 'me' }],
    more: { key: '[secret]', n: 1 },
  });
});

test.each([
  ['/orders?limit=100&key=8f14e45fceea', '/orders?limit=100&key=[secret]'],
  ['/orders/{{ trigger.id }}?since={{ trigger.since }}', '/orders/{{ trigger.id }}?since={{ trigger.since }}'],
  ['https://me:pass@example.com/a', 'https://[secret]@example.com/a'],
  ['https://chat.example.com/hooks/T0/B0/a1b2c3d4e5f6a1b2c3d4e5f6', 'https://chat.example.com/hooks/T0/B0/[secret]'],
  ['https://example.com/orders', 'https://example.com/orders'],
])('%s is kept as %s', (address, kept) => {
  expect(masked({ address })).toEqual({ address: kept });
});

test('a reference is a JSON pointer, whose names are escaped', () => {
  expect(masked({ others: { pin: '1234' } })).toEqual({ others: { pin: '[secret]' } });
});

test('without a schema, headers, parameters and addresses are hidden by their names', () => {
  const input = { headers: { 'X-Key': 'abcdef' }, query: { key: 'abcdef' }, url: 'https://x.example?key=abcdef', n: 1 };
  const hidden = {
    headers: { 'X-Key': '[secret]' },
    query: { key: '[secret]' },
    url: 'https://x.example?key=[secret]',
    n: 1,
  };

  expect(maskSecrets({ steps: [step('one', input)] }, () => undefined).steps).toEqual([step('one', hidden)]);
});
