import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { addBrowserApp } from '../../api/browser-app.ts';

async function serve(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-app-'));
  await mkdir(join(folder, 'assets'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const app = fastify();
  addBrowserApp(app, folder);
  onTestFinished(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });
  return (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
}

const BUILD = {
  'index.html': '<!doctype html><title>Penstock</title>',
  'assets/index-abc.js': 'plain()',
  'assets/index-abc.js.br': 'brotli',
};

test('serves one page for every path of the app, which no cache keeps and no frame shows', async () => {
  const get = await serve(BUILD);

  for (const path of ['/app/', '/app/runs/run_1?tab=log', '/app/login']) {
    const { statusCode, headers, body } = await get(path);

    expect(statusCode).toBe(200);
    expect(body).toBe(BUILD['index.html']);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
  }
  expect((await get('/app')).headers.location).toBe('/app/');
});

test('serves hashed files forever and as the build compressed them', async () => {
  const get = await serve(BUILD);

  const compressed = await get('/app/assets/index-abc.js', { 'accept-encoding': 'br, gzip' });
  const plain = await get('/app/assets/index-abc.js');

  expect(compressed.headers).toMatchObject({
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect(compressed.body).toBe('brotli');
  expect(plain.body).toBe('plain()');
  expect(plain.headers['content-type']).toMatch(/^application\/javascript/);
});

test.each(['/app/assets/none.js', '/app/assets/../index.html', '/app/assets/%2e%2e/stamp', '/app/assets/..%2fstamp'])(
  'gives no file for %s',
  async (path) => {
    const get = await serve({ ...BUILD, stamp: 'secret' });

    const { body } = await get(path);

    expect(body).not.toContain('secret');
    expect(body).not.toContain('plain()');
  },
);

test('without a build, a page says how to get one', async () => {
  const get = await serve({});

  const { statusCode, body } = await get('/app/runs');

  expect(statusCode).toBe(503);
  expect(body).toContain('npm run build:app');
});
