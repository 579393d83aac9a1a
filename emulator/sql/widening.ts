import { asDecimal } from './common-type.ts';
import { SqlError } from './error.ts';
import { catalogText, INTEGRAL, isIntegral, type SparkType, sameType } from './spark-type.ts';
import type { TableColumn } from './table-columns.ts';
import type { ColumnFacts } from './table-facts.ts';

/**
 * Checks that a column can have another type: a longer text always, a wider type where the table has type widening.
 * https://docs.databricks.com/delta/type-widening
 * @throws SqlError DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP
 */
export function requireWider(
  column: TableColumn,
  to: { type: SparkType; length: ColumnFacts['length'] },
  properties: Record<string, string> | undefined,
): void {
  const from = column.type;
  if (sameType(from, to.type) && isLonger(column.facts.length, to.length)) return;
  const isOn = properties?.['delta.enableTypeWidening']?.toLowerCase() === 'true';
  if (isOn && isWider(from, to.type)) return;
  const text = to.length === undefined ? catalogText(to.type) : `${to.length.kind}(${to.length.most})`;
  throw new SqlError(
    'DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP',
    '0AKDC',
    `ALTER TABLE CHANGE COLUMN is not supported for changing column ${column.name} from ${column.text.toUpperCase()} to ${text.toUpperCase()}.`,
  );
}

function isLonger(from: ColumnFacts['length'], to: ColumnFacts['length']): boolean {
  if (to === undefined) return true;
  if (from === undefined || (to.kind === 'char' && from.kind !== 'char')) return false;
  return to.kind === 'char' ? to.most === from.most : to.most >= from.most;
}

function isWider(from: SparkType, to: SparkType): boolean {
  if (from.k === 'date') return to.k === 'timestamp_ntz';
  if (from.k === 'float') return to.k === 'double';
  if (isIntegral(from)) {
    if (isIntegral(to)) return INTEGRAL.indexOf(to.k) > INTEGRAL.indexOf(from.k);
    if (to.k === 'double') return from.k !== 'bigint';
    return to.k === 'decimal' && to.p - to.s >= Math.max(10, asDecimal(from).p);
  }
  return from.k === 'decimal' && to.k === 'decimal' && to.s >= from.s && to.p - to.s >= from.p - from.s;
}
