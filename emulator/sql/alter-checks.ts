import type { FullName } from '../unity/names.ts';
import { SqlError } from './error.ts';
import { tokenize } from './lexer.ts';
import type { Session } from './session.ts';
import { tableColumns } from './table-columns.ts';
import { factsOf, hasColumnMapping } from './table-facts.ts';

/** Applies one change; answers the name of its commit, or nothing when the table's history does not show it. */
export type Change = (session: Session, full: FullName) => Promise<string | undefined>;

/** Checks that a column can be renamed or dropped. @throws SqlError when it is not there, not mapped, or something depends on it */
export async function requireFreeColumn(
  session: Session,
  full: FullName,
  name: string,
  what: 'RENAME' | 'DROP',
): Promise<void> {
  const columns = await tableColumns(session, full);
  if (!columns.some((column) => column.name.toLowerCase() === name.toLowerCase())) throw columnMissing(name, columns);
  if (!hasColumnMapping(session.unity.tableMeta(full, false).properties))
    throw new SqlError(
      `DELTA_UNSUPPORTED_${what}_COLUMN`,
      '0AKDC',
      `${what} COLUMN is not supported for your Delta table. Please enable Column Mapping on your Delta table with mapping mode 'name'.`,
    );
  const facts = factsOf(session.unity, full);
  const checks = (facts.checks ?? []).filter(({ expression }) => reads(expression, name));
  if (checks.length > 0)
    throw new SqlError(
      'DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE',
      '42K09',
      `Cannot ${what === 'DROP' ? 'drop' : 'rename'} column ${name} because this column is referenced by the following check constraint(s):\n${checks.map((check) => `${check.name} -> ${check.expression}`).join('\n')}`,
    );
  const generated = Object.entries(facts.column_facts ?? {}).filter(([, own]) => reads(own.generated ?? '', name));
  if (generated.length > 0)
    throw new SqlError(
      'DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE',
      '42K09',
      `Cannot ${what === 'DROP' ? 'drop' : 'rename'} column ${name} because this column is referenced by the following generated column(s):\n${generated.map(([column, own]) => `${column} -> ${own.generated}`).join('\n')}`,
    );
  if (what === 'DROP' && (facts.partition_columns ?? []).some((one) => one.toLowerCase() === name.toLowerCase()))
    throw new SqlError(
      'DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN',
      '0AKDC',
      `Dropping partition columns (${name}) is not allowed.`,
    );
}

function reads(expression: string, name: string): boolean {
  return tokenize(expression).some(
    ({ kind, value }) => (kind === 'word' || kind === 'name') && value.toLowerCase() === name.toLowerCase(),
  );
}

function columnMissing(name: string, columns: { name: string }[]): SqlError {
  return new SqlError(
    'FIELD_NOT_FOUND',
    '42704',
    `No such struct field \`${name}\` in ${columns.map((column) => `\`${column.name}\``).join(', ')}.`,
  );
}

/** The error for a column that is added, or another that is renamed so, although there is one. */
export function columnExists(name: string, known: string[], verb: 'add' | 'rename'): SqlError {
  return new SqlError(
    'FIELD_ALREADY_EXISTS',
    '42710',
    `Cannot ${verb} column, because \`${name}\` already exists in "STRUCT<${known.join(', ')}>".`,
  );
}
