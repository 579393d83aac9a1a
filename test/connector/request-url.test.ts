import { describe, expect, test } from 'vitest';
import { requestUrl } from '../../connector/request-url.ts';

const BASE = 'https://ghe.example/api/v3';

test('a path lies below the base URL', () => {
  expect(requestUrl(BASE, { path: '/repos?x=1' })).toBe('https://ghe.example/api/v3/repos?x=1');
});

describe('a link', () => {
  test.each([
    ['https://ghe.example/api/v3/repos?page=2#top', 'https://ghe.example/api/v3/repos?page=2'],
    ['/api/v3/repos?page=2', 'https://ghe.example/api/v3/repos?page=2'],
    ['?page=2', 'https://ghe.example/api/v3/repos?page=2'],
  ])('is absolute or relative to its request: %s', (link, url) => {
    expect(requestUrl(BASE, { path: '/repos?page=1', link })).toBe(url);
  });

  test.each([
    'https://evil.example/api/v3/repos',
    'http://ghe.example/api/v3/repos',
    'https://ghe.example:8443/api/v3/repos',
    'https://ghe.example.evil.example/api/v3/x',
    'https://user:pass@ghe.example/api/v3/repos',
    '//evil.example/api/v3/repos',
    '/\\evil.example/api/v3/repos',
    '/other/repos',
    '/api/v3/../v4/repos',
    '/api/v3x/repos',
    '/api/v3/..%2f..%2fadmin',
    'javascript:alert(1)',
    'https://',
  ])('leads nowhere else: %s', (link) => {
    expect(() => requestUrl(BASE, { path: '/repos', link })).toThrow(
      expect.objectContaining({ code: 'ERR_RESPONSE_INVALID' }),
    );
  });
});

describe('allowed paths', () => {
  const within = ['/orders', '/v1/items/'];

  test.each(['/orders', '/orders/5?x=/../', '/v1/items', '/v1/items/a'])('let %s through', (path) => {
    expect(requestUrl(BASE, { path, within })).toBe(`${BASE}${path}`);
  });

  test.each(['/orders2', '/admin', '/v1', '/', '/orders/..%2fadmin', '/orders%2f..%2fadmin', '/orders/%2e%2e/admin'])(
    'refuse %s',
    (path) => {
      expect(() => requestUrl(BASE, { path, within })).toThrow(expect.objectContaining({ code: 'ERR_INPUT_INVALID' }));
    },
  );

  test('hold for links', () => {
    const link = 'https://ghe.example/api/v3/admin?page=2';

    expect(() => requestUrl(BASE, { path: '/orders', link, within })).toThrow(
      expect.objectContaining({ code: 'ERR_RESPONSE_INVALID' }),
    );
  });
});
