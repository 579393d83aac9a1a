import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../engine/context.ts';
import { BASIC_CHALLENGE, requireInstallationAdmin } from './http/browser-auth.ts';
import type { DescribedRoute } from './http/route.ts';

type OnError = Parameters<FastifyInstance['setErrorHandler']>[0];

/** What OpenAPI and the Allow header know of the board; its own pages, assets and data stand below the path. */
export const QUEUE_BOARD: DescribedRoute = {
  method: 'GET',
  path: '/admin/queues',
  operation: 'show_queue_board',
  isOpenQuery: true,
  tag: 'Operations',
  summary: 'Show the queues in Bull Board (read-only).',
  description:
    'For a browser: HTTP Basic authentication with any user name and an admin key of the first tenant as the password. Shows the queues of all tenants; jobs contain only ids.',
  answers: { 200: { description: 'A page.', content: 'text/html' } },
};

/**
 * The page loads its own scripts and styles and nothing of others: the fonts that it asks for elsewhere are replaced by the
 * browser's. Styles are in elements, too.
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
 * Bull Board at /admin/queues: what BullMQ holds, to look at. A job that is changed manually would differ from its run's record,
 * so nothing can be changed: the routes that write do not exist, and the page shows no buttons for them.
 */
export function addQueueBoard(app: FastifyInstance, ctx: Context, onError: OnError): void {
  const { path, method } = QUEUE_BOARD;
  let opening: Promise<FastifyInstance> | undefined;
  const open = async () => {
    const { openBullBoard } = await import('./bull-board.ts');
    const board = await openBullBoard(ctx, path, onError);
    await board.ready();
    return board;
  };
  const guard = requireInstallationAdmin(ctx, `${method} ${path}`);
  const show = async (request: FastifyRequest, reply: FastifyReply) => {
    opening ??= open();
    const board = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const headers = { ...request.headers, 'x-request-id': request.id };
    const answer = await board.inject({ method, url: request.url, headers });
    if (answer.statusCode === 404) return reply.callNotFound();
    const { connection, 'content-length': length, ...sent } = answer.headers;
    return reply.code(answer.statusCode).headers(sent).send(answer.rawPayload);
  };
  app.register(
    (pages, _options, done) => {
      pages.addHook('onRequest', guard);
      pages.addHook('onRequest', (_request, reply, next) => {
        reply.headers({
          'content-security-policy': CONTENT_SECURITY_POLICY,
          'x-frame-options': 'DENY',
          'referrer-policy': 'no-referrer',
        });
        next();
      });
      pages.addHook('onSend', (_request, reply, _payload, next) => {
        if (reply.statusCode === 401) reply.header('www-authenticate', BASIC_CHALLENGE);
        next();
      });
      // One name for metrics and log, whatever job is looked at.
      const config = { route: `${method} ${path}`, isPage: false };
      for (const url of ['', '/*']) pages.get(url, { config }, show);
      done();
    },
    { prefix: path },
  );
  app.addHook('onClose', async () => {
    await (await opening?.catch(() => undefined))?.close();
  });
}
