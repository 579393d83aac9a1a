import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { messagePage, pageAnswer } from './pages/html.ts';

/** The build of `web/`, which `scripts/prepare.mjs` and the image make. */
const APP_FOLDER = fileURLToPath(new URL('../web/dist', import.meta.url));

const ROUTE = 'GET /app/';

/** Everything comes from this server, in files: no inline script or style, no frame around it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  // A sign-in at a service opens in a popup, which tells the page when it is done.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
};

/**
 * Serves the browser app under /app/: hashed files, compressed by the build, and one page for every other path. Where `folder`
 * holds no build when the server is created, nothing of it is loaded, and a page says how to build the app.
 */
export function addBrowserApp(app: FastifyInstance, folder = APP_FOLDER): void {
  const index = join(folder, 'index.html');
  const isBuilt = existsSync(index);
  app.register(
    async (pages) => {
      pages.addHook('onRoute', (route) => {
        // One name for metrics and log, whatever file is loaded.
        route.config = { ...route.config, route: ROUTE };
      });
      pages.addHook('onRequest', (_request, reply, next) => {
        reply.headers(HEADERS);
        next();
      });
      pages.get('', (_request, reply) => reply.redirect('/app/', 308));
      if (!isBuilt) {
        const { status, headers, body } = pageAnswer(503, NOT_BUILT);
        pages.get('/*', (_request, reply) => reply.code(status).headers(headers!).send(body));
        return;
      }
      const { default: serveFiles } = await import('@fastify/static');
      await pages.register(serveFiles, {
        root: join(folder, 'assets'),
        prefix: '/assets/',
        // Names are hashes of contents.
        immutable: true,
        maxAge: '365d',
        preCompressed: true,
        index: false,
        decorateReply: false,
      });
      // Read at each request: a build that is replaced while the server runs has other names of files.
      pages.get('/*', async (_request, reply) => reply.type('text/html; charset=utf-8').send(await readFile(index)));
    },
    { prefix: '/app' },
  );
}

const NOT_BUILT = messagePage(
  'The app is not built',
  'This process serves the API, but it found no build of the browser app.',
  'Run "npm run build:app" in the folder of Penstock, then restart this process. "npm start" does both.',
);
