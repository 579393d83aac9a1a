import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../engine/context.ts';
import { BASIC_CHALLENGE, requireInstallationAdmin } from './http/browser-auth.ts';
import type { DescribedRoute } from './http/route.ts';

type ApiRoutes = Parameters<FastifyAdapter['setApiRoutes']>[0];

/** What OpenAPI and the Allow header know of the board; its own pages, assets and data stand below the path. */
export const QUEUE_BOARD: DescribedRoute = {
  method: 'GET',
  path: '/admin/queues',
  operation: 'show_queue_board',
  tag: 'Operation',
  summary: 'Show the queues to a person: Bull Board, which only reads.',
  description:
    'For a browser: HTTP Basic, any user name, an admin key of the first tenant as password. The queues are those of all tenants, and their jobs carry ids only.',
  answers: { 200: { description: 'A page.', content: 'text/html' } },
};

/**
 * The page loads its own scripts and styles and nothing of others: the fonts that it asks for elsewhere are replaced by the
 * browser's. Styles stand in elements, too.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Bull Board at /admin/queues: what BullMQ holds, to look at. A job that is changed by hand would part from its run's record,
 * so nothing can be changed: the routes that write do not exist, and the page shows no buttons for them.
 */
export function addQueueBoard(app: FastifyInstance, ctx: Context): void {
  const { path, method } = QUEUE_BOARD;
  app.register(
    (board, _options, done) => {
      board.addHook('onRoute', (route) => {
        // One name for metrics and log, whatever job is looked at.
        route.config = { ...route.config, route: `${method} ${path}` };
      });
      board.addHook('onRequest', requireInstallationAdmin(ctx, `${method} ${path}`));
      board.addHook('onRequest', (_request, reply, next) => {
        reply.headers({
          'content-security-policy': CONTENT_SECURITY_POLICY,
          'x-frame-options': 'DENY',
          'referrer-policy': 'no-referrer',
        });
        next();
      });
      board.addHook('onSend', (_request, reply, _payload, next) => {
        if (reply.statusCode === 401) reply.header('www-authenticate', BASIC_CHALLENGE);
        next();
      });
      board.register(boardPlugin(ctx));
      done();
    },
    { prefix: path },
  );
}

/** Reads jobs only; adapters are made anew for each server, since they hold its routes. */
class ReadingAdapter extends FastifyAdapter {
  override setApiRoutes(routes: ApiRoutes): FastifyAdapter {
    return super.setApiRoutes(routes.filter(({ method }) => method === 'get'));
  }
}

function boardPlugin({ queues }: Context): ReturnType<FastifyAdapter['registerPlugin']> {
  const serverAdapter = new ReadingAdapter().setBasePath(QUEUE_BOARD.path);
  const adapters = [queues.runs, queues.urgent, queues.ticks].map(
    (queue) => new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }),
  );
  createBullBoard({ queues: adapters, serverAdapter, options: { uiConfig: { boardTitle: 'Penstock queues' } } });
  // Thrown on, an error meets the server's own handler, which knows an absent Redis and hides what is not for callers.
  serverAdapter.setErrorHandler((error) => {
    throw error;
  });
  return serverAdapter.registerPlugin();
}
