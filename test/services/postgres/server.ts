import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Access } from '../../../connector/access.ts';
import { createHttp } from '../../../connector/http.ts';
import { until } from '../../context.ts';
import { freePort } from '../../global-setup.ts';
import { CERTIFICATE, PRIVATE_KEY } from './certificate.ts';

/** A PostgreSQL of one file. */
export interface PostgresServer {
  port: number;
  /** Makes an empty database for one test, and gives a connection of its owner's to it. */
  database(): Promise<TestDatabase>;
}

export interface TestDatabase {
  name: string;
  client: pg.Client;
  access: Access;
}

export const USER = 'shop';
export const PASSWORD = 'pw-canary-7f3a';

/** Where the programs of the server are; undefined when the machine has none. */
const BIN = [
  ...(process.env.PATH ?? '').split(delimiter),
  ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
].find((folder) => globSync(join(folder, '{initdb,postgres}')).length === 2);
/** Without a server the tests are skipped by name; in CI they fail. */
export const HAS_POSTGRES = BIN !== undefined || process.env.CI !== undefined;

/** A server for a whole file, with TLS, and passwords for every connection. */
export function usePostgres(): () => PostgresServer {
  let server: (PostgresServer & { stop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    if (HAS_POSTGRES) server = await start();
  }, 60_000);
  afterAll(() => server?.stop());
  return () => server!;
}

async function start(): Promise<PostgresServer & { stop(): Promise<void> }> {
  if (BIN === undefined)
    throw new Error('there is no PostgreSQL: install it (Debian: postgresql), or put it into the PATH');
  const folder = mkdtempSync(join(tmpdir(), 'penstock-postgres-'));
  const data = join(folder, 'data');
  const owner = ownerOf(folder);
  const passwords = join(folder, 'password');
  write(passwords, PASSWORD);
  const init = [
    '-D',
    data,
    '-U',
    USER,
    '--pwfile',
    passwords,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale',
    'C.UTF-8',
    '-N',
  ];
  execFileSync(join(BIN, 'initdb'), init, { ...owner, stdio: 'pipe' });
  write(join(data, 'server.crt'), CERTIFICATE);
  write(join(data, 'server.key'), PRIVATE_KEY);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    ssl: 'on',
    fsync: 'off',
    max_connections: 60,
    log_min_messages: 'panic',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(BIN, 'postgres'), ['-D', data, ...options], { ...owner, stdio: 'ignore' });
  const ended = new Promise((resolve) => {
    server.once('exit', resolve);
  });
  let count = 0;
  await until('the server takes connections', () =>
    withClient(port, 'postgres', async () => true).catch((): undefined => undefined),
  );
  return {
    port,
    async database() {
      const name = `t${++count}`;
      await withClient(port, 'postgres', (client) => client.query(`CREATE DATABASE ${name}`));
      const client = connection(port, name);
      await client.connect();
      onTestFinished(() => client.end());
      return { name, client, access: accessTo({ port, database: name }) };
    },
    async stop() {
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };

  function write(file: string, text: string): void {
    writeFileSync(file, text);
    if (owner.uid !== undefined) chownSync(file, owner.uid, owner.gid!);
    chmodSync(file, 0o600);
  }
}

/** An access as the engine gives it, to a server that the operator listed. */
function accessTo(of: { port: number; database: string }): Access {
  return {
    hostname: '127.0.0.1',
    origin: `https://127.0.0.1:${of.port}`,
    http: createHttp(),
    rules: [],
    account: { hostname: '127.0.0.1', port: of.port, database: of.database, ssl_mode: 'disable', username: USER },
    secrets: { password: PASSWORD },
    isListed: true,
  };
}

async function withClient<T>(port: number, database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = connection(port, database);
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function connection(port: number, database: string): pg.Client {
  const client = new pg.Client({ host: '127.0.0.1', port, database, user: USER, password: PASSWORD, ssl: false });
  client.on('error', () => {});
  return client;
}

/** The server does not run as root: then as `postgres`, or else as `nobody`. */
function ownerOf(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string, user: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }));
  const user = ['postgres', 'nobody'].find((name) => {
    try {
      return idOf('-u', name) > 0;
    } catch {
      return false;
    }
  })!;
  const owner = { uid: idOf('-u', user), gid: idOf('-g', user) };
  chownSync(folder, owner.uid, owner.gid);
  return owner;
}
