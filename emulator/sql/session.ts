import type { DuckDBConnection } from '@duckdb/node-api';
import type { Access } from '../access.ts';
import type { Delta } from '../delta/delta.ts';
import type { FullName } from '../unity/names.ts';
import { resolveName } from '../unity/names.ts';
import type { Unity } from '../unity/registry.ts';
import type { VolumeFiles } from '../unity/volume-files.ts';
import { SqlError } from './error.ts';
import type { SparkType } from './spark-type.ts';

/** What the text of a statement depends on besides itself. */
export interface Environment {
  unity: Unity;
  delta: Delta;
  files: VolumeFiles;
  access: Access;
  /** Current catalog and schema. */
  catalog: string;
  schema: string;
  /** Epoch milliseconds of the statement's `current_timestamp()`. */
  now: number;
  userName: string;
  /** Seconds that `emulator_sleep(n)` asked for; the translation adds to it. */
  sleepSeconds: number;
  /** DuckDB's text of the files that COPY INTO reads. */
  copySource?: string;
}

/** An environment with a connection to run on. */
export interface Session extends Environment {
  connection: DuckDBConnection;
}

/** A translated statement. */
export interface Plan {
  /** The first keyword. */
  verb: string;
  /** Does what the statement does, and answers the DuckDB query that gives its result. */
  run(session: Session): Promise<string | ResultQuery>;
}

/** DuckDB's text of a query, and its columns as Databricks has them. */
export interface ResultQuery {
  sql: string;
  columns: { name: string; type: SparkType }[];
}

/** The result query of a statement that gives no result: no columns, no rows. */
export const NO_ROWS = '';

/** Completes a table's name. @throws SqlError for a name of more than three parts. */
export function tableName(parts: string[], environment: Environment): FullName {
  const full = resolveName(parts, environment);
  if (full === undefined)
    throw new SqlError(
      'IDENTIFIER_TOO_MANY_NAME_PARTS',
      '42601',
      `\`${parts.join('`.`')}\` is not a valid identifier as it has more than 3 name parts.`,
    );
  return full;
}

/** Completes the name of a schema. */
export function schemaName(parts: string[], environment: Environment): { catalog: string; schema: string } {
  const [schema, catalog] = parts.map((part) => part.toLowerCase()).reverse() as [string, string | undefined];
  return { catalog: catalog ?? environment.catalog, schema };
}

/** @throws SqlError NO_SUCH_CATALOG_EXCEPTION when there is no such catalog. */
export function requireCatalog(catalog: string, environment: Environment): void {
  if (environment.unity.duckNames().has(catalog)) return;
  throw new SqlError(
    'NO_SUCH_CATALOG_EXCEPTION',
    '42704',
    `Catalog '${catalog}' was not found. Please verify the catalog name and then retry the query or command again.`,
  );
}

/** @throws SqlError SCHEMA_NOT_FOUND when there is no such schema. */
export async function requireSchema(catalog: string, schema: string, environment: Environment): Promise<void> {
  requireCatalog(catalog, environment);
  if ((await environment.unity.schemaNames(catalog)).includes(schema)) return;
  throw schemaNotFound(catalog, schema);
}

/** The error for a schema that is not there. */
export function schemaNotFound(catalog: string, schema: string): SqlError {
  return new SqlError(
    'SCHEMA_NOT_FOUND',
    '42704',
    `The schema \`${catalog}\`.\`${schema}\` cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a catalog, verify the current_schema() output, or qualify the name with the correct catalog.\nTo tolerate the error on drop use DROP SCHEMA IF EXISTS.`,
  );
}
