import { quoteName } from '../../database.ts';
import { commonType } from '../common-type.ts';
import { SqlError } from '../error.ts';
import { carrier, type SparkType, VOID } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { castSql } from './cast.ts';
import type { Compiled } from './output-column.ts';
import { emptyScope, type Scope, type Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** VALUES: each column has the type that all its values have in common. */
export function compileValues(rows: Expr[][], outer: Scope | undefined, tools: Tools, alias: string): Compiled {
  const scope = emptyScope(outer);
  const width = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== width))
    throw new SqlError(
      'INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH',
      '42000',
      `Invalid inline table. Inline table expected ${width} columns but found ${rows.find((row) => row.length !== width)?.length} columns.`,
    );
  const cells = rows.map((row) => row.map((e) => tools.compile(e, scope)));
  const types = Array.from({ length: width }, (_, index) =>
    cells.reduce<SparkType | undefined>((all, row) => all && commonType(all, (row[index] as Typed).type), VOID),
  );
  if (types.includes(undefined))
    throw new SqlError(
      'INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE',
      '42000',
      'Invalid inline table. Found incompatible types in the inline table.',
    );
  const text = cells.map(
    (row, at) =>
      `(${row
        .map((cell, index) => {
          const type = types[index] as SparkType;
          const sql = castSql(cell.sql, cell.type, type);
          // the first row decides what DuckDB takes a column for
          return at === 0 && cell.type.k === 'void' ? `CAST(NULL AS ${carrier(type)})` : sql;
        })
        .join(', ')})`,
  );
  const columns = types.map((type, index) => ({ name: `col${index + 1}`, type: type as SparkType }));
  return {
    sql: `SELECT * FROM (VALUES ${text.join(', ')}) AS ${alias}(${columns.map((column) => quoteName(column.name)).join(', ')})`,
    columns,
  };
}
