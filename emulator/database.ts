import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** How many statements DuckDB runs at once: one less than libuv's four threads, so that files and sockets always have one. */
const CONCURRENT = 3;

/** Every Unity Catalog catalog is an attached DuckDB database under this prefix, because DuckDB reserves names such as `main`. */
const PREFIX = 'uc_';

/** DuckDB, with each catalog of the workspace attached. */
export interface Database {
  /** Runs a function with a connection of its own; waits while too many statements run. Aborting interrupts the running statement. */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs one internal statement. */
  run(sql: string): Promise<void>;
  /** Rows of one internal query, as JSON values. */
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  /** Attaches the database of a catalog, creating it if needed. */
  attach(catalog: string): Promise<void>;
  /** Detaches a catalog and removes its file. */
  drop(catalog: string): Promise<void>;
  /** The path of a catalog's file, or `:memory:`. */
  fileOf(catalog: string): string;
  close(): void;
}

/** DuckDB's name for a catalog. */
export function duckCatalog(catalog: string): string {
  return PREFIX + catalog.toLowerCase();
}

/** The catalog for one of DuckDB's database names, if it is one. */
export function catalogOf(duckName: string): string | undefined {
  return duckName.startsWith(PREFIX) ? duckName.slice(PREFIX.length) : undefined;
}

/** Quotes an identifier for DuckDB. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a string literal for DuckDB. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Opens DuckDB in memory; catalogs live in memory too, or in `folder/catalogs`. */
export async function openDatabase(folder: string | undefined): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:');
  const internal = await connect(instance);
  const catalogFolder = folder === undefined ? undefined : join(folder, 'catalogs');
  if (catalogFolder !== undefined) mkdirSync(catalogFolder, { recursive: true });
  const fileOf = (catalog: string) =>
    catalogFolder === undefined
      ? ':memory:'
      : join(catalogFolder, `${encodeURIComponent(catalog.toLowerCase())}.duckdb`);
  const slots = createSlots(CONCURRENT);
  const idle: DuckDBConnection[] = [];
  let closed = false;

  return {
    fileOf,
    async use(work, signal) {
      await slots.take(signal);
      const connection = idle.pop() ?? (await connect(instance));
      const interrupt = () => connection.interrupt();
      signal?.addEventListener('abort', interrupt);
      try {
        signal?.throwIfAborted();
        return await work(connection);
      } finally {
        signal?.removeEventListener('abort', interrupt);
        // an interrupted connection may hold a half-read result: never used again
        if (closed || signal?.aborted) connection.closeSync();
        else idle.push(connection);
        slots.give();
      }
    },
    async run(sql) {
      await internal.run(sql);
    },
    async rows<T>(sql: string) {
      const reader = await internal.runAndReadAll(sql);
      return reader.getRowObjectsJson() as T[];
    },
    async attach(catalog) {
      await internal.run(`ATTACH IF NOT EXISTS ${quoteText(fileOf(catalog))} AS ${quoteName(duckCatalog(catalog))}`);
    },
    async drop(catalog) {
      await internal.run(`DETACH ${quoteName(duckCatalog(catalog))}`);
      if (catalogFolder !== undefined) {
        for (const suffix of ['', '.wal']) rmSync(fileOf(catalog) + suffix, { force: true });
      }
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

interface Slots {
  take(signal?: AbortSignal): Promise<void>;
  give(): void;
}

function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    take(signal) {
      if (free > 0) {
        free -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const start = () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        const leave = () => {
          waiting.splice(waiting.indexOf(start), 1);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(start);
      });
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
