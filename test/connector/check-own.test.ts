import { expect, test } from 'vitest';
import { checkOwnSource } from '../../connector/check-own.ts';
import { type Files, helpdeskFiles, pingFiles } from '../api/own-connector-files.ts';

const META_SCHEMAS = new URL('../../manifests/schema/', import.meta.url);

test.each<[string, (files: Files) => void, string, RegExp]>([
  [
    'a pattern that is not bound to a place',
    (f) => set(f['actions/ping.json'].output.properties.said, 'pattern', '[a-z]+x'),
    'pinger/actions/ping.json#/output/properties/said/pattern',
    /begin it with/,
  ],
  [
    'a keyword that is none',
    (f) => set(f['actions/ping.json'], 'effekt', 'safe'),
    'pinger/actions/ping.json#/effekt',
    /./,
  ],
  [
    'an example that does not fit',
    (f) => set(f['actions/ping.json'].examples[0], 'output', { said: 5 }),
    'pinger/actions/ping.json#/examples/0/output/said',
    /must be text/,
  ],
  [
    'a schema with thousands of parts',
    (f) =>
      set(
        f['actions/ping.json'].output,
        'properties',
        Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`f${i}`, { title: 'F', type: 'string' }])),
      ),
    'pinger/actions/ping.json#/output',
    /parts/,
  ],
  [
    'a field with very many choices',
    (f) => set(f['actions/ping.json'].output.properties.said, 'enum', Array(200_000).fill('pong')),
    'pinger/actions/ping.json#/output',
    /parts/,
  ],
  [
    'a schema that is nested very deep',
    (f) => {
      let deep: object = { title: 'D', type: 'string' };
      for (let level = 0; level < 100; level += 1) deep = { title: 'D', type: 'array', items: deep };
      set(f['actions/ping.json'].output.properties, 'deep', deep);
    },
    'pinger/actions/ping.json#/output',
    /at most 50 are allowed/,
  ],
  [
    'a wait that asks all the time',
    (f) => {
      const request = { method: 'GET', path: '/ping' };
      const conditions = { success: { said: ['pong'] }, failure: { said: ['no'] } };
      f['actions/ping.json'].await = { request, ...conditions, timeout_seconds: 60, interval_seconds: [0.01, 1] };
    },
    'pinger/actions/ping.json#/await/interval_seconds/0',
    /at least 1 s/,
  ],
  [
    'a trigger that polls each second',
    (f) => {
      f['triggers/new.json'] = {
        ...helpdeskFiles()['triggers/new_ticket.json'],
        id: 'pinger.new',
        output: { type: 'object' },
        every_seconds: 1,
      };
    },
    'pinger/triggers/new.json#/every_seconds',
    /at least 5/,
  ],
  ['a default', (f) => set(f['connector.json'], 'default', true), 'pinger/connector.json#/default', /take it out/],
  [
    'a regular expression that is not linear',
    (f) => set(f['connector.json'].base_urls.api, 'hosts', '([a-z]+)+\\.example'),
    'pinger/connector.json#/base_urls/api/hosts',
    /exponential/,
  ],
  [
    'a reference out of the document',
    (f) => set(f['actions/ping.json'].output.properties, 'x', { title: 'X', $ref: 'https://example.com/x.json' }),
    'pinger/actions/ping.json#/output/properties/x/$ref',
    /leads nowhere/,
  ],
  [
    'a schema that contains itself',
    (f) => {
      const tree = { type: 'object', properties: { inner: { title: 'Inner', $ref: '#/$defs/tree' } } };
      f['actions/ping.json'].output = {
        type: 'object',
        $defs: { tree },
        properties: { tree: { title: 'T', $ref: '#/$defs/tree' } },
      };
    },
    'pinger/actions/ping.json#/output/$defs/tree',
    /contains itself/,
  ],
  [
    'references that multiply',
    (f) => {
      const defs = Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [
          `d${i}`,
          { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
        ]),
      );
      f['actions/ping.json'].output = {
        type: 'object',
        $defs: { ...defs, d30: { type: 'string' } },
        properties: { x: { title: 'X', $ref: '#/$defs/d0' } },
      };
    },
    'pinger/actions/ping.json#/output',
    /once its references are followed/,
  ],
  [
    'code of a service',
    (f) => set(f['actions/ping.json'], 'shape', 'rows'),
    'pinger/actions/ping.json#/shape',
    /names no function/,
  ],
  [
    'an action of another connector',
    (f) => {
      f['triggers/new.json'] = {
        ...helpdeskFiles()['triggers/new_ticket.json'],
        id: 'pinger.new',
        output: { type: 'object' },
        source: { reader: 'listing', action: 'github.list_repository_issues', input: {} },
      };
    },
    'pinger/triggers/new.json#/source/action',
    /names no action/,
  ],
  [
    'an address without HTTPS',
    (f) => set(f['connector.json'].base_urls.api, 'url', 'http://x.example'),
    'pinger/connector.json#/base_urls/api/url',
    /./,
  ],
])('refuses %s', async (_, change, pointer, message) => {
  const files = pingFiles();
  change(files);

  const found = await check(files);

  expect(found).toEqual(
    expect.arrayContaining([expect.objectContaining({ pointer, message: expect.stringMatching(message) })]),
  );
});

test('accepts the connector of the guide, and one with a login by OAuth client credentials', async () => {
  const oauth = pingFiles();
  const fields = {
    client_id: { title: 'Client', type: 'string' },
    client_secret: { title: 'Secret', type: 'string', writeOnly: true },
  };
  oauth['connector.json'].auth.push({
    id: 'oauth',
    title: 'OAuth',
    kind: 'oauth2',
    grant: 'client_credentials',
    token_url: 'https://auth.pinger.example/token',
    fields: {
      type: 'object',
      required: ['client_id', 'client_secret'],
      additionalProperties: false,
      properties: fields,
    },
  });

  expect(await check(helpdeskFiles())).toEqual([]);
  expect(await check(oauth)).toEqual([]);
});

function check(files: Files) {
  const source = { id: files['connector.json'].id, files: new Map(Object.entries(files)), icons: new Map() };
  return checkOwnSource(source, META_SCHEMAS);
}

function set(target: Record<string, unknown>, name: string, value: unknown): void {
  target[name] = value;
}
