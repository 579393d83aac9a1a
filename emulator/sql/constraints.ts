import { type FullName, fullNameText } from '../unity/names.ts';
import { prepareCondition } from './compile/table-condition.ts';
import { SqlError } from './error.ts';
import { type Token, tokenize } from './lexer.ts';
import type { Reader } from './reader.ts';
import { type Environment, type Session, tableName } from './session.ts';
import { sourceText } from './source-text.ts';
import { changeFacts, factsOf, type Key } from './table-facts.ts';

/** PRIMARY KEY or FOREIGN KEY: it informs, and is not enforced. */
export interface KeyDefinition {
  kind: 'primary' | 'foreign';
  columns: string[];
  parent?: FullName;
  parentColumns: string[];
}

/** A constraint with its name, if it was given one. */
export interface TableConstraint {
  name?: string;
  key?: KeyDefinition;
  check?: Token[];
}

/** Reads `[CONSTRAINT name] PRIMARY KEY (…) | FOREIGN KEY (…) REFERENCES … | CHECK (…)`, or nothing. */
export function readTableConstraint(reader: Reader, environment: Environment): TableConstraint | undefined {
  const name = reader.eat('CONSTRAINT') ? reader.readWord() : undefined;
  const named = name === undefined ? {} : { name };
  if (reader.at('CHECK') && reader.peek(1)?.text === '(') {
    reader.take();
    const check = reader.readBrackets();
    reader.eat('ENFORCED');
    return { ...named, check };
  }
  const key = readKey(reader, undefined, environment);
  if (key === undefined && name !== undefined) reader.fail();
  return key === undefined ? undefined : { ...named, key };
}

/** Reads a key of a table, or of the one column that it follows. */
export function readKey(
  reader: Reader,
  own: string[] | undefined,
  environment: Environment,
): KeyDefinition | undefined {
  if (own !== undefined && reader.at('CONSTRAINT')) {
    reader.take();
    reader.readWord();
  }
  let key: KeyDefinition;
  if (reader.eat('PRIMARY', 'KEY')) key = { kind: 'primary', columns: own ?? readNames(reader), parentColumns: [] };
  else if (reader.eat('FOREIGN', 'KEY')) {
    const columns = own ?? readNames(reader);
    reader.expect('REFERENCES');
    key = { kind: 'foreign', columns, parent: tableName(reader.readName(), environment), parentColumns: [] };
  } else if (own !== undefined && reader.eat('REFERENCES'))
    key = { kind: 'foreign', columns: own, parent: tableName(reader.readName(), environment), parentColumns: [] };
  else return undefined;
  if (key.kind === 'foreign' && reader.peek()?.text === '(') key.parentColumns = readNames(reader);
  const options = [
    ['NOT', 'ENFORCED'],
    ['DEFERRABLE'],
    ['INITIALLY', 'DEFERRED'],
    ['RELY'],
    ['NORELY'],
    ['MATCH', 'FULL'],
    ['ON', 'UPDATE', 'NO', 'ACTION'],
    ['ON', 'DELETE', 'NO', 'ACTION'],
  ];
  while (options.some((words) => reader.eat(...words)));
  return key;
}

function readNames(reader: Reader): string[] {
  return reader
    .readBrackets()
    .filter((token) => token.kind === 'word' || token.kind === 'name')
    .filter((token) => token.value !== 'TIMESERIES')
    .map((token) => (token.kind === 'name' ? token.value : token.text));
}

/** Adds a constraint; a CHECK must hold for every row that is there. @throws SqlError DELTA_NEW_CHECK_CONSTRAINT_VIOLATION */
export async function addConstraint(session: Session, full: FullName, given: TableConstraint): Promise<void> {
  const facts = factsOf(session.unity, full);
  const name =
    given.name ?? `${full.name}_${given.key?.kind === 'primary' ? 'pk' : given.key === undefined ? 'check' : 'fk'}`;
  const taken = [...(facts.checks ?? []).map((check) => check.name), ...(facts.table_constraints ?? []).map(nameOf)];
  if (taken.some((one) => one.toLowerCase() === name.toLowerCase()))
    throw new SqlError(
      'DELTA_CONSTRAINT_ALREADY_EXISTS',
      '42710',
      `Constraint '${name}' already exists. Please delete the old constraint first.`,
    );
  if (given.check !== undefined) {
    const check = { name, expression: sourceText(given.check) };
    const violated = await violations(session, full, check.expression);
    if (violated > 0)
      throw new SqlError(
        'DELTA_NEW_CHECK_CONSTRAINT_VIOLATION',
        '23512',
        `${violated} rows in ${fullNameText(full)} violate the new CHECK constraint (${check.expression}).`,
      );
    changeFacts(session.unity, full, (old) => ({ checks: [...(old.checks ?? []), check] }));
    return;
  }
  const key = keyOf(name, given.key as KeyDefinition, session);
  changeFacts(session.unity, full, (old) => ({ table_constraints: [...(old.table_constraints ?? []), key] }));
}

/** A key in the form of the Tables API. */
function keyOf(name: string, key: KeyDefinition, session: Session): Key {
  if (key.kind === 'primary') return { primary_key_constraint: { name, child_columns: key.columns } };
  const parent = key.parent as FullName;
  const referred = factsOf(session.unity, parent).table_constraints?.find(
    (one) => one.primary_key_constraint !== undefined,
  );
  const parent_columns =
    key.parentColumns.length > 0 ? key.parentColumns : (referred?.primary_key_constraint?.child_columns ?? []);
  return {
    foreign_key_constraint: { name, child_columns: key.columns, parent_table: fullNameText(parent), parent_columns },
  };
}

/** The name of a key. */
function nameOf(key: Key): string {
  return Object.values(key)[0]?.name ?? '';
}

/** Drops a constraint by its name, or the primary key. @throws SqlError DELTA_CONSTRAINT_DOES_NOT_EXIST */
export function dropConstraint(session: Session, full: FullName, wanted: { name?: string; ifExists: boolean }): void {
  const facts = factsOf(session.unity, full);
  const isWanted = (name: string) => name.toLowerCase() === wanted.name?.toLowerCase();
  const keys = (facts.table_constraints ?? []).filter((key) =>
    wanted.name === undefined ? key.primary_key_constraint === undefined : !isWanted(nameOf(key)),
  );
  const checks = (facts.checks ?? []).filter((check) => !isWanted(check.name));
  const found = keys.length < (facts.table_constraints ?? []).length || checks.length < (facts.checks ?? []).length;
  if (!found && !wanted.ifExists)
    throw new SqlError(
      'DELTA_CONSTRAINT_DOES_NOT_EXIST',
      '42704',
      `Cannot drop nonexistent constraint ${wanted.name ?? 'PRIMARY KEY'} from table \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\`. To avoid throwing an error, provide the parameter IF EXISTS or set the SQL session configuration spark.databricks.delta.constraints.assumesDropIfExists.enabled to true.`,
    );
  changeFacts(session.unity, full, () => ({ table_constraints: keys, checks }));
}

async function violations(session: Session, full: FullName, expression: string): Promise<number> {
  const condition = await conditionOf(session, full, expression);
  const found = await session.connection.runAndReadAll(
    `SELECT count(*) FROM ${condition.from} WHERE NOT coalesce(${condition.sql}, false)`,
  );
  return Number(found.getRowsJson()[0]?.[0] ?? 0);
}

const conditionOf = (session: Session, full: FullName, expression: string) =>
  prepareCondition(full, tokenize(expression))(session);

/**
 * Checks the rows of a table against its CHECK constraints, within the transaction that wrote them.
 * @throws SqlError DELTA_VIOLATE_CONSTRAINT_WITH_VALUES
 */
export async function enforceChecks(session: Session, full: FullName): Promise<void> {
  for (const { name, expression } of factsOf(session.unity, full).checks ?? []) {
    const { from, sql } = await conditionOf(session, full, expression);
    const found = await session.connection.runAndReadAll(
      `SELECT * FROM ${from} WHERE NOT coalesce(${sql}, false) LIMIT 1`,
    );
    const [row] = found.getRowObjectsJson();
    if (row === undefined) continue;
    const words = new Set(tokenize(expression).map((token) => token.value.toLowerCase()));
    const values = Object.entries(row).filter(([column]) => words.has(column.toLowerCase()));
    throw new SqlError(
      'DELTA_VIOLATE_CONSTRAINT_WITH_VALUES',
      '23001',
      `CHECK constraint ${name.toLowerCase()} (${expression}) violated by row with values:\n${values.map(([column, value]) => ` - ${column} : ${value ?? 'null'}`).join('\n')}`,
    );
  }
}

/** Whether a table's rows must be checked after they were written. */
export function hasChecks(session: Session, full: FullName): boolean {
  return (factsOf(session.unity, full).checks ?? []).length > 0;
}
