import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server of one test: its origin and every connection it has seen. Closed, with its connections, when the test ends. */
export interface TestServer {
  origin: string;
  port: number;
  sockets: Set<Socket>;
  /** Connections so far, closed ones included. */
  connections: number;
}

/** An HTTP server that answers as the test says. An error of the handler answers 500 with its text, so that a test sees it. */
export function startHttpServer(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<TestServer> {
  const listener: RequestListener = async (request, response) => {
    try {
      await handler(request, response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    }
  };
  return listen(createServer(listener));
}

/** A TCP server for answers that no HTTP server would give. */
export function startRawServer(onSocket: (socket: Socket) => void): Promise<TestServer> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {}); // The test looks at the client's side of a broken connection.
      onSocket(socket);
    }),
  );
}

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves when the response takes more, or is closed. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end).off('close', end);
      resolve();
    };
    response.on('drain', end).on('close', end);
  });
}

async function listen(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const started: TestServer = { origin: '', port: 0, sockets, connections: 0 };
  server.on('connection', (socket: Socket) => {
    started.connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  started.port = (server.address() as AddressInfo).port;
  started.origin = `http://127.0.0.1:${started.port}`;
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return started;
}
