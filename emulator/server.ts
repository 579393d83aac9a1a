import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccess } from './access.ts';
import { controlRoutes } from './control.ts';
import { openDatabase } from './database.ts';
import { createDelta } from './delta/delta.ts';
import { createFaults, type Faults } from './faults.ts';
import { createListener } from './http.ts';
import { createJobs } from './jobs/jobs.ts';
import { createOAuth } from './oauth.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { JAVA_DIGITS_MACRO, JAVA_NUMBER_MACRO } from './results/columns.ts';
import { CSV_CELL_MACRO } from './results/rows.ts';
import { openSpool } from './results/spool.ts';
import { createRouter } from './router.ts';
import { loadSamples, SAMPLE_FOLDER } from './samples.ts';
import { scimRoutes } from './scim.ts';
import { createStatements } from './statements.ts';
import { openStore } from './store.ts';
import { createSigner, type Identity } from './tokens.ts';
import { openUnity } from './unity/registry.ts';
import { createVolumeFiles } from './unity/volume-files.ts';
import { createWarehouses } from './warehouses.ts';
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
  tokenLifetimeSeconds?: number;
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
  /** Size of a result chunk (16 MiB); small for tests of many chunks. */
  chunkBytes?: number;
}

/** A running emulator. */
export interface Emulator {
  url: string;
  port: number;
  token: string;
  clientId: string;
  clientSecret: string;
  warehouseId: string;
  faults: Faults;
  requests: RequestLog;
  close(): Promise<void>;
}

/**
 * Starts a local Databricks-compatible workspace.
 * @throws Error EADDRINUSE when the port is taken.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const token = options.token ?? `dapi${randomBytes(16).toString('hex')}`;
  const clientId = options.clientId ?? crypto.randomUUID();
  const clientSecret = options.clientSecret ?? `dose${randomBytes(16).toString('hex')}`;
  const folder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'databricks-emulator-'));
  const closing = new AbortController();
  const store = openStore(options.dataFolder);
  const database = await openDatabase(options.dataFolder, [SAMPLE_FOLDER, join(folder, 'volumes')]);
  const spool = openSpool(join(folder, 'results'));
  const settings = store.collection<string>('settings');
  const now = options.now ?? Date.now;
  const key = settings.get('key') ?? settings.put('key', randomBytes(32).toString('base64'));
  const admin: Identity = { kind: 'user', id: '1000000000000001', userName: 'admin@example.com' };
  let url = '';
  const workspace: Workspace = {
    id: '1234567890123456',
    accountId: '6f0c1a52-4b7e-4d2a-9c3f-0e5d8b7a6c91',
    now,
    url: () => url,
    store,
    database,
    signer: createSigner(Buffer.from(key, 'base64')),
    admin,
    transitionMs: options.transitionMs ?? 300,
    folder,
    log: options.log ?? (() => undefined),
    closing: closing.signal,
  };

  for (const macro of [JAVA_DIGITS_MACRO, JAVA_NUMBER_MACRO, CSV_CELL_MACRO]) await database.run(macro);
  const unity = await openUnity(workspace, database);
  if (!unity.catalogs.has('main')) await unity.createCatalog('main', admin.userName, {});
  await loadSamples(workspace, unity, { size: options.samples ?? 'all', rows: options.sampleRows });
  const access = createAccess();
  const sql = { unity, access, delta: createDelta(workspace, unity), files: createVolumeFiles(folder) };

  const faults = createFaults();
  const requests = createRequestLog();
  const warehouses = createWarehouses(workspace);
  const servicePrincipal: Identity = { kind: 'service_principal', id: '2000000000000001', userName: clientId };
  const oauth = createOAuth(workspace, {
    token,
    client: { id: clientId, secret: clientSecret, identity: servicePrincipal },
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
  });
  const statements = createStatements(workspace, {
    warehouses,
    spool,
    chunkBytes: options.chunkBytes ?? 16 * 1024 * 1024,
    sql,
  });
  const jobs = createJobs(workspace, { sql: statements.run, queryText: () => undefined });
  jobs.resume();
  const router = createRouter();
  for (const routes of [
    controlRoutes(faults, requests),
    oauth.routes,
    warehouses.routes,
    statements.routes,
    jobs.routes,
    scimRoutes(workspace),
  ])
    router.add(routes);

  const server = createServer(
    createListener({ router, faults, requests, authenticate: oauth.authenticate, now, closing: closing.signal }),
  );
  // clients keep connections open; closing them early would look like a fault
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  url = `http://${options.host ?? '127.0.0.1'}:${port}`;

  return {
    url,
    port,
    token,
    clientId,
    clientSecret,
    warehouseId: warehouses.firstId(),
    faults,
    requests,
    async close() {
      closing.abort(new Error('The emulator is closing.'));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      database.close();
      store.close();
      spool.close();
      if (options.dataFolder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
