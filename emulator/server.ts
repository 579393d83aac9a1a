import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Access, createAccess } from './access.ts';
import { openDatabase } from './database.ts';
import { createFaults, type Faults } from './faults.ts';
import { createListener } from './http.ts';
import type { OAuthClient } from './oauth/clients.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { openResources } from './resources.ts';
import { SAMPLE_FOLDER } from './samples.ts';
import { openStore } from './store.ts';
import { createSigner } from './tokens.ts';
import type { Workspace } from './workspace.ts';

/** How the emulator is set up; everything has a default. */
export interface EmulatorOptions {
  /** 0: any free port. */
  port?: number;
  host?: string;
  /** The personal access token that is accepted. */
  token?: string;
  clientId?: string;
  clientSecret?: string;
  /** Life of OAuth access tokens (3600). */
  tokenLifetimeSeconds?: number;
  /** Life of refresh tokens (30 days). */
  refreshTokenLifetimeSeconds?: number;
  /** What the second use of a refresh token does: `refuse` it (default), or `revoke` every token of the login as well. */
  refreshReuse?: 'refuse' | 'revoke';
  /** Apps that users log in through, besides the public `databricks-cli`. */
  apps?: OAuthClient[];
  /** Where state is kept; none: in memory. */
  dataFolder?: string;
  /** How many flights are loaded at most. */
  sampleRows?: number;
  /** `small` loads 20,000 flights. */
  samples?: 'none' | 'small' | 'all';
  /** Epoch milliseconds. */
  now?: () => number;
  /** Progress of loading, a line at a time. */
  log?: (line: string) => void;
  /** How long warehouses and clusters stay in a state such as STARTING, in milliseconds (300). */
  transitionMs?: number;
  /** How long a repaired run continues to be reported as it ended before, as Databricks does, in milliseconds (0). */
  repairLagMs?: number;
  /** Size of a result chunk (16 MiB); small for tests of many chunks. */
  chunkBytes?: number;
  /** Size of the largest result that comes with its answer (25 MiB); small for tests of larger ones. */
  inlineBytes?: number;
  /** False ignores unknown fields and query parameters, as Databricks does; true (default) refuses them, which finds misspelled names. */
  strict?: boolean;
}

/** A running emulator. */
export interface Emulator {
  url: string;
  port: number;
  token: string;
  clientId: string;
  clientSecret: string;
  warehouseId: string;
  accountId: string;
  faults: Faults;
  requests: RequestLog;
  access: Access;
  /** Ends everything; what runs is canceled, or resumed by the next start on the same folder. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 16 * 1024 * 1024;
const INLINE_BYTES = 25 * 1024 * 1024;
const MONTH_SECONDS = 30 * 24 * 3600;

/**
 * Starts a local Databricks-compatible workspace.
 * @throws Error EADDRINUSE when the port is taken.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const host = options.host ?? '127.0.0.1';
  const token = options.token ?? `dapi${randomBytes(16).toString('hex')}`;
  const clientId = options.clientId ?? crypto.randomUUID();
  const clientSecret = options.clientSecret ?? `dose${randomBytes(16).toString('hex')}`;
  const folder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'databricks-emulator-'));
  mkdirSync(folder, { recursive: true });
  const closing = new AbortController();
  const faults = createFaults();
  const requests = createRequestLog();
  const access = createAccess();
  const now = options.now ?? Date.now;
  // requests that come while sample data is loaded wait for it
  const ready = Promise.withResolvers<ReturnType<typeof createListener>>();
  const server = createServer(
    (request, response) =>
      void ready.promise.then(
        (listener) => listener(request, response),
        () => response.destroy(),
      ),
  );
  // clients keep connections open; closing them early would look like a fault
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  const port = await listen(server, options.port ?? 0, host);
  const url = `http://${host}:${port}`;

  try {
    const store = openStore(options.dataFolder);
    const settings = store.collection<string>('settings');
    const key = settings.get('key') ?? settings.put('key', randomBytes(32).toString('base64'));
    const workspace: Workspace = {
      id: '1234567890123456',
      accountId: '6f0c1a52-4b7e-4d2a-9c3f-0e5d8b7a6c91',
      now,
      url: () => url,
      store,
      database: await openDatabase(options.dataFolder, [SAMPLE_FOLDER, join(folder, 'volumes')]),
      signer: createSigner(Buffer.from(key, 'base64')),
      admin: { kind: 'user', id: '1000000000000001', userName: 'admin@example.com' },
      transitionMs: options.transitionMs ?? 300,
      repairLagMs: options.repairLagMs ?? 0,
      folder,
      log: options.log ?? (() => undefined),
      closing: closing.signal,
    };
    const resources = await openResources(workspace, {
      token,
      principal: { id: clientId, secret: clientSecret },
      apps: options.apps ?? [],
      grants: {
        accessSeconds: options.tokenLifetimeSeconds ?? 3600,
        refreshSeconds: options.refreshTokenLifetimeSeconds ?? MONTH_SECONDS,
        refreshReuse: options.refreshReuse ?? 'refuse',
      },
      samples: { size: options.samples ?? 'all', rows: options.sampleRows },
      chunkBytes: options.chunkBytes ?? CHUNK_BYTES,
      inlineBytes: options.inlineBytes ?? INLINE_BYTES,
      faults,
      requests,
      access,
    });
    ready.resolve(
      createListener({
        ...resources,
        faults,
        requests,
        now,
        closing: closing.signal,
        unknown: options.strict === false ? 'ignore' : 'refuse',
      }),
    );
    return {
      url,
      port,
      token,
      clientId,
      clientSecret,
      warehouseId: resources.warehouseId,
      accountId: workspace.accountId,
      faults,
      requests,
      access,
      async close() {
        if (closing.signal.aborted) return;
        closing.abort(new Error('The emulator is closing.'));
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
        await resources.close();
        workspace.database.close();
        store.close();
        if (options.dataFolder === undefined) rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    ready.reject(error);
    server.close();
    throw error;
  }
}

// the port is taken first: anyone who cannot have it should not wait for sample data
async function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return (server.address() as AddressInfo).port;
}
