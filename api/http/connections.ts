import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Requests in flight at a close get this long; anyone who runs the process leaves within 10 seconds. */
const GRACE_MS = 8000;
/** Node closes what is idle when the close begins, and leaves what becomes idle later, such as after the rest of a refused body. */
const SWEEP_MS = 50;

/** Ends the connections of a server that closes, which Node leaves open for as long as a minute. */
export interface Connections {
  /** A request came over the connection. */
  used(socket: Socket): void;
  /** Ends what was opened and never used, and what becomes idle; after 8 seconds, everything. */
  beginClose(): void;
  closed(): void;
}

/** Watches the connections of a server from now on. */
export function watchConnections(server: Server): Connections {
  // Browsers and pools connect ahead; to Node such a connection is one whose request has begun to arrive.
  const unused = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  let sweep: NodeJS.Timeout | undefined;
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  return {
    used: (socket) => unused.delete(socket),
    beginClose() {
      for (const socket of unused) socket.destroy();
      timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    },
    closed() {
      clearTimeout(timer);
      clearInterval(sweep);
    },
  };
}
