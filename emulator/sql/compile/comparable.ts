import { SqlError } from '../error.ts';
import { type SparkType, typeText } from '../spark-type.ts';
import { generatedName } from './name.ts';
import type { OutputColumn } from './output-column.ts';
import type { Typed } from './scope.ts';

/** The first MAP or VARIANT in a type: such values have no order. */
function unordered(type: SparkType): SparkType | undefined {
  if (type.k === 'map' || type.k === 'variant') return type;
  if (type.k === 'array') return unordered(type.e);
  if (type.k !== 'struct') return undefined;
  for (const field of type.fields) {
    const found = unordered(field.type);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A key of ORDER BY. @throws SqlError for a value without an order */
export function orderable(value: Typed): Typed {
  if (unordered(value.type) === undefined) return value;
  throw new SqlError(
    'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE',
    '42K09',
    `Cannot resolve "sortorder(${generatedName(value.ast)})" due to data type mismatch: The \`sortorder\` does not support ordering on type "${typeText(value.type)}".`,
    { offset: value.ast.at, length: 1 },
  );
}

/** A key of GROUP BY: a MAP may be one, a VARIANT not. @throws SqlError */
export function groupable(value: Typed): Typed {
  if (value.type.k !== 'variant') return value;
  throw new SqlError(
    'GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE',
    '42822',
    `The expression "${generatedName(value.ast)}" cannot be used as a grouping expression because its data type "${typeText(value.type)}" is not an orderable data type.`,
    { offset: value.ast.at, length: 1 },
  );
}

/** Columns of DISTINCT, UNION, INTERSECT and EXCEPT. @throws SqlError for a MAP or a VARIANT among them */
export function distinguishable(columns: OutputColumn[]): void {
  for (const { name, type } of columns) {
    const found = unordered(type);
    if (found === undefined) continue;
    const kind = found.k === 'map' ? 'MAP' : 'VARIANT';
    throw new SqlError(
      `UNSUPPORTED_FEATURE.SET_OPERATION_ON_${kind}_TYPE`,
      '0A000',
      `The feature is not supported: Cannot have ${kind} type columns in DataFrame which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column \`${name}\` is "${typeText(type)}".`,
    );
  }
}
