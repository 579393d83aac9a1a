import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { createSlots } from './slots.ts';
import { registerFunctions } from './sql/compile/udf.ts';

/**
 * At most so many statements run at once, as long as fewer than LONG_RUNNING of them take long:
 * each takes one of libuv's four threads while it computes, and files need one too.
 */
const RUNNING = 12;
const LONG_RUNNING = 3;
const LONG_MS = 100;
const INTERRUPT_MS = 20;

/** DuckDB, with each catalog of the workspace attached. */
export interface Database {
  /** Runs a function with a connection of its own; waits while too many statements run. Aborting interrupts the running statement. */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs one internal statement. */
  run(sql: string): Promise<void>;
  /** Rows of one internal query, as JSON values. */
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  /** Attaches a database by its name, creating it if needed. */
  attach(name: string): Promise<void>;
  /** Detaches a database and removes its file. */
  drop(name: string): Promise<void>;
  close(): void;
}

/** Quotes an identifier for DuckDB. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a string literal for DuckDB. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Opens DuckDB in memory; catalogs live in memory too, or in `folder/catalogs`.
 * SQL may read files below `readable` and below `folder` only, as a warehouse cannot read its machine's disk.
 */
export async function openDatabase(folder: string | undefined, readable: string[]): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:');
  const internal = await connect(instance);
  registerFunctions(internal);
  const catalogFolder = folder === undefined ? undefined : join(folder, 'catalogs');
  if (catalogFolder !== undefined) mkdirSync(catalogFolder, { recursive: true });
  const allowed = [...readable, ...(catalogFolder === undefined ? [] : [catalogFolder])];
  await internal.run(`SET allowed_directories = [${allowed.map(quoteText).join(', ')}]`);
  await internal.run('SET enable_external_access = false');
  await internal.run("SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'");
  const fileOf = (name: string) =>
    catalogFolder === undefined ? ':memory:' : join(catalogFolder, `${encodeURIComponent(name)}.duckdb`);
  const slots = createSlots({ running: RUNNING, long: LONG_RUNNING, longMs: LONG_MS });
  const idle: DuckDBConnection[] = [];
  let closed = false;

  return {
    async use(work, signal) {
      const give = await slots.take(signal);
      const connection = idle.pop() ?? (await connect(instance));
      let again: NodeJS.Timeout | undefined;
      // an interrupt between two statements is lost, so it is repeated until the work has ended
      const interrupt = () => {
        connection.interrupt();
        again = setInterval(() => connection.interrupt(), INTERRUPT_MS);
      };
      signal?.addEventListener('abort', interrupt, { once: true });
      try {
        signal?.throwIfAborted();
        return await work(connection);
      } finally {
        signal?.removeEventListener('abort', interrupt);
        clearInterval(again);
        // an interrupted connection may hold a half-read result: never used again
        if (closed || signal?.aborted) connection.closeSync();
        else idle.push(connection);
        give();
      }
    },
    async run(sql) {
      await internal.run(sql);
    },
    async rows<T>(sql: string) {
      const reader = await internal.runAndReadAll(sql);
      return reader.getRowObjectsJson() as T[];
    },
    async attach(name) {
      await internal.run(`ATTACH IF NOT EXISTS ${quoteText(fileOf(name))} AS ${quoteName(name)}`);
    },
    async drop(name) {
      await internal.run(`DETACH ${quoteName(name)}`);
      if (catalogFolder === undefined) return;
      for (const suffix of ['', '.wal']) rmSync(fileOf(name) + suffix, { force: true });
    },
    close() {
      closed = true;
      for (const connection of idle) connection.closeSync();
      internal.closeSync();
      instance.closeSync();
    },
  };
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}
