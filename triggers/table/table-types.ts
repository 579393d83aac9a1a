import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Position } from '../position.ts';
import type { Dialect } from './dialect.ts';
import { keyColumns } from './keyset.ts';
import { isExactFor, normalType } from './sql-types.ts';

const TIMES = new Set(['TIMESTAMP', 'TIMESTAMP_NTZ', 'DATE']);

/** The types that a position carries: of the cursor column, then of each key column. */
export function typesOf(position: Position | null): string[] | undefined {
  const text = position?.at?.types;
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}

/** Whether the types must be read before a page can be asked for: nobody has said them, or a key is compared as what it is not. */
export function needsTypes(input: JsonObject, position: Position | null): boolean {
  if (typesOf(position) !== undefined) return false;
  return input.cursor_type === undefined || position?.key != null;
}

/**
 * The types of the cursor column and the key columns, from a result; what the input says where a result does not tell.
 * @throws ConnectorError ERR_CURSOR_COLUMN for a type that the cursor column has not, or no longer, and for one that has no order
 */
export function readTypes(
  dialect: Dialect,
  columns: unknown,
  { input, position }: { input: JsonObject; position: Position | null },
): string[] {
  const name = String(input.cursor_column);
  const declared = typeof input.cursor_type === 'string' ? input.cursor_type : undefined;
  const actual = dialect.columnType(columns, name);
  const known = typesOf(position);
  const keys = keyColumns(input);
  const keyTypes = keys.map(
    (key, i) => dialect.columnType(columns, key) ?? known?.[i + 1] ?? String(input.key_type ?? 'STRING'),
  );
  const type = actual ?? known?.[0] ?? (declared === undefined ? undefined : normalType(declared));
  if (type === undefined) throw noColumn(name);
  assertOrdered(dialect, name, { type, role: 'cursor' });
  for (const [i, key] of keys.entries()) assertOrdered(dialect, key, { type: keyTypes[i]!, role: 'key' });
  if (actual !== undefined) {
    // A time without a zone is taken as what the table has: both name the same column, and the exact one is read from then on.
    const isOther = declared !== undefined && !isExactFor(declared, actual) && !isZoneless(declared, actual);
    if (isOther) throw wrongType(name, actual, declared);
    if (known?.[0] !== undefined && !isExactFor(actual, known[0])) throw wrongType(name, actual, known[0]);
  }
  assertTime(input, type);
  return [type, ...keyTypes];
}

function isZoneless(declared: string, actual: string): boolean {
  return normalType(declared) === 'TIMESTAMP_NTZ' && actual === 'TIMESTAMP';
}

function assertOrdered(dialect: Dialect, name: string, of: { type: string; role: 'cursor' | 'key' }): void {
  const { type, role } = of;
  const why = dialect.unordered(type, role);
  if (why === undefined) return;
  throw new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the ${role} column "${name}" ${why}, so rows cannot be read in its order`,
    {
      hint: `Choose another ${role} column; or sync a query that gives it as text in a fixed order, such as ${dialect.orderHint(name)}.`,
      errors: [{ pointer: `/trigger/input/${role}_column`, message: why }],
    },
  );
}

/** What only times have. */
function assertTime(input: JsonObject, type: string): void {
  for (const [name, isFit] of [
    ['lag_seconds', TIMES.has(type)],
    ['lookback_seconds', TIMES.has(type) && type !== 'DATE'],
  ] as const) {
    if (input[name] === undefined || isFit) continue;
    throw new ConnectorError('ERR_CURSOR_COLUMN', `${name} does not fit a cursor column of type ${type}`, {
      hint: `Take ${name} out, or choose a cursor column that is a TIMESTAMP.`,
      errors: [{ pointer: `/trigger/input/${name}`, message: `does not fit ${type}` }],
    });
  }
}

function wrongType(name: string, actual: string, wanted: string): ConnectorError {
  return new ConnectorError('ERR_CURSOR_COLUMN', `the cursor column "${name}" is of type ${actual}, not ${wanted}`, {
    hint: `Set cursor_type to "${actual}", or leave it out, which reads the type from the table; then set or reset the cursor.`,
    errors: [{ pointer: '/trigger/input/cursor_type', message: `must be "${actual}", the type of "${name}"` }],
  });
}

function noColumn(name: string): ConnectorError {
  return new ConnectorError('ERR_CURSOR_COLUMN', `the result has no column "${name}", so its type is not known`, {
    hint: 'Name a column of the table or query, or set cursor_type.',
    errors: [{ pointer: '/trigger/input/cursor_column', message: 'is not in the result' }],
  });
}
