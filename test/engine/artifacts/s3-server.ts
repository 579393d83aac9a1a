import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { onTestFinished } from 'vitest';

/** The keys that the server knows. It checks their names, and no signature of version 4. */
export const S3_KEYS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

/**
 * Starts an S3 server that was written elsewhere, with the bucket `results`. Each request goes to `before` first, which answers it by
 * returning true.
 */
export async function startS3(
  before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<{ url: string; requests: IncomingMessage[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'penstock-s3-'));
  const storage = new S3rver({ directory, silent: true, configureBuckets: [{ name: 'results', configs: [] }] });
  await storage.configureBuckets();
  const handle = storage.callback();
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (!before(request, response)) handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });
  const { port } = server.address() as AddressInfo;
  return { url: `s3://results/penstock?endpoint=http://127.0.0.1:${port}`, requests };
}
