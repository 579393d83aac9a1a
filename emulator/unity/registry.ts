import { randomUUID } from 'node:crypto';
import { quoteText } from '../database.ts';
import type { Collection } from '../store.ts';
import type { Workspace } from '../workspace.ts';
import { duckPath, type FullName, fullNameText } from './names.ts';

/** What Unity Catalog remembers of an object besides what DuckDB knows; fields of the REST API are kept as they came. */
export interface Meta {
  name: string;
  owner: string;
  comment?: string;
  properties?: Record<string, string>;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
  [other: string]: unknown;
}

/** A catalog, with the name of its DuckDB database, which stays when the catalog is renamed. */
export interface CatalogMeta extends Meta {
  duck: string;
  catalog_type: string;
}

/** A table or view. */
export interface TableMeta extends Meta {
  table_id: string;
  table_type: 'MANAGED' | 'EXTERNAL' | 'VIEW';
  data_source_format?: string;
  view_definition?: string;
  storage_location?: string;
  table_constraints?: TableConstraint[];
}

/** A primary or foreign key of a table, or a constraint with a name only, in the form of the Tables API. */
export interface TableConstraint {
  primary_key_constraint?: { name: string; child_columns: string[]; rely?: boolean; timeseries_columns?: string[] };
  foreign_key_constraint?: {
    name: string;
    child_columns: string[];
    parent_table: string;
    parent_columns: string[];
    rely?: boolean;
  };
  named_table_constraint?: { name: string; child_columns?: string[] };
}

/** A volume; its files are in `folder`. */
export interface VolumeMeta extends Meta {
  volume_id: string;
  volume_type: 'MANAGED' | 'EXTERNAL';
  storage_location: string;
}

/** What is in the catalogs. Tables and schemas exist in DuckDB; this adds what DuckDB does not know. */
export interface Unity {
  readonly catalogs: Collection<CatalogMeta>;
  readonly schemas: Collection<Meta>;
  readonly tables: Collection<TableMeta>;
  readonly volumes: Collection<VolumeMeta>;
  /** Functions, in the form of the Functions API. */
  readonly functions: Collection<Meta>;
  /** DuckDB's database names by catalog name. */
  duckNames(): ReadonlyMap<string, string>;
  /** A table's name for DuckDB. */
  duckTable(full: FullName): string;
  duckSchema(catalog: string, schema: string): string;
  createCatalog(name: string, by: string, fields: Partial<CatalogMeta>): Promise<CatalogMeta>;
  dropCatalog(name: string): Promise<void>;
  /** Moves what is remembered of a catalog and of everything in it to another name; its database stays. */
  renameCatalog(from: string, to: string): void;
  createSchema(catalog: string, name: string, by: string, fields?: Partial<Meta>): Promise<Meta>;
  /** Drops a schema with everything in it. */
  dropSchema(catalog: string, name: string): Promise<void>;
  /** Moves a schema's tables and views into a new schema; DuckDB cannot rename one. */
  renameSchema(catalog: string, from: string, to: string): Promise<void>;
  schemaNames(catalog: string): Promise<string[]>;
  tableNames(catalog: string, schema?: string): Promise<(FullName & { view: boolean })[]>;
  kindOf(full: FullName): Promise<'table' | 'view' | undefined>;
  /** Meta of a table that exists; made on the spot for one that has none. */
  tableMeta(full: FullName, view: boolean): TableMeta;
  noteTable(full: FullName, by: string, fields: Partial<TableMeta>): TableMeta;
  forgetTable(full: FullName): void;
  newMeta(name: string, by: string): Meta;
  /** Runs changes of what there is one after the other. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** Schemas that Databricks does not have: DuckDB's own, and where change data is kept. */
function isHiddenSchema(name: string): boolean {
  return name === 'main' || name.startsWith('__');
}

/** The hidden schema that holds the change data of a schema's tables. */
export function changesSchema(schema: string): string {
  return `__changes_${schema}`;
}

/** Opens the registry and attaches every catalog. */
export async function openUnity(workspace: Workspace): Promise<Unity> {
  const { database } = workspace;
  const catalogs = workspace.store.collection<CatalogMeta>('uc_catalogs');
  const schemas = workspace.store.collection<Meta>('uc_schemas');
  const tables = workspace.store.collection<TableMeta>('uc_tables');
  const volumes = workspace.store.collection<VolumeMeta>('uc_volumes');
  const functions = workspace.store.collection<Meta>('uc_functions');
  let duck = new Map(catalogs.values().map((meta) => [meta.name, meta.duck]));
  for (const meta of catalogs.values()) await database.attach(meta.duck);
  const refresh = () => {
    duck = new Map(catalogs.values().map((meta) => [meta.name, meta.duck]));
  };

  const newMeta = (name: string, by: string): Meta => {
    const now = workspace.now();
    return { name, owner: by, created_at: now, created_by: by, updated_at: now, updated_by: by };
  };
  const duckOf = (catalog: string) => duck.get(catalog) ?? `uc_${catalog}`;

  let last: Promise<unknown> = Promise.resolve();
  const unity: Unity = {
    exclusive(work) {
      const turn = last.then(work, work);
      last = turn.catch(() => undefined);
      return turn;
    },
    catalogs,
    schemas,
    tables,
    volumes,
    functions,
    newMeta,
    duckNames: () => {
      if (duck.size !== catalogs.size) refresh();
      return duck;
    },
    duckTable: (full) => duckPath([duckOf(full.catalog), full.schema, full.name]),
    duckSchema: (catalog, schema) => duckPath([duckOf(catalog), schema]),

    async createCatalog(name, by, fields) {
      // a dropped and recreated catalog gets a fresh database
      const own = `uc_${name}${[...duck.values()].includes(`uc_${name}`) ? `_${randomUUID().slice(0, 8)}` : ''}`;
      await database.attach(own);
      const meta = catalogs.put(name, { ...newMeta(name, by), catalog_type: 'MANAGED_CATALOG', ...fields, duck: own });
      refresh();
      await unity.createSchema(name, 'default', by, { comment: 'Default schema (auto-created)' });
      return meta;
    },
    async dropCatalog(name) {
      for (const schema of await unity.schemaNames(name)) await unity.dropSchema(name, schema);
      await database.drop(duckOf(name));
      catalogs.delete(name);
      refresh();
    },
    renameCatalog(from, to) {
      const meta = catalogs.get(from);
      if (meta === undefined) return;
      catalogs.delete(from);
      catalogs.put(to, { ...meta, name: to });
      for (const collection of [schemas, tables, volumes]) moveKeys<Meta>(collection as Collection<Meta>, from, to);
      refresh();
    },
    async renameSchema(catalog, from, to) {
      await database.run(`CREATE SCHEMA ${unity.duckSchema(catalog, to)}`);
      const duck = duckOf(catalog);
      const rows = await database.rows<{ schema_name: string; name: string; sql: string | null }>(
        `SELECT schema_name, table_name AS name, NULL AS sql FROM duckdb_tables() WHERE database_name = ${quoteText(duck)} AND schema_name IN (${quoteText(from)}, ${quoteText(changesSchema(from))})
         UNION ALL SELECT schema_name, view_name, sql FROM duckdb_views() WHERE database_name = ${quoteText(duck)} AND schema_name = ${quoteText(from)}`,
      );
      await database.run(`CREATE SCHEMA IF NOT EXISTS ${duckPath([duck, changesSchema(to)])}`);
      for (const { schema_name, name, sql } of rows) {
        const fresh = duckPath([duck, schema_name === from ? to : changesSchema(to), name]);
        // the text of a view stays, as in Databricks: names in it that point at the old schema are then broken
        if (sql !== null)
          await database.run(sql.replace(/^CREATE VIEW (?:(?:"(?:[^"]|"")*"|\w+)\.?)+/i, () => `CREATE VIEW ${fresh}`));
        else await database.run(`CREATE TABLE ${fresh} AS SELECT * FROM ${duckPath([duck, schema_name, name])}`);
      }
      moveKeys(schemas, `${catalog}.${from}`, `${catalog}.${to}`);
      moveKeys(tables, `${catalog}.${from}`, `${catalog}.${to}`);
      moveKeys(volumes, `${catalog}.${from}`, `${catalog}.${to}`);
      await unity.dropSchema(catalog, from);
    },
    async createSchema(catalog, name, by, fields = {}) {
      await database.run(`CREATE SCHEMA ${unity.duckSchema(catalog, name)}`);
      return schemas.put(`${catalog}.${name}`, { ...newMeta(name, by), ...fields });
    },
    async dropSchema(catalog, name) {
      await database.run(`DROP SCHEMA ${unity.duckSchema(catalog, name)} CASCADE`);
      await database.run(`DROP SCHEMA IF EXISTS ${unity.duckSchema(catalog, changesSchema(name))} CASCADE`);
      const prefix = `${catalog}.${name}.`;
      for (const key of tables.keys()) if (key.startsWith(prefix)) tables.delete(key);
      for (const key of volumes.keys()) if (key.startsWith(prefix)) volumes.delete(key);
      for (const key of functions.keys()) if (key.startsWith(prefix)) functions.delete(key);
      schemas.delete(`${catalog}.${name}`);
    },
    async schemaNames(catalog) {
      const rows = await database.rows<{ schema_name: string }>(
        `SELECT schema_name FROM duckdb_schemas() WHERE database_name = '${duckOf(catalog).replaceAll("'", "''")}' ORDER BY schema_name`,
      );
      return rows
        .map((row) => row.schema_name)
        .filter((name) => !isHiddenSchema(name) && name !== 'information_schema' && name !== 'pg_catalog');
    },
    async tableNames(catalog, schema) {
      const where = `database_name = '${duckOf(catalog).replaceAll("'", "''")}'${schema === undefined ? '' : ` AND schema_name = '${schema.replaceAll("'", "''")}'`}`;
      const rows = await database.rows<{ schema_name: string; name: string; view: boolean }>(
        `SELECT schema_name, table_name AS name, false AS view FROM duckdb_tables() WHERE ${where}
         UNION ALL SELECT schema_name, view_name, true FROM duckdb_views() WHERE NOT internal AND ${where} ORDER BY 1, 2`,
      );
      return rows
        .filter((row) => !isHiddenSchema(row.schema_name))
        .map((row) => ({ catalog, schema: row.schema_name, name: row.name, view: row.view }));
    },
    async kindOf(full) {
      if (!duck.has(full.catalog)) return undefined;
      const found = (await unity.tableNames(full.catalog, full.schema)).find(
        (table) => table.name.toLowerCase() === full.name,
      );
      return found === undefined ? undefined : found.view ? 'view' : 'table';
    },
    tableMeta: (full, view) =>
      tables.get(fullNameText(full)) ??
      unity.noteTable(full, workspace.admin.userName, { table_type: view ? 'VIEW' : 'MANAGED' }),
    noteTable(full, by, fields) {
      const table_id = randomUUID();
      const managed =
        fields.table_type === 'VIEW'
          ? {}
          : { data_source_format: 'DELTA', storage_location: `s3://emulator/${workspace.id}/${table_id}` };
      const base = { ...newMeta(full.name, by), table_id, table_type: 'MANAGED' as const, ...managed };
      return tables.put(fullNameText(full), { ...base, ...fields });
    },
    forgetTable: (full) => void tables.delete(fullNameText(full)),
  };
  return unity;
}

function moveKeys<T>(collection: Collection<T>, from: string, to: string): void {
  for (const key of collection.keys().filter((item) => item === from || item.startsWith(`${from}.`))) {
    const value = collection.get(key) as T;
    collection.delete(key);
    collection.put(to + key.slice(from.length), value);
  }
}
