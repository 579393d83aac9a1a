import { commonType } from '../common-type.ts';
import { SqlError } from '../error.ts';
import { type SparkType, sameType, typeText } from '../spark-type.ts';
import type { ColumnFacts } from '../table-facts.ts';
import { castSql } from './cast.ts';
import { MARK } from './error-mark.ts';
import type { OutputColumn } from './output-column.ts';
import { raise } from './raise.ts';

/** The column of a table with a name. @throws SqlError UNRESOLVED_COLUMN */
export function columnOf(columns: OutputColumn[], name: string): OutputColumn {
  const found = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `A column, variable, or function parameter with name \`${name}\` cannot be resolved. Did you mean one of the following? [${columns.map((column) => `\`${column.name}\``).join(', ')}].`,
  );
}

/** A value as its column takes it; what cannot be cast without loss by type is refused. */
export function assign(sql: string, type: SparkType, column: OutputColumn, facts: ColumnFacts = {}): string {
  const value = cast(sql, type, column);
  const { length } = facts;
  if (length === undefined) return value;
  const error = raise(
    'DELTA_EXCEED_CHAR_VARCHAR_LIMIT',
    '22001',
    `'Value "' || ${value} || '" exceeds char/varchar type length limitation. Failed check: (isnull(''${column.name}) OR (length(''${column.name}) <= ${length.most})).'`,
  );
  const fits = length.kind === 'char' ? `rpad(${value}, ${length.most}, ' ')` : value;
  return `CASE WHEN length(${value}) > ${length.most} THEN ${error} ELSE ${fits} END`;
}

function cast(sql: string, type: SparkType, column: OutputColumn): string {
  if (type.k === 'void') return castSql(sql, type, column.type);
  if (sameType(type, column.type)) return sql;
  const common = commonType(type, column.type);
  if (common === undefined && column.type.k !== 'string' && column.type.k !== 'variant')
    throw new SqlError(
      'INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST',
      'KD000',
      `Cannot write incompatible data for the table: Cannot safely cast \`${column.name}\` "${typeText(type)}" to "${typeText(column.type)}".`,
    );
  return castSql(sql, type, column.type).replaceAll(`${MARK}CAST_OVERFLOW|`, `${MARK}CAST_OVERFLOW_IN_TABLE_INSERT|`);
}
