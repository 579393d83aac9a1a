import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { type FastifyInstance, fastify } from 'fastify';
import type { Context } from '../engine/context.ts';

type ApiRoutes = Parameters<FastifyAdapter['setApiRoutes']>[0];

/**
 * Bull Board as an application of its own, which is asked with `inject`: it and what it needs take some 5 MB and a tenth of a second to
 * load, so this file is loaded when somebody first looks. It reads and cannot write, and leaves who may look to its caller. `onError` answers what it throws.
 */
export async function openBullBoard(
  { queues }: Context,
  path: string,
  onError: Parameters<FastifyInstance['setErrorHandler']>[0],
): Promise<FastifyInstance> {
  const app = fastify({ logger: false, requestIdHeader: 'x-request-id' });
  app.setErrorHandler(onError);
  const serverAdapter = new ReadingAdapter().setBasePath(path);
  const adapters = [queues.runs, queues.urgent, queues.ticks, queues.isolated].map(
    (queue) => new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }),
  );
  createBullBoard({ queues: adapters, serverAdapter, options: { uiConfig: { boardTitle: 'Penstock queues' } } });
  // Thrown on, an error meets the handler above, which knows an absent Redis and hides what is not for callers.
  serverAdapter.setErrorHandler((error) => {
    throw error;
  });
  await app.register(serverAdapter.registerPlugin(), { prefix: path });
  return app;
}

/** Reads jobs only; recreated for each server, since it holds its routes. */
class ReadingAdapter extends FastifyAdapter {
  override setApiRoutes(routes: ApiRoutes): FastifyAdapter {
    return super.setApiRoutes(routes.filter(({ method }) => method === 'get'));
  }
}
