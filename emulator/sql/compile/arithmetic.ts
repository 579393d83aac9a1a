import { asDecimal, bounded, commonType } from '../common-type.ts';
import {
  BIGINT,
  carrier,
  DATE,
  DOUBLE,
  decimal,
  INT,
  intervalType,
  isFractional,
  isIntegral,
  isNumeric,
  isTime,
  type SparkType,
  TIMESTAMP,
} from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { mismatch, refuse } from './complaints.ts';
import { microsOf, monthsOf } from './interval.ts';
import { generatedName } from './name.ts';
import { raiseText } from './raise.ts';
import type { Typed } from './scope.ts';

/** Translates + - * / % and div of translated operands; `attempt` gives NULL where a divisor is zero. */
export type Arithmetic = (e: Expr & { k: 'binary' }, l: Typed, r: Typed, attempt?: boolean) => Typed;

/** Brings values to types. */
export interface Casts {
  /** Casts without being asked, as ANSI mode allows. @throws SqlError DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE */
  coerce(value: Typed, type: SparkType, what?: string): Typed;
  /** Casts all to their least common type. @throws SqlError DATATYPE_MISMATCH.DATA_DIFF_TYPES */
  unify(values: Typed[], what?: string): Typed[];
}

/** Makes the translator of arithmetic. */
export function createArithmetic({ coerce, unify }: Casts): Arithmetic {
  return arithmetic;

  function arithmetic(e: Expr & { k: 'binary' }, l: Typed, r: Typed, attempt = false): Typed {
    const temporal = time(e, l, r, attempt);
    if (temporal !== undefined) return temporal;
    const pair = numbers(e, l, r);
    if (pair === undefined)
      return {
        sql: e.op === '/' ? 'CAST(NULL AS DOUBLE)' : 'CAST(NULL AS INTEGER)',
        type: e.op === '/' ? DOUBLE : INT,
        ast: e,
      };
    const [a, b] = pair;
    const zero = isZero(b.ast) ? '' : undefined;
    const guarded = (value: Typed, condition = 'DIVIDE_BY_ZERO') =>
      isConstant(b.ast) && zero === undefined
        ? value.sql
        : `CASE WHEN ${value.sql} = 0 THEN ${attempt ? 'NULL' : byZero(condition)} ELSE ${value.sql} END`;
    if (e.op === 'div') {
      if (isFractional(a.type) || isFractional(b.type)) throw mismatch(e, [a.type, b.type], generatedName(e));
      const whole = (value: Typed) => ({
        ...value,
        sql: value.type.k === 'decimal' ? value.sql : `CAST(${value.sql} AS BIGINT)`,
      });
      if (a.type.k === 'decimal' || b.type.k === 'decimal')
        return {
          sql: `CAST(spark_quotient(CAST(${a.sql} AS VARCHAR), CAST(${b.sql} AS VARCHAR)) AS BIGINT)`,
          type: BIGINT,
          ast: e,
        };
      return { sql: `(${whole(a).sql} // ${guarded(whole(b))})`, type: BIGINT, ast: e };
    }
    if (a.type.k === 'decimal' || b.type.k === 'decimal') return decimals(e, a, b, guarded);
    if (e.op === '/')
      return {
        sql: `(CAST(${a.sql} AS DOUBLE) / ${guarded({ ...b, sql: `CAST(${b.sql} AS DOUBLE)` })})`,
        type: DOUBLE,
        ast: e,
      };
    if (e.op === '%') return { sql: `(${a.sql} % ${guarded(b, 'REMAINDER_BY_ZERO')})`, type: a.type, ast: e };
    return { sql: `(${a.sql} ${e.op} ${b.sql})`, type: a.type, ast: e };
  }

  // both operands as numbers; strings become what the other one is
  function numbers(e: Expr & { k: 'binary' }, l: Typed, r: Typed): [Typed, Typed] | undefined {
    const number = (value: Typed, other: Typed): Typed => {
      if (value.type.k === 'string')
        return coerce(value, isIntegral(other.type) ? (e.op === '/' ? DOUBLE : BIGINT) : DOUBLE);
      if (value.type.k === 'void') return coerce(value, isNumeric(other.type) ? other.type : DOUBLE);
      if (!isNumeric(value.type)) throw mismatch(e, [l.type, r.type], generatedName(e));
      return value;
    };
    if (l.type.k === 'void' && r.type.k === 'void') return undefined;
    const [a, b] = [number(l, r), number(r, l)];
    if ((a.type.k === 'decimal') !== (b.type.k === 'decimal')) {
      if (isFractional(a.type) || isFractional(b.type)) return [coerce(a, DOUBLE), coerce(b, DOUBLE)];
      const exact = (value: Typed): Typed => {
        if (value.type.k === 'decimal') return value;
        const text = value.ast.k === 'literal' ? (value.ast.value ?? '').replace('-', '') : '';
        const p = text === '' ? asDecimal(value.type).p : text.length;
        return { ...value, sql: `CAST(${value.sql} AS DECIMAL(${p},0))`, type: decimal(p, 0) };
      };
      return [exact(a), exact(b)];
    }
    if (a.type.k === 'decimal' || e.op === 'div') return [a, b];
    return unify([a, b]) as [Typed, Typed];
  }

  function decimals(
    e: Expr & { k: 'binary' },
    a: Typed,
    b: Typed,
    guarded: (value: Typed, condition?: string) => string,
  ): Typed {
    const [x, y] = [asDecimal(a.type), asDecimal(b.type)];
    const exact = (name: string, type: SparkType): Typed => {
      const text = `spark_${name}(CAST(${a.sql} AS VARCHAR), CAST(${b.sql} AS VARCHAR), '${asDecimal(type).s}', '${asDecimal(type).p}')`;
      return { sql: `CAST(${text} AS ${carrier(type)})`, type, ast: e };
    };
    const whole = Math.max(x.p - x.s, y.p - y.s);
    switch (e.op) {
      case '+':
      case '-': {
        const s = Math.max(x.s, y.s);
        const type = bounded(whole + s + 1, s);
        if (whole + s + 1 > 38) return exact(e.op === '+' ? 'plus' : 'minus', type);
        const wide = (value: Typed) => `CAST(${value.sql} AS ${carrier(type)})`;
        return { sql: `CAST(${wide(a)} ${e.op} ${wide(b)} AS ${carrier(type)})`, type, ast: e };
      }
      case '*': {
        const type = bounded(x.p + y.p + 1, x.s + y.s);
        if (x.p + y.p + 1 > 38) return exact('times', type);
        return { sql: `CAST(${a.sql} * ${b.sql} AS ${carrier(type)})`, type, ast: e };
      }
      case '/': {
        const s = Math.max(6, x.s + y.p + 1);
        return exact('divide', bounded(x.p - x.s + y.s + s, s));
      }
      default: {
        const s = Math.max(x.s, y.s);
        const type = bounded(Math.min(x.p - x.s, y.p - y.s) + s, s);
        const both = bounded(whole + s, s);
        const wide = (value: Typed) => `CAST(${value.sql} AS ${carrier(both)})`;
        return {
          sql: `CAST(${wide(a)} % ${guarded({ ...b, sql: wide(b) }, 'REMAINDER_BY_ZERO')} AS ${carrier(type)})`,
          type,
          ast: e,
        };
      }
    }
  }

  // arithmetic with dates, timestamps and intervals
  function time(e: Expr & { k: 'binary' }, l: Typed, r: Typed, attempt: boolean): Typed | undefined {
    const { op } = e;
    const interval = (value: Typed) => value.type.k === 'interval';
    if (op === '+' && interval(l) && isTime(r.type)) return time(e, r, l, attempt);
    if (op === '+' && isIntegral(l.type) && r.type.k === 'date') return time(e, r, l, attempt);
    if ((op === '+' || op === '-') && interval(r) && (isTime(l.type) || l.type.k === 'string')) {
      const value = l.type.k === 'string' ? coerce(l, TIMESTAMP) : l;
      const months = r.type.k === 'interval' && r.type.months;
      if (value.type.k === 'date' && (months || (r.type.k === 'interval' && r.type.text === 'INTERVAL DAY')))
        return { sql: `CAST(${value.sql} ${op} ${r.sql} AS DATE)`, type: DATE, ast: e };
      return {
        sql: `(CAST(${value.sql} AS TIMESTAMP) ${op} ${r.sql})`,
        type: value.type.k === 'date' ? TIMESTAMP : value.type,
        ast: e,
      };
    }
    if ((op === '+' || op === '-') && l.type.k === 'date' && (isIntegral(r.type) || r.type.k === 'void'))
      return { sql: `(${l.sql} ${op} ${coerce(r, INT).sql})`, type: DATE, ast: e };
    if (op === '-' && (isTime(l.type) || isTime(r.type))) {
      if (l.type.k === 'date' && r.type.k === 'date')
        return { sql: `to_days(CAST(${l.sql} - ${r.sql} AS INTEGER))`, type: intervalType('DAY'), ast: e };
      const [a, b] = [coerce(l, TIMESTAMP), coerce(r, TIMESTAMP)];
      return {
        sql: `to_microseconds(epoch_us(${a.sql}) - epoch_us(${b.sql}))`,
        type: intervalType('DAY TO SECOND'),
        ast: e,
      };
    }
    if ((op === '+' || op === '-') && interval(l) && interval(r)) {
      const type = commonType(l.type, r.type);
      if (type === undefined) throw mismatch(e, [l.type, r.type], generatedName(e));
      return { sql: `(${l.sql} ${op} ${r.sql})`, type, ast: e };
    }
    if (op === '*' && interval(r) && isNumeric(l.type)) return time(e, r, l, attempt);
    if (op === '/' && l.type.k === 'interval' && isIntegral(r.type)) {
      const divisor = `CASE WHEN ${r.sql} = 0 THEN ${attempt ? 'NULL' : byZero('INTERVAL_DIVIDED_BY_ZERO')} ELSE ${r.sql} END`;
      const sql = l.type.months
        ? `to_months(CAST(round(CAST(${monthsOf(l.sql)} AS DOUBLE) / ${divisor}) AS INTEGER))`
        : `to_microseconds(CAST(round(CAST(${microsOf(l.sql)} AS DOUBLE) / ${divisor}) AS BIGINT))`;
      return { sql, type: intervalType(l.type.months ? 'YEAR TO MONTH' : 'DAY TO SECOND'), ast: e };
    }
    if (op === '*' && interval(l) && isIntegral(r.type)) {
      const months = l.type.k === 'interval' && l.type.months;
      return {
        sql: `(${l.sql} * ${coerce(r, INT).sql})`,
        type: intervalType(months ? 'YEAR TO MONTH' : 'DAY TO SECOND'),
        ast: e,
      };
    }
    if (interval(l) || interval(r)) throw refuse(`${op} with these intervals`, e);
    return undefined;
  }
}

function isConstant(e: Expr): boolean {
  return e.k === 'literal';
}

function isZero(e: Expr): boolean {
  return e.k === 'literal' && e.value !== null && Number(e.value) === 0;
}

function byZero(condition: string): string {
  const hint =
    condition === 'REMAINDER_BY_ZERO' ? 'Remainder by zero. Use `try_mod`' : 'Division by zero. Use `try_divide`';
  return raiseText(
    condition,
    '22012',
    `${hint} to tolerate divisor being 0 and return NULL instead. If necessary set "ansi_mode" to "false" to bypass this error.`,
  );
}
