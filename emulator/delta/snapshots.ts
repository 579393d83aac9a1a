import type { DuckDBConnection } from '@duckdb/node-api';
import { duckPath, type FullName, fullNameText } from '../unity/names.ts';
import { changesSchema, type Unity } from '../unity/registry.ts';
import type { Workspace } from '../workspace.ts';
import { type Commit, versionNotFound } from './versions.ts';

/** Tables of more rows are not kept: the copy would cost more than the write. */
const MAX_ROWS = 100_000;
/** Copies of one table; the oldest goes first. */
const MAX_COPIES = 20;

/** Earlier versions of tables without a change data feed: copies from before each change, and counts of what was added. */
export interface Snapshots {
  /** Copies the rows of a version that is about to be changed. */
  keep(connection: DuckDBConnection, full: FullName, version: number): Promise<void>;
  /** DuckDB's text of a version. @throws SqlError DELTA_VERSION_NOT_FOUND */
  query(full: FullName, version: number, list: Commit[]): string;
  forget(run: (sql: string) => Promise<unknown>, full: FullName): Promise<void>;
}

/** Operations that leave every row as it was. */
const NEUTRAL = new Set([
  'SET TBLPROPERTIES',
  'UNSET TBLPROPERTIES',
  'OPTIMIZE',
  'CLUSTER BY',
  'ADD CONSTRAINT',
  'DROP CONSTRAINT',
  'CHANGE COLUMN',
]);

/** Opens the copies of every table. */
export function createSnapshots(workspace: Workspace, unity: Unity): Snapshots {
  const kept = workspace.store.collection<number[]>('delta_snapshots');
  const idOf = (full: FullName) => unity.tables.get(fullNameText(full))?.table_id ?? '';
  const copyOf = (full: FullName, version: number) =>
    duckPath([unity.duckNames().get(full.catalog) ?? '', changesSchema(full.schema), `${idOf(full)}__v${version}`]);
  return {
    async keep(connection, full, version) {
      const versions = kept.get(idOf(full)) ?? [];
      if (idOf(full) === '' || versions.includes(version)) return;
      const table = unity.duckTable(full);
      const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${table}`);
      if (Number(counted.getRowsJson()[0]?.[0]) > MAX_ROWS) return;
      const duck = unity.duckNames().get(full.catalog) ?? '';
      await connection.run(`CREATE SCHEMA IF NOT EXISTS ${duckPath([duck, changesSchema(full.schema)])}`);
      await connection.run(`CREATE OR REPLACE TABLE ${copyOf(full, version)} AS SELECT * FROM ${table}`);
      const gone = versions.slice(0, Math.max(0, versions.length + 1 - MAX_COPIES));
      for (const old of gone) await connection.run(`DROP TABLE IF EXISTS ${copyOf(full, old)}`);
      kept.put(idOf(full), [...versions.slice(gone.length), version]);
    },
    query(full, version, list) {
      const last = list.at(-1)?.version ?? 0;
      const nearest = (kept.get(idOf(full)) ?? []).find((one) => one >= version) ?? last;
      const later = list.filter((item) => item.version > version && item.version <= nearest);
      if (later.some((item) => item.appended === undefined && !NEUTRAL.has(item.operation)))
        throw versionNotFound(version, list);
      const source = (kept.get(idOf(full)) ?? []).includes(nearest) ? copyOf(full, nearest) : unity.duckTable(full);
      const added = later.reduce((sum, item) => sum + (item.appended ?? 0), 0);
      // rows are in the order in which they came, so what was added is at the end
      return added === 0
        ? `(SELECT * FROM ${source})`
        : `(SELECT * FROM ${source} LIMIT (SELECT count(*) - ${added} FROM ${source}))`;
    },
    async forget(run, full) {
      for (const version of kept.get(idOf(full)) ?? []) await run(`DROP TABLE IF EXISTS ${copyOf(full, version)}`);
      kept.delete(idOf(full));
    },
  };
}
