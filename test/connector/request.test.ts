import { describe, expect, test } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import type { RequestTemplate } from '../../connector/manifest.ts';
import { buildRequest, encodeForm, encodeQuery } from '../../connector/request.ts';

const get = (path: string, more: Partial<RequestTemplate> = {}): RequestTemplate => ({ method: 'GET', path, ...more });

function codeOf(action: () => unknown): { code: string; pointer: string | undefined } {
  try {
    action();
  } catch (error) {
    if (error instanceof ConnectorError) return { code: error.code, pointer: error.errors?.[0]?.pointer };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('path values', () => {
  test.each([
    ['a/b', 'a%2Fb'],
    ['a?b', 'a%3Fb'],
    ['a#b', 'a%23b'],
    ['a%2Fb', 'a%252Fb'],
    ['%2e%2e', '%252e%252e'],
    ['a b', 'a%20b'],
    ['größe', 'gr%C3%B6%C3%9Fe'],
    ['日本', '%E6%97%A5%E6%9C%AC'],
    ['../x', '..%2Fx'],
    ['a\\b', 'a%5Cb'],
    ['a\r\nb', 'a%0D%0Ab'],
    ['main.sales.orders', 'main.sales.orders'],
    ['...', '...'],
  ])('reach the service encoded: %j', (value, encoded) => {
    const { path } = buildRequest(get('/api/tables/{input.name}/exists'), { input: { name: value } });

    expect(path).toBe(`/api/tables/${encoded}/exists`);
    expect(new URL(path, 'https://host').pathname).toBe(path);
  });

  test.each(['.', '..', '', '\ud800'])('that would change the route are refused: %j', (value) => {
    const build = () => buildRequest(get('/api/tables/{input.name}'), { input: { name: value } });

    expect(codeOf(build)).toEqual({ code: 'ERR_INPUT_INVALID', pointer: '/name' });
  });

  test('that are missing are named', () => {
    expect(codeOf(() => buildRequest(get('/api/{input.name}'), { input: {} }))).toEqual({
      code: 'ERR_INPUT_INVALID',
      pointer: '/name',
    });
  });

  test('that an earlier answer should have brought are a fault of the answer', () => {
    expect(codeOf(() => buildRequest(get('/api/{start.id}'), { start: {} })).code).toBe('ERR_RESPONSE_INVALID');
  });

  test('keep a 64-bit id exact', () => {
    expect(buildRequest(get('/api/{input.id}'), { input: { id: 9007199254740993n } }).path).toBe(
      '/api/9007199254740993',
    );
  });

  test.each([
    ['/Volumes/main/v/a b.csv', '/Volumes/main/v/a%20b.csv'],
    ['Volumes/x?y/z#1', '/Volumes/x%3Fy/z%231'],
    ['/Volumes/dir/', '/Volumes/dir/'],
  ])('with a plus keep their slashes: %j', (value, encoded) => {
    const { path } = buildRequest(get('/api/2.0/fs/files/{+input.path}'), { input: { path: value } });

    expect(path).toBe(`/api/2.0/fs/files${encoded}`);
  });

  test.each(['/Volumes/../secrets', 'a//b', '/', './a', ''])('with a plus never leave their folder: %j', (value) => {
    const build = () => buildRequest(get('/api/2.0/fs/files/{+input.path}'), { input: { path: value } });

    expect(codeOf(build).code).toBe('ERR_INPUT_INVALID');
  });
});

describe('query', () => {
  test.each<[unknown, string]>([
    [{ a: 1, b: 'x y' }, 'a=1&b=x%20y'],
    [{ on: true, off: false }, 'on=true&off=false'],
    [{ zero: 0, empty: '' }, 'zero=0&empty='],
    [{ list: ['a', 'b&c'] }, 'list=a&list=b%26c'],
    [
      { filter_by: { range: { start: 5 }, states: ['A', 'B'] } },
      'filter_by.range.start=5&filter_by.states=A&filter_by.states=B',
    ],
    [{ none: null, missing: undefined, list: [] }, ''],
    [undefined, ''],
  ])('writes %j', (query, text) => {
    expect(encodeQuery(query)).toBe(text);
  });

  test('keeps a 64-bit id exact', () => {
    expect(encodeQuery({ id: 9007199254740993n })).toBe('id=9007199254740993');
  });

  test('sends every input that the path does not use when it is "*"', () => {
    const request = get('/api/{input.id}/items', { query: '*' });

    expect(buildRequest(request, { input: { id: 'a', size: 2, all: false } }).path).toBe(
      '/api/a/items?size=2&all=false',
    );
  });
});

describe('body', () => {
  const post = (body: RequestTemplate['body']): RequestTemplate => ({
    method: 'POST',
    path: '/api/{input.id}',
    body: body as never,
  });

  test('sends every input that the path does not use when it is "*"', () => {
    const built = buildRequest(post('*'), {
      input: { id: 'a', off: false, zero: 0, empty: '', list: [], nothing: null },
    });

    expect(built.body).toBe('{"off":false,"zero":0,"empty":"","list":[],"nothing":null}');
    expect(built.headers['content-type']).toBe('application/json');
  });

  test('sends an empty object rather than nothing', () => {
    expect(buildRequest(post('*'), { input: { id: 'a' } }).body).toBe('{}');
  });

  test('writes a 64-bit id as an exact number', () => {
    const built = buildRequest(post({ job_id: '$input.job' }), { input: { id: 'a', job: 9007199254740993n } });

    expect(built.body).toBe('{"job_id":9007199254740993}');
  });

  test('is not there when the manifest has none', () => {
    const built = buildRequest(get('/api/x'), {});

    expect(built).toEqual({
      method: 'GET',
      path: '/api/x',
      headers: { accept: 'application/json' },
      timeoutMs: 60_000,
    });
  });
});

test('headers of the manifest are sent in lower case', () => {
  const built = buildRequest(get('/x', { headers: { 'X-Thing': '$input.thing', 'X-None': '$input.none' } }), {
    input: { thing: 5 },
  });

  expect(built.headers).toEqual({ accept: 'application/json', 'x-thing': '5' });
});

test('a form has lists and objects as JSON, and nothing for what is missing', () => {
  const body = {
    text: 'a b&ü=',
    blocks: [{ type: 'divider' }],
    id: 9007199254740993n,
    off: false,
    none: null,
    no: undefined,
  };

  expect(encodeForm(body)).toBe(
    'text=a%20b%26%C3%BC%3D&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D&id=9007199254740993&off=false',
  );
  expect(buildRequest({ method: 'POST', path: '/x', body: '*', body_type: 'form' }, { input: { a: 1 } })).toMatchObject(
    {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1',
    },
  );
});
