import { SqlError, unsupported } from '../error.ts';
import { type SparkType, typeText } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { generatedName } from './name.ts';
import type { Typed } from './scope.ts';

/** A form that the emulator does not translate, with its place. */
export function refuse(what: string, e: Expr): SqlError {
  return Object.assign(unsupported(what), { position: { offset: e.at, length: 1 } });
}

/** Types that do not fit together. */
export function mismatch(e: Expr, types: SparkType[], what = generatedName(e)): SqlError {
  return new SqlError(
    'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
    '42K09',
    `Cannot resolve "${what}" due to data type mismatch: Input to \`${what}\` should all be the same type, but it's [${types.map((type) => `"${typeText(type)}"`).join(', ')}].`,
    { offset: e?.at ?? 0, length: 1 },
  );
}

/** An argument of another type than is taken. */
export function unexpected(value: Typed, type: SparkType, what: string): SqlError {
  return new SqlError(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    '42K09',
    `Cannot resolve "${what}" due to data type mismatch: The parameter requires the "${typeText(type)}" type, however "${generatedName(value.ast)}" has the type "${typeText(value.type)}".`,
    { offset: value.ast.at, length: 1 },
  );
}
