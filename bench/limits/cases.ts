import type { Case } from './growth.ts';
import type { Ask } from './target.ts';

/** A case of one request. */
function asking(name: string, size: number, ask: (size: number) => Ask): Case {
  return { name, size, run: (target, of) => target.send(ask(of)) };
}

function run(input: unknown, action = 'databricks.execute_statement'): Ask {
  return { method: 'POST', path: '/v1/runs', body: { action, input } };
}

function json(path: string, body: unknown, method = 'POST'): Ask {
  return { method, path, body };
}

function workflow(input: unknown): Ask {
  const steps = [{ id: 'a', action: 'core.webhook', input }];
  return json('/v1/workflows', { name: 'limits', trigger: { id: 'core.manual' }, steps });
}

const MEGABYTE = 1_000_000;

/** What the API refuses or takes, in sizes that double. */
export const CASES: readonly Case[] = [
  asking('an unknown field with a long name', MEGABYTE, (size) => run({ ['x'.repeat(size)]: 1 })),
  asking('many unknown fields', 50_000, (size) =>
    run(Object.fromEntries(Array.from({ length: size }, (_, index) => [`field_${index}`, 1]))),
  ),
  asking('an unknown action with a long name', MEGABYTE, (size) =>
    run({}, 'databricks.execute_statement'.repeat(size / 25)),
  ),
  asking('an unknown trigger with a long name', MEGABYTE / 5, (size) =>
    json('/v1/workflows', { name: 'x', trigger: { id: 'core.manual'.repeat(size / 11) }, steps: [] }),
  ),
  asking('many wrong items', 200_000, (size) =>
    run({ statement: 'x', warehouse_id: 'a', parameters: new Array(size).fill(1) }),
  ),
  asking('many items that lack a field', 100_000, (size) =>
    run({ statement: 'x', warehouse_id: 'a', parameters: new Array(size).fill({}) }),
  ),
  asking('a list without repetition of unlike things', 20_000, (size) =>
    run(
      { table: 'a.b.c', rows: [{}], keys: Array.from({ length: size }, (_, id) => ({ id })) },
      'databricks.upsert_rows',
    ),
  ),
  asking('a number of many digits', MEGABYTE, (size) => ({
    method: 'POST',
    path: '/v1/runs',
    body: `{"action":"x","input":{"a":${'9'.repeat(size)}}}`,
  })),
  asking('many numbers of twenty digits', 20_000, (size) => ({
    method: 'POST',
    path: '/v1/runs',
    body: `{"action":"x","input":{"a":[${new Array(size).fill('12345678901234567890').join(',')}]}}`,
  })),
  asking('deep lists', MEGABYTE, (size) => ({ method: 'POST', path: '/v1/runs', body: '['.repeat(size) })),
  asking('text of escapes', MEGABYTE, (size) => ({
    method: 'POST',
    path: '/v1/runs',
    body: `{"action":"${'\\u0041'.repeat(size / 2)}"}`,
  })),
  asking('text that does not end', MEGABYTE, (size) => ({
    method: 'POST',
    path: '/v1/runs',
    body: `{"action":"${'\\"'.repeat(size)}`,
  })),
  asking('JSON that breaks off', MEGABYTE, (size) => ({
    method: 'POST',
    path: '/v1/runs',
    body: `{"a":[${'{"b":1},\n'.repeat(size / 20)}`,
  })),
  asking('spaces', MEGABYTE, (size) => ({ method: 'POST', path: '/v1/runs', body: `{"a"${' '.repeat(size)}` })),
  asking('braces of expressions', 50_000, (size) => workflow({ url: '{{'.repeat(size) })),
  asking('an expression with many parts', 20_000, (size) => workflow({ url: `{{ ${'1+'.repeat(size)}1 }}` })),
  asking('an expression with deep brackets', 20_000, (size) => workflow({ url: `{{ ${'('.repeat(size)} }}` })),
  asking('many expressions', 2000, (size) => workflow({ url: '{{ trigger.a }}'.repeat(size) })),
  asking('many steps', 250, (size) =>
    json('/v1/workflows', {
      name: 'limits',
      trigger: { id: 'core.manual' },
      steps: Array.from({ length: size }, (_, index) => ({
        id: `s${index}`,
        action: `core.webhok${index}`,
        input: {},
      })),
    }),
  ),
  asking('a long part of the path', 1500, (size) => ({ method: 'GET', path: `/v1/actions/${'a'.repeat(size)}` })),
  asking('a long unknown path', 2000, (size) => ({ method: 'GET', path: `/${'a/'.repeat(size)}` })),
  asking('a long query', 3000, (size) => ({ method: 'GET', path: `/v1/runs?${'a&'.repeat(size)}` })),
  asking('a long cursor', 3000, (size) => ({ method: 'GET', path: `/v1/runs?cursor=${'a'.repeat(size)}` })),
  asking('a form for a link that is none', MEGABYTE, (size) => ({
    method: 'POST',
    path: '/connect/none',
    body: 'a='.repeat(size),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })),
  asking('a webhook for a URL that is none', MEGABYTE, (size) => json('/hooks/none', 'a='.repeat(size))),
  pageCase('a page of elements that do not end', '<pre'),
  pageCase('a page of tags that do not end', '<pre><'),
  pageCase('a page of spaces', '<pre>  '),
];

/** A workspace refuses credentials with a page; the API reads it when it tests them. */
function pageCase(name: string, part: string): Case {
  return {
    name,
    size: 100_000,
    async run(target, size) {
      target.setPage(part.repeat(size / part.length));
      const authentication = { name: 'x', kind: 'pat', host: target.workspace, token: 'dapi' };
      return target.send(json('/v1/linked_accounts', { name: 'pages', connector: 'databricks', authentication }));
    },
  };
}
