import type { DuckDBConnection } from '@duckdb/node-api';
import { SqlError } from '../sql/error.ts';
import { tableNotFound } from '../sql/failure.ts';
import { duckPath, type FullName, fullNameText } from '../unity/names.ts';
import { changesSchema, type Unity } from '../unity/registry.ts';
import type { Workspace } from '../workspace.ts';
import { createSnapshots } from './snapshots.ts';
import { type Commit, FEED_PROPERTY, fileGone, missingChanges, versionAt, versionNotFound } from './versions.ts';

/** Versions of tables and the change data feed of those that have it on. */
export interface Delta {
  history(full: FullName): Commit[];
  latest(full: FullName): number;
  /** Adds a commit; answers its version. */
  commit(full: FullName, commit: Omit<Commit, 'version' | 'timestamp' | 'changes'>): number;
  isTracked(full: FullName): boolean;
  /**
   * Runs a write of a tracked table in a transaction and records what it changed, row by row; on a table without the feed it only runs it.
   * Writes to the same table wait for each other. `append` says that it only adds rows, which needs no copy of the table.
   */
  write<T>(
    connection: DuckDBConnection,
    full: FullName,
    mode: 'append' | 'change',
    work: () => Promise<{ result: T; commit: Omit<Commit, 'version' | 'timestamp' | 'changes'> }>,
  ): Promise<T>;
  /** DuckDB's text for `table_changes(name, start, end)`. @throws SqlError as Databricks for versions without change data. */
  changesQuery(full: FullName, start: string, end: string | undefined): string;
  /**
   * DuckDB's text for `name VERSION AS OF version`: the present rows, less those that came later, and those that went later.
   * @throws SqlError as Databricks for a version that is not there; also for one whose later changes were not recorded
   */
  versionQuery(full: FullName, version: number): string;
  /** Keeps the rows that a table has now, before a statement changes more than it adds; large tables are not kept. */
  keep(connection: DuckDBConnection, full: FullName): Promise<void>;
  /** Forgets change data of all versions but the latest, as VACUUM does once the retention is over. */
  vacuum(connection: DuckDBConnection, full: FullName): Promise<void>;
  /** Follows a change of a table's columns or name. */
  alter(connection: DuckDBConnection, full: FullName, change: string): Promise<void>;
  forget(connection: DuckDBConnection, full: FullName): Promise<void>;
  /** The same outside of a statement. */
  drop(full: FullName): Promise<void>;
  rename(from: FullName, to: FullName): void;
}

/** Operations after which a tracked table has a table of changes beside it. */
const WRITES = new Set(['WRITE', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE']);

/** The rows of a table before a write. */
const BEFORE = 'temp.main.__before';

/** Opens the history of every table. */
export function createDelta(workspace: Workspace, unity: Unity): Delta {
  const commits = workspace.store.collection<Commit>('delta_commits');
  const byTable = new Map<string, Commit[]>();
  for (const key of commits.keys()) {
    const [table] = key.split('#') as [string];
    byTable.set(table, [...(byTable.get(table) ?? []), commits.get(key) as Commit]);
  }
  const vacuumed = workspace.store.collection<number>('delta_vacuumed');
  const queues = new Map<string, Promise<unknown>>();
  const idOf = (full: FullName) => unity.tables.get(fullNameText(full))?.table_id ?? '';
  const changeTable = (full: FullName) =>
    duckPath([unity.duckNames().get(full.catalog) ?? '', changesSchema(full.schema), full.name]);
  const isTracked = (full: FullName) =>
    String(unity.tables.get(fullNameText(full))?.properties?.[FEED_PROPERTY]).toLowerCase() === 'true';

  const snapshots = createSnapshots(workspace, unity);
  const history = (full: FullName) => byTable.get(idOf(full)) ?? [];
  const latest = (full: FullName) => history(full).at(-1)?.version ?? 0;

  const commit = (full: FullName, fields: Omit<Commit, 'version' | 'timestamp' | 'changes'>): number => {
    const id = idOf(full);
    const list = byTable.get(id) ?? [];
    const before = list.at(-1);
    // commit times never fall, as in Delta
    const timestamp = Math.max(workspace.now(), (before?.timestamp ?? -1) + 1);
    const added = { ...fields, version: (before?.version ?? -1) + 1, timestamp, changes: isTracked(full) };
    list.push(added);
    byTable.set(id, list);
    commits.put(`${id}#${added.version}`, added);
    return added.version;
  };

  const ensureChangeTable = async (connection: DuckDBConnection, full: FullName) => {
    const duck = unity.duckNames().get(full.catalog) ?? '';
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${duckPath([duck, changesSchema(full.schema)])}`);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${changeTable(full)} AS SELECT *, '' AS _change_type, CAST(0 AS BIGINT) AS _commit_version, TIMESTAMP '2000-01-01' AS _commit_timestamp FROM ${unity.duckTable(full)} WHERE false`,
    );
  };

  // a row keeps its rowid through an update, and a new row has a higher one than any before
  const record = async (
    connection: DuckDBConnection,
    full: FullName,
    mode: 'append' | 'change',
    from: { row: string; version: number; timestamp: number },
  ) => {
    const table = unity.duckTable(full);
    const tail = `${from.version} AS _commit_version, make_timestamp(${from.timestamp * 1000}) AS _commit_timestamp`;
    const differs = 'to_json(__old) <> to_json(struct_insert(__new, __row := __old.__row))';
    const added = `SELECT __new.*, 'insert' AS _change_type, ${tail} FROM ${table} AS __new WHERE rowid > ${from.row}`;
    const changed = (side: string, type: string) =>
      `SELECT ${side}.* ${side === '__old' ? 'EXCLUDE (__row)' : ''}, '${type}' AS _change_type, ${tail} FROM ${BEFORE} AS __old JOIN ${table} AS __new ON __new.rowid = __old.__row WHERE ${differs}`;
    const removed = `SELECT __old.* EXCLUDE (__row), 'delete' AS _change_type, ${tail} FROM ${BEFORE} AS __old WHERE __row NOT IN (SELECT rowid FROM ${table})`;
    const parts =
      mode === 'append'
        ? [added]
        : [removed, changed('__old', 'update_preimage'), changed('__new', 'update_postimage'), added];
    for (const part of parts) await connection.run(`INSERT INTO ${changeTable(full)} BY NAME ${part}`);
  };

  const delta: Delta = {
    history,
    latest,
    commit,
    isTracked,
    async write(connection, full, mode, work) {
      const key = fullNameText(full);
      const turn = (queues.get(key) ?? Promise.resolve())
        .catch(() => undefined)
        .then(async () => {
          if (!isTracked(full)) {
            if (mode === 'change') await delta.keep(connection, full);
            const { result, commit: fields } = await work();
            commit(
              full,
              mode === 'append' ? { ...fields, appended: Number(fields.metrics.numOutputRows ?? 0) } : fields,
            );
            return result;
          }
          await ensureChangeTable(connection, full);
          const highest = await connection.runAndReadAll(
            `SELECT coalesce(max(rowid), -1) FROM ${unity.duckTable(full)}`,
          );
          const row = String(highest.getRowsJson()[0]?.[0]);
          if (mode === 'change')
            await connection.run(
              `CREATE OR REPLACE TEMP TABLE __before AS SELECT *, rowid AS __row FROM ${unity.duckTable(full)}`,
            );
          await connection.run('BEGIN');
          try {
            const { result, commit: fields } = await work();
            const next = latest(full) + 1;
            const timestamp = Math.max(workspace.now(), (history(full).at(-1)?.timestamp ?? -1) + 1);
            await record(connection, full, mode, { row, version: next, timestamp });
            await connection.run('COMMIT');
            commit(full, fields);
            return result;
          } catch (error) {
            await connection.run('ROLLBACK').catch(() => undefined);
            throw error;
          } finally {
            if (mode === 'change') await connection.run(`DROP TABLE IF EXISTS ${BEFORE}`).catch(() => undefined);
          }
        });
      queues.set(key, turn);
      try {
        return await turn;
      } finally {
        if (queues.get(key) === turn) queues.delete(key);
      }
    },
    changesQuery(full, start, end) {
      if (!unity.tables.has(fullNameText(full))) throw tableNotFound(fullNameText(full));
      const list = history(full);
      const last = latest(full);
      const from = versionAt(list, start, 'start');
      const to = end === undefined ? last : Math.min(versionAt(list, end, 'end'), last);
      if (from > last)
        throw new SqlError(
          'DELTA_CDC_START_VERSION_AFTER_LATEST',
          '22003',
          `Start version ${from} for change data feed exceeds the latest table version ${last}.`,
        );
      if (to < from)
        throw new SqlError(
          'DELTA_INVALID_CDC_RANGE',
          '22003',
          `CDC range from start ${from} to end ${to} was invalid. End cannot be before start.`,
        );
      const missing = list.find((item) => item.version >= from && item.version <= to && !item.changes);
      if (missing !== undefined || list.length === 0) throw missingChanges(from, to, missing?.version ?? 0);
      const gone = vacuumed.get(idOf(full));
      if (gone !== undefined && from <= gone) throw fileGone(unity.tables.get(fullNameText(full)), from);
      return `(SELECT * FROM ${changeTable(full)} WHERE _commit_version BETWEEN ${from} AND ${to} ORDER BY _commit_version)`;
    },
    versionQuery(full, version) {
      const list = history(full);
      const last = latest(full);
      const isKept = list
        .filter((item) => item.version > version)
        .every((item) => item.changes && item.version > (vacuumed.get(idOf(full)) ?? -1));
      if (!(version <= last) || version < 0) throw versionNotFound(version, list);
      if (!isKept || !isTracked(full)) return snapshots.query(full, version, list);
      const table = unity.duckTable(full);
      // Also of the newest version: the next one may be written before this is read.
      const hasChanges = list.some((item) => item.changes && WRITES.has(item.operation));
      if (version === last && !hasChanges) return table;
      const rows = (types: string) =>
        `SELECT * EXCLUDE (_change_type, _commit_version, _commit_timestamp) FROM ${changeTable(full)} WHERE _commit_version > ${version} AND _change_type IN (${types})`;
      return `(SELECT * FROM ${table} UNION ALL ${rows("'delete', 'update_preimage'")} EXCEPT ALL ${rows("'insert', 'update_postimage'")})`;
    },
    async vacuum(connection, full) {
      const last = latest(full);
      vacuumed.put(idOf(full), last - 1);
      await snapshots.forget((text) => connection.run(text), full);
      if (isTracked(full)) {
        await ensureChangeTable(connection, full);
        await connection.run(`DELETE FROM ${changeTable(full)} WHERE _commit_version < ${last}`);
      }
    },
    keep: (connection, full) => snapshots.keep(connection, full, latest(full)),
    async alter(connection, full, change) {
      const known = await hasTable(connection, unity, full);
      if (known) await connection.run(`ALTER TABLE ${changeTable(full)} ${change}`);
    },
    async forget(connection, full) {
      await snapshots.forget((text) => connection.run(text), full);
      await connection.run(`DROP TABLE IF EXISTS ${changeTable(full)}`);
    },
    async drop(full) {
      await snapshots.forget((text) => workspace.database.run(text), full);
      await workspace.database.run(`DROP TABLE IF EXISTS ${changeTable(full)}`);
    },
    rename(from, to) {
      const meta = unity.tables.get(fullNameText(from));
      if (meta === undefined) return;
      unity.tables.delete(fullNameText(from));
      unity.tables.put(fullNameText(to), { ...meta, name: to.name });
    },
  };
  return delta;
}

async function hasTable(connection: DuckDBConnection, unity: Unity, full: FullName): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_tables() WHERE database_name = '${unity.duckNames().get(full.catalog)}' AND schema_name = '${changesSchema(full.schema)}' AND table_name = '${full.name.replaceAll("'", "''")}'`,
  );
  return reader.currentRowCount > 0;
}
