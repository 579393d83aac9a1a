import { SqlError } from './error.ts';
import type { SparkType } from './spark-type.ts';
import { hasColumnMapping } from './table-facts.ts';

/** A column, or a field of a STRUCT. */
interface Named {
  name: string;
  type: SparkType;
}

/**
 * Checks the names of columns and of fields within them: Parquet's names have none of these letters, unless columns are
 * mapped to names of their own.
 * @throws SqlError DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES
 */
export function requirePlainNames(columns: Named[], properties: Record<string, string> | undefined): void {
  if (hasColumnMapping(properties)) return;
  const wrong = within(columns).filter((name) => /[ ,;{}()\n\t=]/.test(name));
  if (wrong.length === 0) return;
  throw new SqlError(
    'DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES',
    '42K05',
    `Found invalid character(s) among ' ,;{}()\\n\\t=' in the column names of your schema.\nInvalid column names: ${wrong.join(', ')}.\nPlease use other characters and try again, or enable Column Mapping on your Delta table with mapping mode 'name'.`,
  );
}

/** Checks that no name comes twice. @throws SqlError COLUMN_ALREADY_EXISTS */
export function requireOwnNames(names: string[]): void {
  const lower = names.map((name) => name.toLowerCase());
  const again = names.find((_, index) => lower.indexOf(lower[index] as string) !== index);
  if (again === undefined) return;
  throw new SqlError(
    'COLUMN_ALREADY_EXISTS',
    '42711',
    `The column \`${again}\` already exists. Choose another name or rename the existing column.`,
  );
}

function within(columns: Named[]): string[] {
  return columns.flatMap(({ name, type }) => [name, ...within(fieldsOf(type))]);
}

function fieldsOf(type: SparkType): Named[] {
  if (type.k === 'struct') return type.fields;
  if (type.k === 'array') return fieldsOf(type.e);
  return type.k === 'map' ? [...fieldsOf(type.key), ...fieldsOf(type.value)] : [];
}
