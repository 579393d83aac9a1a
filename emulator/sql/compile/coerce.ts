import { commonType } from '../common-type.ts';
import { isNumeric, isTime, type SparkType, sameType, VOID } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { castSql } from './cast.ts';
import { mismatch, unexpected } from './complaints.ts';
import type { Typed } from './scope.ts';

/** A value as another type, where that needs no asking. @throws SqlError DATATYPE_MISMATCH */
export function coerce(value: Typed, type: SparkType, what = ''): Typed {
  if (sameType(value.type, type)) return value;
  const from = value.type;
  const allowed =
    from.k === 'void' ||
    (isNumeric(from) && isNumeric(type)) ||
    (type.k === 'string' && !['array', 'map', 'struct', 'variant'].includes(from.k)) ||
    (from.k === 'string' && (isNumeric(type) || isTime(type) || type.k === 'boolean' || type.k === 'binary')) ||
    (isTime(from) && isTime(type)) ||
    (from.k === 'array' && type.k === 'array') ||
    (from.k === 'map' && type.k === 'map') ||
    (from.k === 'struct' && type.k === 'struct') ||
    (from.k === 'interval' && type.k === 'interval');
  if (!allowed) throw unexpected(value, type, what);
  return { sql: castSql(value.sql, from, type), type, ast: value.ast };
}

/** Values as the type that they have in common. @throws SqlError DATATYPE_MISMATCH */
export function unify(values: Typed[], what = 'values'): Typed[] {
  const type = values.reduce<SparkType | undefined>((all, value) => all && commonType(all, value.type), VOID);
  if (type === undefined)
    throw mismatch(
      values[0]?.ast as Expr,
      values.map((value) => value.type),
      what,
    );
  return values.map((value) =>
    sameType(value.type, type) ? value : { sql: castSql(value.sql, value.type, type), type, ast: value.ast },
  );
}
