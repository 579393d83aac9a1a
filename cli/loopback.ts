import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError } from './problem.ts';

/** The port that the tools of the default connector take, and that their built-in app allows. */
export const LOGIN_PORT = 8020;

/** A page that the login sends the browser back to, on this machine only. */
export interface Loopback {
  port: number;
  /**
   * The query of the first callback with this state; others are refused and change nothing, so that no other page can end or
   * forge the login. The browser waits for `answer`.
   * @throws CliError after `limitMs`; the signal's reason when it is aborted
   */
  callback(state: string, wait: { limitMs: number; signal: AbortSignal }): Promise<Callback>;
  close(): Promise<void>;
}

export interface Callback {
  query: string;
  /** Tells the person in the browser how it ended. */
  answer(text: string): void;
}

/** The address as it is registered at the service. */
export function loopbackUrl(port: number): string {
  return `http://localhost:${port}`;
}

/** Listens on both addresses that "localhost" can mean. 0 takes a free port. @throws CliError when the port is taken */
export async function openLoopback(port: number): Promise<Loopback> {
  let onCallback: ((query: URLSearchParams, response: ServerResponse) => void) | undefined;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? '', 'http://localhost');
    const isCallback = request.method === 'GET' && url?.pathname === '/' && url.searchParams.has('state');
    if (isCallback && onCallback !== undefined) onCallback(url.searchParams, response);
    else page(response, 404, 'Not found.');
  };
  const v4 = await listen(handle, port, '127.0.0.1');
  const servers = [v4];
  const taken = (v4.address() as AddressInfo).port;
  try {
    servers.push(await listen(handle, taken, '::1'));
  } catch (error) {
    // Without IPv6 "localhost" is 127.0.0.1; a port that someone else holds there would take the login.
    if (error instanceof CliError) {
      await shut(v4);
      throw error;
    }
  }
  return {
    port: taken,
    callback: (state, { limitMs, signal }) =>
      new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          onCallback = undefined;
        };
        const abort = () => {
          end();
          reject(signal.reason);
        };
        const timer = setTimeout(() => {
          end();
          reject(
            new CliError(
              `the login was not completed within ${Math.round(limitMs / 1000)} seconds`,
              'Run the command again, with a longer --timeout if necessary (maximum: 600 seconds).',
            ),
          );
        }, limitMs);
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) return abort();
        onCallback = (query, response) => {
          const states = query.getAll('state');
          if (states.length !== 1 || states[0] !== state)
            return page(response, 400, 'This is not the login that the terminal is waiting for.');
          end();
          resolve({ query: query.toString(), answer: (text) => page(response, 200, text) });
        };
      }),
    async close() {
      await Promise.all(servers.map(shut));
    },
  };
}

/** Text, so that nothing a service says can become markup; never kept, since the address holds the code. */
function page(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(`${text}\n`);
}

function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  port: number,
  host: string,
): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const what = new CliError(
        `port ${port} cannot be used (${error.code})`,
        `Choose another port with --port. ${loopbackUrl(port).replace(String(port), 'PORT')} must be a redirect URL of the app.`,
      );
      reject(isTaken ? what : error);
    });
    server.listen(port, host, () => resolve(server));
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
