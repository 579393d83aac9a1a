import { describe, expect, test } from 'vitest';
import { ownPath, pageRequest, readPages } from '../../actions/pages.ts';
import type { PagesManifest, RequestTemplate } from '../../connector/manifest.ts';
import type { BuiltRequest } from '../../connector/request.ts';
import { requestUrl } from '../../connector/request-url.ts';
import { actionFrom } from './harness.ts';

const BASE = 'https://own.example';
const LIST: RequestTemplate = { method: 'GET', path: '/api/list', query: { filter: '$input.filter' } };

/** Reads a list from a service that answers with these bodies, one after the other; gives what was asked as well. */
async function read(
  pages: PagesManifest,
  bodies: unknown[],
  input: object = {},
  request: RequestTemplate = LIST,
  links: (string | undefined)[] = [],
) {
  const action = actionFrom({ request, pages });
  const scopes = { input };
  const asked: string[] = [];
  const note = (built: BuiltRequest) =>
    asked.push(
      built.body === undefined
        ? `${built.method} ${requestUrl(BASE, built).slice(BASE.length)}`
        : `${built.path} ${built.body}`,
    );
  note(pageRequest(action, scopes, { count: 0 }));
  const rest = bodies.slice(1);
  const headers = (page: number) => ({ link: links[page] });
  const result = await readPages(action, scopes, { body: bodies[0], headers: headers(0) }, async (built) => {
    note(built);
    if (rest.length === 0) throw new Error('a page was asked for that is not there');
    const page = bodies.length - rest.length;
    return { status: 200, headers: headers(page), body: rest.shift() };
  });
  expect(rest).toEqual([]);
  return { ...result, asked };
}

const token: PagesManifest = {
  style: 'token',
  items: 'things',
  next: 'next_page_token',
  param: 'page_token',
  size_param: 'max_results',
  size: 2,
  limit: '$input.max_items',
  manual: ['page_token', 'max_results'],
};

describe('a token list', () => {
  test('is followed over empty pages to its end', async () => {
    const bodies = [
      { things: [1, 2], next_page_token: 'a' },
      { next_page_token: 'b' },
      { things: [], next_page_token: '$c' },
      { things: [3] },
    ];

    const { items, pages, asked, last } = await read(token, bodies, { filter: 'x', max_items: 10 });

    expect(items).toEqual([1, 2, 3]);
    expect(pages).toEqual({ more: false, count: 3 });
    expect(last).toEqual({ things: [3] });
    expect(asked).toEqual([
      'GET /api/list?filter=x&max_results=2',
      'GET /api/list?filter=x&page_token=a&max_results=2',
      'GET /api/list?filter=x&page_token=b&max_results=2',
      'GET /api/list?filter=x&page_token=%24c&max_results=2',
    ]);
  });

  test('ends at an empty token', async () => {
    expect((await read(token, [{ things: [1], next_page_token: '' }])).pages).toEqual({ more: false, count: 1 });
  });

  test('stops at the limit and says where to continue', async () => {
    const { items, pages, asked } = await read(
      token,
      [
        { things: [1, 2], next_page_token: 'a' },
        { things: [3], next_page_token: 'b' },
      ],
      { max_items: 3 },
    );

    expect(items).toEqual([1, 2, 3]);
    expect(pages).toEqual({ more: true, count: 3, next: 'b' });
    expect(asked[1]).toContain('max_results=1');
  });

  test('that ends exactly at the limit has no more', async () => {
    expect((await read(token, [{ things: [1, 2] }], { max_items: 2 })).pages).toEqual({ more: false, count: 2 });
  });

  test('is cut when the service gives more than was asked for', async () => {
    const { items, pages } = await read(token, [{ things: [1, 2, 3], next_page_token: 'a' }], { max_items: 2 });

    expect(items).toEqual([1, 2]);
    expect(pages).toEqual({ more: true, count: 2 });
  });

  test('manual paging reads one page, asked for as the input says', async () => {
    const request: RequestTemplate = {
      ...LIST,
      query: { page_token: '$input.page_token', max_results: '$input.max_results' },
    };

    const { items, pages, asked } = await read(
      token,
      [{ things: [4], next_page_token: 'z' }],
      { max_results: 0, max_items: 100 },
      request,
    );

    expect(items).toEqual([4]);
    expect(pages).toEqual({ more: true, count: 1, next: 'z' });
    expect(asked).toEqual(['GET /api/list?max_results=0']);
  });

  test('of a POST carries its place in the body', async () => {
    const request: RequestTemplate = { method: 'POST', path: '/api/list', body: { filter: '$input.filter' } };

    const { asked } = await read(token, [{ things: [1], next_page_token: 'a' }, {}], { filter: 'x' }, request);

    expect(asked[1]).toBe('/api/list {"filter":"x","page_token":"a","max_results":2}');
  });

  test('that names the same page again is an error, not a loop', async () => {
    const bodies = [
      { things: [1], next_page_token: 'a' },
      { things: [2], next_page_token: 'a' },
    ];

    await expect(read(token, bodies)).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
  });

  test('whose items are no list is an error', async () => {
    await expect(read(token, [{ things: { a: 1 } }])).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
  });
});

describe('an offset list', () => {
  const offset: PagesManifest = {
    style: 'offset',
    items: 'Resources',
    param: 'startIndex',
    size_param: 'count',
    size: 2,
    start: 1,
    total: 'totalResults',
    limit: '$input.max_items',
  };

  test('continues at the number received, and ends at the total', async () => {
    const { items, asked, pages } = await read(offset, [
      { Resources: [1, 2], totalResults: 3 },
      { Resources: [3], totalResults: 3 },
    ]);

    expect(items).toEqual([1, 2, 3]);
    expect(asked).toEqual(['GET /api/list?startIndex=1&count=2', 'GET /api/list?startIndex=3&count=2']);
    expect(pages).toEqual({ more: false, count: 3 });
  });

  test('without a total ends at an empty page', async () => {
    const { items, asked } = await read(offset, [{ Resources: [1] }, { Resources: [2] }, {}]);

    expect(items).toEqual([1, 2]);
    expect(asked[2]).toBe('GET /api/list?startIndex=3&count=2');
  });

  test('stops at the limit and says the next index', async () => {
    expect((await read(offset, [{ Resources: [1, 2], totalResults: 9 }], { max_items: 2 })).pages).toEqual({
      more: true,
      count: 2,
      next: 3,
    });
  });
});

describe('a link list', () => {
  test('takes an absolute URL on the same host, and refuses what is no URL', async () => {
    const absolute = await read(link, [{ things: [1], next: 'https://own.example/api/list/2' }, { things: [2] }]);

    expect(absolute.asked[1]).toBe('GET /api/list/2');
    await expect(read(link, [{ things: [1], next: 5 }])).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
  });

  const link: PagesManifest = { style: 'link', items: 'things', next: 'next' };

  test('follows paths on the same host', async () => {
    const { items, asked } = await read(link, [{ things: [1], next: '/api/list/2?x=%20' }, { things: [2] }]);

    expect(items).toEqual([1, 2]);
    expect(asked[1]).toBe('GET /api/list/2?x=%20');
  });

  test.each(['https://evil.example/x', '//evil.example/x', '/\\evil.example', 'api/list', '/a b', '', 5, null])(
    'refuses %j',
    (next) => {
      expect(() => ownPath(next)).toThrow(expect.objectContaining({ code: 'ERR_RESPONSE_INVALID' }));
    },
  );
});

describe('a list with a Link header', () => {
  const header: PagesManifest = { style: 'link_header', size_param: 'per_page', size: 2, limit: '$input.max_items' };

  test('is a list itself, and follows absolute URLs on the same host', async () => {
    const next = '<https://own.example/api/list?page=2>; rel="next", <https://own.example/api/list?page=9>; rel="last"';
    const { items, asked, pages } = await read(header, [[1, 2], [3]], {}, LIST, [next]);

    expect(items).toEqual([1, 2, 3]);
    expect(pages).toEqual({ more: false, count: 3 });
    expect(asked).toEqual(['GET /api/list?per_page=2', 'GET /api/list?page=2']);
  });

  test('says that there is more where the limit is reached', async () => {
    const { items, pages } = await read(header, [[1, 2]], { max_items: 2 }, LIST, ['</api/list?page=2>; rel=next']);

    expect(items).toEqual([1, 2]);
    expect(pages).toMatchObject({ more: true, count: 2 });
  });

  test('keeps headers and base of the request, and sends no body', () => {
    const request: RequestTemplate = {
      ...LIST,
      base: 'uploads',
      method: 'POST',
      body: { a: 1 },
      headers: { 'X-V': '1' },
    };
    const action = actionFrom({ request, pages: header });

    const built = pageRequest(action, { input: {} }, { count: 1, next: 'https://own.example/x' });

    expect(built).toMatchObject({
      method: 'GET',
      base: 'uploads',
      headers: { 'x-v': '1' },
      link: 'https://own.example/x',
    });
    expect(built).not.toHaveProperty('body');
    expect(built.headers).not.toHaveProperty('content-type');
  });
});

describe('a list with page numbers', () => {
  const page: PagesManifest = {
    style: 'page',
    items: 'things',
    param: 'page',
    size_param: 'per_page',
    size: 2,
    limit: '$input.max_items',
  };

  test('ends at the first empty page, because a service may give fewer items than asked for', async () => {
    const { items, asked } = await read(page, [{ things: [1, 2] }, { things: [3] }, { things: [] }]);

    expect(items).toEqual([1, 2, 3]);
    expect(asked).toEqual([1, 2, 3].map((number) => `GET /api/list?page=${number}&per_page=2`));
  });

  test('keeps the size of its pages up to the limit, and ends at the total where the service says it', async () => {
    const { items, asked } = await read(page, [{ things: [1, 2] }, { things: [3, 4] }], { max_items: 3 });
    const whole = await read({ ...page, total: 'total' }, [{ things: [1, 2], total: 2 }]);

    expect(items).toEqual([1, 2, 3]);
    expect(asked[1]).toBe('GET /api/list?page=2&per_page=2');
    expect(whole.pages).toEqual({ more: false, count: 2 });
  });
});

describe('one object over several pages', () => {
  const merged: PagesManifest = {
    style: 'token',
    merge: ['settings.tasks', 'settings.tags'],
    next: 'next_page_token',
    param: 'page_token',
    manual: ['page_token'],
  };

  test('has each of its lists whole', async () => {
    const bodies = [
      { job_id: 1, settings: { name: 'n', tasks: [1] }, next_page_token: 'a' },
      { job_id: 1, settings: { tasks: [2], tags: ['x'] }, next_page_token: 'b' },
      { job_id: 1, settings: { name: 'n' } },
    ];

    const { last, pages } = await read(merged, bodies);

    expect(last).toEqual({ job_id: 1, settings: { name: 'n', tasks: [1, 2], tags: ['x'] } });
    expect(pages).toMatchObject({ more: false });
  });

  test('manual paging reads one page as it came', async () => {
    const body = { settings: { tasks: [2] }, next_page_token: 'b' };

    expect((await read(merged, [body], { page_token: 'a' })).last).toEqual(body);
  });
});
