import { describe, expect, test } from 'vitest';
import { parseJson } from '../../connector/json.ts';
import type { Action } from '../../connector/manifest.ts';
import { buildRequest } from '../../connector/request.ts';
import { shippedManifests } from '../shipped-manifests.ts';
import restFields from './rest-fields.json' with { type: 'json' };
import { BIG_ID, ODD_TEXT, sample, type Variant } from './sample.ts';

interface Rest {
  method: string;
  path: string;
  in_path: string[];
  query: string[];
  body: string[];
}

const manifests = await shippedManifests();
const RUN = { id: 'run_1', token: 'token-1' };
/** Their rules want either the operations or the other fields. */
const EITHER_OR: { [id: string]: string } = {
  'databricks.update_user': 'Operations',
  'databricks.update_group': 'Operations',
};

const actions = Object.entries(restFields as { [id: string]: Rest })
  .map(([id, rest]) => ({ id, rest, action: manifests.actions.get(id)! }))
  .filter(({ action }) => action.manifest.request !== undefined);

function requestOf(action: Action, given: object) {
  const input = action.input.toWire(action.input.check(given, action.id));
  const built = buildRequest(action.manifest.request!, { input, run: RUN, account: {} });
  const url = new URL(built.path, 'https://workspace.test');
  return { ...built, url, json: built.body === undefined ? undefined : parseJson(String(built.body)) };
}

function fullInput(action: Action, variant: Variant) {
  const input = sample(action.manifest.input, variant, [EITHER_OR[action.id] ?? '']);
  if (action.id === 'databricks.execute_statement') Object.assign(input, { disposition: 'EXTERNAL_LINKS' });
  if (action.id === 'databricks.list_runs') Object.assign(input, { completed_only: false });
  return input;
}

/** `9007199254740993` where the input says the id as text. */
function onWire(value: unknown): unknown {
  if (value === BIG_ID) return BigInt(BIG_ID);
  if (Array.isArray(value)) return value.map(onWire);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, onWire(item)]));
}

const topLevel = (fields: string[]) =>
  fields.filter((field) => !/[.[]/.test(field)).map((field) => field.replace(/:.*/, ''));

describe.each(actions)('$id', ({ action, rest }) => {
  const input = fullInput(action, 'full');
  const sent = requestOf(action, input);

  test('calls its method and path, with every path value encoded as one segment', () => {
    const path = rest.path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(String(input[name])));

    expect(`${sent.method} ${sent.url.pathname}`).toBe(`${rest.method} ${path.replaceAll("'", '%27')}`);
  });

  test('sends every query field', () => {
    const expected = topLevel(rest.query).flatMap((name) => pairs(name, input[name]));

    expect([...sent.url.searchParams].sort()).toEqual(expected.sort());
  });

  test('sends every body field under its REST name, ids as exact numbers', () => {
    const fields = topLevel(rest.body);
    const patch = EITHER_OR[action.id];
    const given = Object.fromEntries(fields.filter((name) => name in input).map((name) => [name, onWire(input[name])]));
    const { schemas, ...attributes } = given;

    const expected = patch === undefined ? given : { schemas, Operations: [{ op: 'replace', value: attributes }] };
    expect(sent.json).toEqual(rest.body.length === 0 && rest.method !== 'POST' ? undefined : expected);
  });

  test('sends false, 0, empty texts and empty lists', () => {
    const bare = fullInput(action, 'empty');
    for (const name of topLevel(rest.in_path)) if (bare[name] === '') bare[name] = 'x';

    const json = requestOf(action, bare).json as { [name: string]: unknown } | undefined;

    if (EITHER_OR[action.id] !== undefined || json === undefined) return;
    const wire = action.input.toWire(bare) as { [name: string]: unknown };
    for (const name of topLevel(rest.body)) expect(json[name], name).toEqual(wire[name]);
  });
});

function pairs(name: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => pairs(name, item));
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([key, item]) => pairs(`${name}.${key}`, item));
  return [[name, String(value)]];
}

test('a name with slashes, quotes and spaces stays one segment', () => {
  const { path } = requestOf(manifests.actions.get('databricks.retrieve_table')!, { full_name: ODD_TEXT });

  expect(path).toBe(`/api/2.1/unity-catalog/tables/${encodeURIComponent(ODD_TEXT)}`);
});

test.each(['.', '..', ''])('a path value %j is refused, because it would change the route', (full_name) => {
  const action = manifests.actions.get('databricks.retrieve_table')!;

  expect(() => requestOf(action, { full_name })).toThrow(/must not be/);
});

describe('an idempotency token', () => {
  const action = manifests.actions.get('databricks.run_job')!;

  test('is the launch’s own when none is given', () => {
    expect(requestOf(action, { job_id: BIG_ID }).json).toEqual({
      job_id: BigInt(BIG_ID),
      idempotency_token: RUN.token,
    });
  });

  test('is the given one otherwise', () => {
    expect(requestOf(action, { job_id: 5, idempotency_token: 'mine' }).json).toEqual({
      job_id: 5,
      idempotency_token: 'mine',
    });
  });
});

test('a statement holds no request open, and is marked with its run, unless the input says otherwise', () => {
  const action = manifests.actions.get('databricks.execute_statement')!;
  const least = { warehouse_id: 'w', statement: 'SELECT 1' };

  expect(requestOf(action, least).json).toEqual({
    ...least,
    wait_timeout: '0s',
    query_tags: [{ key: 'penstock_run', value: 'run_1' }],
  });
  expect(requestOf(action, { ...least, wait_timeout: '10s', query_tags: [] }).json).toEqual({
    ...least,
    wait_timeout: '10s',
    query_tags: [],
  });
});
