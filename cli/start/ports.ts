import { once } from 'node:events';
import { createServer } from 'node:net';
import { CliError } from '../problem.ts';

/**
 * Fails before anything is started when a port cannot be had.
 * @throws CliError that names the port and the variable that changes it
 */
export async function checkPort(address: { port: number; host: string }, variable: string): Promise<void> {
  const { port, host } = address;
  if (port === 0) return;
  try {
    await probe(port, host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new CliError(
        `port ${port} is already in use by another program`,
        `Stop that program, or choose another port: ${variable}=${port + 10} npm start`,
      );
    }
    if (code === 'EACCES')
      throw new CliError(
        `port ${port} is not permitted for this user`,
        `Choose another port: ${variable}=${port + 10_000} npm start`,
      );
    throw error;
  }
}

/** `wanted` when it is free, else any free port of the loopback address. */
export async function freePort(wanted: number): Promise<number> {
  try {
    return await probe(wanted, '127.0.0.1');
  } catch {
    // Taken since the last start.
    return probe(0, '127.0.0.1');
  }
}

async function probe(port: number, host: string): Promise<number> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return address.port;
}
