import {
  asDecimal,
  BIGINT,
  bounded,
  carrier,
  DOUBLE,
  decimal,
  INT,
  isFractional,
  isIntegral,
  isNumeric,
  type SparkType,
  typeText,
} from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { refuse } from '../expression.ts';
import { raiseText } from '../raise.ts';
import type { Typed } from '../scope.ts';
import type { Build } from './define.ts';
import { at, constant, type Specials, typed } from './special.ts';

const rounding =
  (name: string): Build =>
  (args, call, tools) => {
    const scale =
      call.args[1] === undefined
        ? undefined
        : Number(constant(call.args[1].k === 'unary' ? call.args[1].e : call.args[1], 'a scale', call)) *
          (call.args[1].k === 'unary' ? -1 : 1);
    let value = at(args, 0);
    if (!isNumeric(value.type)) value = tools.coerce(value, DOUBLE, call.name);
    const { type, sql } = value;
    if (name === 'ceil' || name === 'floor') {
      if (scale === undefined) {
        if (isIntegral(type)) return typed(`CAST(${sql} AS BIGINT)`, BIGINT);
        if (type.k === 'decimal')
          return typed(
            `CAST(${name}(${sql}) AS DECIMAL(${Math.min(38, type.p - type.s + 1)},0))`,
            decimal(Math.min(38, type.p - type.s + 1), 0),
          );
        return typed(`CAST(${name}(${sql}) AS BIGINT)`, BIGINT);
      }
      const { p, s } = asDecimal(isFractional(type) ? decimal(30, 15) : type);
      const left = p - s + 1;
      const result = bounded(
        scale < 0 ? Math.max(left, -scale + 1) : left + Math.min(s, scale),
        scale < 0 ? 0 : Math.min(s, scale),
      );
      const power = `1${'0'.repeat(Math.abs(scale))}`;
      const made =
        scale >= 0
          ? `${name}(CAST(${sql} AS DECIMAL(38,${s})) * ${power}) / ${power}`
          : `${name}(CAST(${sql} AS DECIMAL(38,${s})) / ${power}) * ${power}`;
      return typed(`CAST(${made} AS ${carrier(result)})`, result);
    }
    const places = scale ?? 0;
    if (isIntegral(type))
      return places >= 0
        ? typed(sql, type)
        : typed(`CAST(${name === 'bround' ? 'round_even' : 'round'}(${sql}, ${places}) AS ${carrier(type)})`, type);
    if (type.k === 'decimal') {
      const left = type.p - type.s + 1;
      const result =
        places < 0
          ? decimal(Math.min(38, Math.max(left, -places + 1)), 0)
          : bounded(left + Math.min(type.s, places), Math.min(type.s, places));
      if (name === 'bround') return typed(`CAST(round_even(${sql}, ${places}) AS ${carrier(result)})`, result);
      return typed(`CAST(round(${sql}, ${places}) AS ${carrier(result)})`, result);
    }
    // Java rounds the shortest text of a double, half up
    if (name === 'bround') return typed(`round_even(${sql}, ${places})`, type);
    return typed(
      `CASE WHEN abs(${sql}) < 1e15 THEN CAST(round(CAST(CAST(${sql} AS VARCHAR) AS DECIMAL(38,18)), ${places}) AS ${carrier(type)}) ELSE ${sql} END`,
      type,
    );
  };

const tried =
  (op: string, type: (a: SparkType) => SparkType | undefined): Build =>
  (args, call, tools) => {
    const [a, b] = tools.unify([at(args, 0), at(args, 1)]) as [Typed, Typed];
    const result = type(a.type);
    if (result === undefined || a.type.k === 'decimal') throw refuse(`${call.name} of ${typeText(a.type)}`, call);
    return op === '/'
      ? typed(`CASE WHEN ${b.sql} = 0 THEN NULL ELSE CAST(${a.sql} AS DOUBLE) / ${b.sql} END`, DOUBLE)
      : typed(`TRY(${a.sql} ${op} ${b.sql})`, result);
  };

/** Functions of numbers. */
export const NUMBER: Specials = {
  round: [1, 2, rounding('round')],
  bround: [1, 2, rounding('bround')],
  'ceil|ceiling': [1, 2, rounding('ceil')],
  floor: [1, 2, rounding('floor')],
  rint: [
    1,
    1,
    (args, call, tools) => typed(`round_even(${tools.coerce(at(args, 0), DOUBLE, call.name).sql}, 0)`, DOUBLE),
  ],
  negative: [
    1,
    1,
    (_args, call, tools, scope) => tools.compile({ k: 'unary', op: '-', e: call.args[0] as Expr, at: call.at }, scope),
  ],
  positive: [1, 1, (args) => typed(at(args, 0).sql, at(args, 0).type)],
  mod: [
    2,
    2,
    (_args, call, tools, scope) =>
      tools.compile({ k: 'binary', op: '%', l: call.args[0] as Expr, r: call.args[1] as Expr, at: call.at }, scope),
  ],
  pmod: [
    2,
    2,
    (args, call, tools) => {
      const [a, b] = tools.unify([at(args, 0), at(args, 1)]) as [Typed, Typed];
      if (a.type.k === 'decimal') throw refuse('pmod of decimals', call);
      const guarded = `CASE WHEN ${b.sql} = 0 THEN ${raiseText('REMAINDER_BY_ZERO', '22012', 'Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead. If necessary set "ansi_mode" to "false" to bypass this error.')} ELSE ${b.sql} END`;
      return typed(`(((${a.sql} % ${guarded}) + ${b.sql}) % ${b.sql})`, a.type);
    },
  ],
  try_add: [2, 2, tried('+', (type) => (isNumeric(type) ? type : undefined))],
  try_subtract: [2, 2, tried('-', (type) => (isNumeric(type) ? type : undefined))],
  try_multiply: [2, 2, tried('*', (type) => (isNumeric(type) ? type : undefined))],
  try_divide: [2, 2, tried('/', (type) => (isNumeric(type) ? DOUBLE : undefined))],
  bit_get: [
    2,
    2,
    (args, _call, tools) =>
      typed(
        `CAST((${tools.coerce(at(args, 0), BIGINT).sql} >> ${tools.coerce(at(args, 1), INT).sql}) & 1 AS TINYINT)`,
        { k: 'tinyint' },
      ),
  ],
  // Other numbers than Databricks gives, and as well spread: paging by key needs the function, and compares within one engine.
  xxhash64: [
    1,
    100,
    (args) => typed(`CAST(CAST(hash(${args.map((arg) => arg.sql).join(', ')}) AS BIT) AS BIGINT)`, BIGINT),
  ],
};
