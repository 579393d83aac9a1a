import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '../engine/context.ts';
import { addressError } from './http/listen.ts';
import { createProcessMetrics, type ProcessMetrics } from './metrics.ts';
import { isSameToken } from './metrics-token.ts';

export interface MetricsServer {
  /** Where the metrics are read. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` of a process without an API, on PENSTOCK_METRICS_PORT; port 0 takes a free one. Plain HTTP, and no framework: a
 * worker that nobody scrapes loads none of it.
 * @throws ConnectorError ERR_CONFIG when the address cannot be had
 */
export async function startMetricsServer(
  ctx: Pick<Context, 'config' | 'meters' | 'log'>,
  port: number,
): Promise<MetricsServer> {
  const metrics = createProcessMetrics(ctx);
  const { host, metricsToken } = ctx.config;
  const server = createServer((request, response) => {
    answer(request, response, { metrics, metricsToken }).catch((error: unknown) => {
      ctx.log.error({ err: error }, 'the metrics could not be read');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise.catch((cause: unknown) => {
    throw addressError(cause, { host, port }, 'PENSTOCK_METRICS_PORT');
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/metrics`,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  of: { metrics: ProcessMetrics; metricsToken: string | undefined },
): Promise<void> {
  if (request.url?.split('?', 1)[0] !== '/metrics') return end(response, 404, 'Only /metrics is here.\n');
  if (request.method !== 'GET') return end(response.setHeader('allow', 'GET'), 405, 'Only GET is possible.\n');
  const bearer = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (of.metricsToken !== undefined && !isSameToken(bearer, of.metricsToken)) {
    response.setHeader('www-authenticate', 'Bearer realm="penstock"');
    return end(response, 401, 'The metrics token is not valid. Send the value of PENSTOCK_METRICS_TOKEN.\n');
  }
  const text = await of.metrics.text();
  response.writeHead(200, { 'content-type': of.metrics.contentType }).end(text);
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
