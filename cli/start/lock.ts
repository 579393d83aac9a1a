import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CliError } from '../problem.ts';

/** Held while `npm start` uses its data folder. */
export interface Lock {
  release(): void;
}

/** The longest path of a Unix socket that every system takes (104 bytes on macOS, with the final zero). */
const MAX_SOCKET_PATH = 103;
/** A process that was stopped holds the lock without a word. */
const ANSWER_MS = 2000;

/**
 * Takes the data folder for this process. The lock is a socket that the holder listens on: it ends with the process, however
 * that ends, and tells anyone who asks who holds it.
 * @throws CliError that names the other process when the folder is in use
 */
export async function takeLock(dataFolder: string): Promise<Lock> {
  const path = socketPath(dataFolder);
  const holder = await ask(path);
  if (holder !== undefined) throw inUse(dataFolder, holder);
  const server = createServer((socket) => {
    socket.on('error', () => {
      // The one who asked left before the answer.
    });
    socket.end(String(process.pid));
  });
  try {
    server.listen(path);
    await once(server, 'listening');
  } catch (error) {
    // Two starts at once: the other was faster.
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw inUse(dataFolder, (await ask(path)) ?? '?');
    throw error;
  }
  server.unref();
  return { release: () => release(server) };
}

function release(server: Server): void {
  // Closing a server on a path removes the path, too.
  server.close();
}

/** The number of the process that holds the lock, undefined when nobody does; what a killed process left is removed. */
async function ask(path: string): Promise<string | undefined> {
  const socket = createConnection(path);
  socket.setTimeout(ANSWER_MS, () => socket.end());
  try {
    return (await text(socket)) || 'one that does not answer';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') rmSync(path, { force: true });
    return undefined;
  } finally {
    socket.destroy();
  }
}

function inUse(dataFolder: string, holder: string): CliError {
  return new CliError(
    `another "npm start" (process ${holder}) already uses the data folder "${dataFolder}"`,
    'Use that one, stop it, or set PENSTOCK_DATA, PORT and EMULATOR_PORT to start a second one.',
  );
}

function socketPath(dataFolder: string): string {
  const path = join(dataFolder, 'lock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  return join(tmpdir(), `penstock-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)}.lock`);
}
