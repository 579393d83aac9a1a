import { connect, createServer, type Server, type Socket } from 'node:net';
import { inject, onTestFinished } from 'vitest';

/** A way to the Redis of the tests that can be shut: connections end and new ones are refused. */
export async function openDoor() {
  const target = Number(new URL(inject('redisUrl')).port);
  const sockets = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let isHeld = false;
  let cut: string | undefined;
  let server: Server | undefined;
  let port = 0;
  const open = () =>
    new Promise<void>((resolve) => {
      server = createServer((client) => {
        const redis = connect(target, '127.0.0.1');
        for (const [from, to] of [
          [client, redis],
          [redis, client],
        ] as const) {
          sockets.add(from);
          from.on('data', (chunk) => {
            if (cut !== undefined && chunk.includes(cut)) {
              for (const socket of sockets) socket.destroy();
              server!.close();
            } else if (!isHeld && !stranded.has(from)) to.write(chunk);
          });
          from.on('error', () => {}); // The other side is ended by its close.
          from.on('close', () => {
            to.destroy();
            sockets.delete(from);
          });
        }
      });
      server.listen(port, '127.0.0.1', () => {
        port = (server!.address() as { port: number }).port;
        resolve();
      });
    });
  const shut = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server!.close(() => resolve());
    });
  await open();
  onTestFinished(async () => {
    isHeld = false;
    if (server?.listening) await shut();
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    open,
    shut,
    hold() {
      isHeld = true;
    },
    /** Lets nothing more through the connections that there are, and does not end them: as when a machine loses its power. */
    strand() {
      for (const socket of sockets) stranded.add(socket);
    },
    /** Shuts in the moment in which a command that holds this text would pass, and lets it not pass. */
    cutAt(text: string) {
      cut = text;
    },
  };
}
