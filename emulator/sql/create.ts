import { describeQuery } from '../results/write.ts';
import { duckPath, type FullName, fullNameText } from '../unity/names.ts';
import type { TableMeta } from '../unity/registry.ts';
import { commentColumns } from './column-comments.ts';
import { requireOwnNames, requirePlainNames } from './column-names.ts';
import { columnTexts, type Declaration, readColumns, sequenceCounts } from './columns.ts';
import { prepareQuery } from './compile/run.ts';
import { type Later, prepareStored } from './compile/write.ts';
import { addConstraint } from './constraints.ts';
import { planCatalog, planSchema, planVolume } from './create-containers.ts';
import { planFunction } from './create-function.ts';
import { planView } from './create-view.ts';
import { SqlError, unsupported } from './error.ts';
import { tableExists, tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { fromDuck } from './read-type.ts';
import { createReader, type Reader, readProperties } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, requireSchema, type Session, tableName } from './session.ts';
import type { TableFacts } from './table-facts.ts';
import { counts } from './writes.ts';

/** Plans CREATE. */
export function planCreate(tokens: Token[], sql: string, environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const replace = reader.eat('OR', 'REPLACE');
  const external = reader.eat('EXTERNAL');
  if (reader.eat('TABLE')) return planTable(reader, { replace }, environment);
  if (reader.eat('VIEW')) return planView(reader, sql, replace, environment);
  if (reader.eat('TEMPORARY') || reader.eat('TEMP')) return planTemporary(reader, environment);
  if (reader.eat('FUNCTION')) return planFunction(reader, { replace, temporary: false }, environment);
  if (reader.eat('SCHEMA') || reader.eat('DATABASE')) return planSchema(reader, environment);
  if (reader.eat('CATALOG')) return planCatalog(reader);
  if (reader.eat('VOLUME')) return planVolume(reader, external, environment);
  throw unsupported(`CREATE ${reader.peek()?.text ?? ''}`.trim());
}

interface TableClauses {
  declared: Declaration;
  partitions: string[];
  clusters: string[];
  comment?: string;
  properties: Record<string, string>;
  location?: string;
  format: string;
  query?: Later;
  clone?: FullName;
}

function planTable(reader: Reader, options: { replace: boolean }, environment: Environment): Plan {
  const ifNotExists = reader.eat('IF', 'NOT', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  const clauses = readClauses(reader, environment);
  const facts = factsFrom(clauses);
  return {
    verb: 'CREATE',
    async run(session) {
      await requireSchema(full.catalog, full.schema, session);
      session.access.checkSql('schema', `${full.catalog}.${full.schema}`, 'CREATE TABLE');
      const kind = await session.unity.kindOf(full);
      if (kind !== undefined && ifNotExists) return NO_ROWS;
      if (kind !== undefined && !options.replace) throw tableExists(full);
      if (clauses.clone !== undefined && (await session.unity.kindOf(clauses.clone)) === undefined)
        throw tableNotFound(fullNameText(clauses.clone));
      const rows = await createTable(session, full, clauses);
      const meta: Partial<TableMeta> = {
        table_type: clauses.location === undefined ? 'MANAGED' : 'EXTERNAL',
        data_source_format: clauses.format,
        properties: clauses.properties,
        ...placeOf(clauses, kind === 'table' ? session.unity.tableMeta(full, false) : undefined),
        ...facts,
        ...(clauses.comment === undefined ? {} : { comment: clauses.comment }),
      };
      if (kind !== undefined) await session.delta.forget(session.connection, full);
      session.unity.noteTable(full, session.userName, meta);
      for (const constraint of clauses.declared.constraints) await addConstraint(session, full, constraint);
      for (const column of clauses.declared.columns)
        if (column.key !== undefined) await addConstraint(session, full, { key: column.key });
      const operation =
        clauses.query === undefined ? 'CREATE TABLE' : `CREATE${options.replace ? ' OR REPLACE' : ''} TABLE AS SELECT`;
      session.delta.commit(full, {
        userName: session.userName,
        operation,
        parameters: { properties: JSON.stringify(clauses.properties) },
        metrics: rows === undefined ? {} : { numOutputRows: String(rows) },
      });
      return clauses.query === undefined
        ? NO_ROWS
        : counts({ num_affected_rows: rows ?? 0, num_inserted_rows: rows ?? 0 });
    },
  };
}

/** A managed table that is replaced stays where it is; only one that is dropped and created again has another place. */
function placeOf(
  { location }: TableClauses,
  before: TableMeta | undefined,
): Pick<Partial<TableMeta>, 'storage_location'> {
  const place = location ?? (before?.table_type === 'MANAGED' ? before.storage_location : undefined);
  return place === undefined ? {} : { storage_location: place };
}

async function createTable(session: Session, full: FullName, clauses: TableClauses): Promise<number | undefined> {
  const table = session.unity.duckTable(full);
  const { connection } = session;
  if (clauses.clone !== undefined) {
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${session.unity.duckTable(clauses.clone)}`);
    return undefined;
  }
  if (clauses.query !== undefined) {
    const query = await clauses.query(session);
    const { columns, types } = await describeQuery(connection, query);
    requireOwnNames(columns.map(({ name }) => name));
    requirePlainNames(
      columns.map(({ name }, index) => ({ name, type: fromDuck(types[index] as (typeof types)[number]) })),
      clauses.properties,
    );
    const done = await connection.runAndReadAll(`CREATE OR REPLACE TABLE ${table} AS ${query}`);
    return Number(done.getRowsJson()[0]?.[0] ?? 0);
  }
  const { columns } = clauses.declared;
  if (columns.length === 0)
    throw new SqlError(
      'UNSUPPORTED_FEATURE.EMULATOR',
      '0A000',
      'The emulator does not support a table without columns.',
    );
  requireOwnNames(columns.map(({ name }) => name));
  requirePlainNames(
    columns.map(({ name, spark }) => ({ name, type: spark })),
    clauses.properties,
  );
  const sequence = duckPath([session.unity.duckNames().get(full.catalog) ?? '', full.schema, `${full.name}__identity`]);
  const identity = columns.map((column) => column.facts.identity).find((counts) => counts !== undefined);
  // the table that is replaced holds on to its sequence
  if (identity !== undefined) {
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
    await connection.run(`CREATE OR REPLACE SEQUENCE ${sequence} ${sequenceCounts(identity)}`);
  }
  await connection.run(`CREATE OR REPLACE TABLE ${table} (${columnTexts(columns, sequence, session).join(', ')})`);
  await commentColumns(session, full, columns);
  return undefined;
}

function readClauses(reader: Reader, environment: Environment): TableClauses {
  const clauses: TableClauses = {
    declared: { columns: [], constraints: [] },
    partitions: [],
    clusters: [],
    properties: {},
    format: 'DELTA',
  };
  if (reader.peek()?.text === '(' && reader.peek(1)?.value !== 'SELECT')
    clauses.declared = readColumns(reader.readBrackets(), environment);
  for (;;) {
    if (reader.eat('USING')) clauses.format = reader.readWord().toUpperCase();
    else if (reader.eat('COMMENT')) clauses.comment = reader.readText();
    else if (reader.eat('TBLPROPERTIES')) clauses.properties = readProperties(reader);
    else if (reader.eat('OPTIONS')) readProperties(reader);
    else if (reader.eat('PARTITIONED', 'BY')) readPartitions(reader, clauses, environment);
    else if (reader.eat('CLUSTER', 'BY')) {
      if (!reader.eat('AUTO') && !reader.eat('NONE')) clauses.clusters = columnNames(reader);
    } else if (reader.eat('LOCATION')) clauses.location = reader.readText();
    else if (reader.eat('DEEP', 'CLONE') || reader.eat('SHALLOW', 'CLONE') || reader.eat('CLONE'))
      clauses.clone = tableName(reader.readName(), environment);
    else break;
  }
  if (reader.eat('AS') || reader.peek()?.text === '(' || reader.at('SELECT') || reader.at('WITH'))
    clauses.query = prepareStored(reader.rest(), environment);
  reader.end();
  return clauses;
}

// names of columns, or columns with types, which are declared so
function readPartitions(reader: Reader, clauses: TableClauses, environment: Environment): void {
  const tokens = reader.readBrackets();
  const isTyped = tokens[1] !== undefined && tokens[1].text !== ',' && tokens[1].text !== '.';
  const inner = createReader(tokens);
  if (isTyped) {
    const { columns } = readColumns(tokens, environment);
    clauses.declared.columns.push(...columns);
    clauses.partitions = columns.map(({ name }) => name);
    return;
  }
  do clauses.partitions.push(inner.readWord());
  while (inner.eatSymbol(','));
  inner.end();
}

function columnNames(reader: Reader): string[] {
  const inner = createReader(reader.readBrackets());
  const names: string[] = [];
  while (!inner.done) {
    names.push(inner.readName().join('.'));
    inner.eatSymbol(',');
  }
  return names;
}

/** What the declaration says besides names and types. */
function factsFrom(clauses: TableClauses): TableFacts {
  const facts = clauses.declared.columns.map((column) => [column.name.toLowerCase(), column.facts] as const);
  const names = clauses.declared.columns.map(({ name }) => name.toLowerCase());
  const unknown = [...clauses.partitions, ...clauses.clusters].find(
    (name) => names.length > 0 && !names.includes(name.toLowerCase()),
  );
  if (unknown !== undefined)
    throw new SqlError(
      'COLUMN_NOT_DEFINED_IN_TABLE',
      '42703',
      `partition column \`${unknown}\` is not defined in table, defined table columns are: ${names.map((name) => `\`${name}\``).join(', ')}.`,
    );
  return {
    column_facts: Object.fromEntries(facts.filter(([, fact]) => Object.keys(fact).length > 0)),
    ...(clauses.partitions.length === 0 ? {} : { partition_columns: clauses.partitions }),
    ...(clauses.clusters.length === 0 ? {} : { clustering_columns: clauses.clusters }),
  };
}

/**
 * What lasts as long as a session: one statement, in this API. It is checked, and gone with the statement.
 * https://docs.databricks.com/api/workspace/statementexecution has no lasting sessions.
 */
function planTemporary(reader: Reader, environment: Environment): Plan {
  if (reader.eat('FUNCTION')) return planFunction(reader, { replace: true, temporary: true }, environment);
  reader.expect('VIEW');
  reader.eat('IF', 'NOT', 'EXISTS');
  reader.readName();
  if (reader.peek()?.text === '(') reader.readBrackets();
  if (reader.eat('USING')) throw unsupported('CREATE TEMPORARY VIEW … USING');
  for (;;) {
    if (reader.eat('COMMENT')) reader.readText();
    else if (reader.eat('TBLPROPERTIES')) readProperties(reader);
    else break;
  }
  reader.expect('AS');
  const query = prepareQuery(reader.rest(), environment);
  return {
    verb: 'CREATE',
    async run(session) {
      await query(session);
      return NO_ROWS;
    },
  };
}
