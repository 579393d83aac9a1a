import { quoteText } from '../../database.ts';
import { SqlError } from '../error.ts';
import { carrier, isFractional, typeText } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { refuse } from './complaints.ts';
import { literalDate, literalTimestamp } from './datetime.ts';
import type { Typed } from './scope.ts';

/** DuckDB's text of a literal. One that was written with its type has another error than a cast. */
export function literal(e: Expr & { k: 'literal' }, isTyped = true): Typed {
  const { type, value } = e;
  if (value === null) return { sql: 'NULL', type, ast: e };
  switch (type.k) {
    case 'string':
      return { sql: quoteText(value), type, ast: e };
    case 'boolean':
      return { sql: value, type, ast: e };
    case 'date':
      return {
        sql: `DATE '${typedLiteral('DATE', value, e.at, isTyped, () => literalDate(value, e.at))}'`,
        type,
        ast: e,
      };
    case 'timestamp':
    case 'timestamp_ntz':
      return {
        sql: `TIMESTAMP '${typedLiteral(type.k.toUpperCase(), value, e.at, isTyped, () => literalTimestamp(value, type.k === 'timestamp_ntz', e.at))}'`,
        type,
        ast: e,
      };
    case 'binary':
      if (!/^(?:[0-9a-f]{2})*$/i.test(value))
        throw new SqlError(
          'INVALID_TYPED_LITERAL',
          '42604',
          `The value of the typed literal "X" is invalid: '${value}'.`,
          { offset: e.at, length: 1 },
        );
      return { sql: `from_hex('${value}')`, type, ast: e };
    case 'interval': {
      const [months, micros] = value.split(':') as [string, string];
      return { sql: months === '0' ? `to_microseconds(${micros})` : `to_months(${months})`, type, ast: e };
    }
    case 'int':
      return {
        sql: value.startsWith('-')
          ? `(${value}::INTEGER)`.replace(/^\((-\d+)::INTEGER\)$/, 'CAST($1 AS INTEGER)')
          : `CAST(${value} AS INTEGER)`,
        type,
        ast: e,
      };
    case 'decimal':
      return { sql: `CAST('${value}' AS ${carrier(type)})`, type, ast: e };
    case 'double':
    case 'float':
      return { sql: `CAST('${value}' AS ${carrier(type)})`, type, ast: e };
    case 'tinyint':
    case 'smallint':
    case 'bigint': {
      const bits = { tinyint: 7n, smallint: 15n, bigint: 63n }[type.k];
      const number = BigInt(value);
      if (number >= 1n << bits || number < -(1n << bits))
        throw new SqlError(
          'INVALID_NUMERIC_LITERAL_RANGE',
          '22003',
          `Numeric literal ${value} is outside the valid range for ${type.k}.`,
          { offset: e.at, length: value.length },
        );
      return { sql: `CAST(${value} AS ${carrier(type)})`, type, ast: e };
    }
    default:
      throw refuse(`literals of ${typeText(type)}`, e);
  }
}

function typedLiteral(kind: string, value: string, at: number, isTyped: boolean, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (!isTyped) throw error;
    throw new SqlError(
      'INVALID_TYPED_LITERAL',
      '42604',
      `The value of the typed literal "${kind}" is invalid: '${value}'.`,
      {
        offset: at,
        length: value.length,
      },
    );
  }
}

/** A cast of a text that is sure to fit, as parameters come: it needs no check while the statement runs. */
export function foldedNumber(e: Expr & { k: 'cast' }): string | undefined {
  if (e.e.k !== 'literal' || e.e.type.k !== 'string' || e.e.value === null) return undefined;
  const text = e.e.value.trim();
  const bits = { tinyint: 7n, smallint: 15n, int: 31n, bigint: 63n }[e.type.k as string];
  if (bits !== undefined && /^[+-]?\d{1,19}$/.test(text)) {
    const number = BigInt(text.replace('+', ''));
    return number < 1n << bits && number >= -(1n << bits) ? `CAST(${number} AS ${carrier(e.type)})` : undefined;
  }
  if (isFractional(e.type) && /^[+-]?\d{1,30}(?:\.\d{1,30})?$/.test(text))
    return `CAST('${text}' AS ${carrier(e.type)})`;
  if (e.type.k === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase();
  return undefined;
}
