import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectorError } from '../../connector/errors.ts';
import { addressError } from './listen.ts';
import { PROBLEM_TYPE, toProblem } from './problem.ts';

/** Why the API cannot serve yet, for anyone who asks /readyz. */
export interface Reason {
  subject: string;
  reason: string;
  remedy: string;
}

const RETRY_SECONDS = '2';

/**
 * Answers on the API's address before there is anything to serve with: /healthz that the process is alive, /readyz why it is
 * not ready, and everything else 503.
 * @throws ConnectorError ERR_CONFIG when the address cannot be had
 */
export async function openStandIn(
  address: { host: string; port: number; publicUrl: string },
  why: () => Reason,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) =>
    answer(request, response, { publicUrl: address.publicUrl, why: why() }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(addressError(cause, address)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, given: { publicUrl: string; why: Reason }): void {
  const path = request.url?.split('?', 1)[0];
  const { subject, reason, remedy } = given.why;
  response.setHeader('x-request-id', randomBytes(8).toString('hex'));
  response.setHeader('cache-control', 'no-store');
  // Anyone who comes back shall come to the API itself.
  response.setHeader('connection', 'close');
  if (path === '/healthz') {
    send(response, { status: 200, type: 'application/json', body: { status: 'ok' } });
    return;
  }
  response.setHeader('retry-after', RETRY_SECONDS);
  if (path === '/readyz') {
    const body = { status: 'unready', checks: [{ subject, ok: false, reason, remedy }] };
    send(response, { status: 503, type: 'application/json', body });
    return;
  }
  const error = new ConnectorError('ERR_REDIS_UNAVAILABLE', `${reason}; nothing was accepted`, { hint: remedy });
  send(response, { status: 503, type: PROBLEM_TYPE, body: toProblem(error, given.publicUrl).problem });
}

function send(response: ServerResponse, { status, type, body }: { status: number; type: string; body: unknown }): void {
  response.writeHead(status, { 'content-type': type });
  response.end(JSON.stringify(body));
}
