import { asDecimal, bounded } from '../../common-type.ts';
import {
  BIGINT,
  carrier,
  DOUBLE,
  decimal,
  INT,
  isFractional,
  isIntegral,
  isNumeric,
  typeText,
} from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { refuse } from '../complaints.ts';
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

// what fails is NULL; a divisor of zero is seen before it fails
const tried =
  (op: string): Build =>
  (args, call, tools) => {
    const e = { k: 'binary', op, l: call.args[0] as Expr, r: call.args[1] as Expr, at: call.at } as const;
    const { sql, type } = tools.arithmetic(e, at(args, 0), at(args, 1), true);
    return typed(op === '/' && type.k === 'double' ? sql : `TRY(${sql})`, type);
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
      const operate = (op: string, l: Typed, r: Typed) =>
        tools.arithmetic({ k: 'binary', op, l: l.ast, r: r.ast, at: call.at }, l, r);
      const [a, b] = [at(args, 0), at(args, 1)];
      const rest = operate('%', a, b);
      const turned = operate('%', operate('+', rest, b), b);
      return typed(
        `CASE WHEN ${rest.sql} < 0 THEN CAST(${turned.sql} AS ${carrier(rest.type)}) ELSE ${rest.sql} END`,
        rest.type,
      );
    },
  ],
  try_add: [2, 2, tried('+')],
  try_subtract: [2, 2, tried('-')],
  try_multiply: [2, 2, tried('*')],
  try_divide: [2, 2, tried('/')],
  try_mod: [2, 2, tried('%')],
  'bit_get|getbit': [
    2,
    2,
    (args, _call, tools) =>
      typed(
        `CAST((${tools.coerce(at(args, 0), BIGINT).sql} >> ${tools.coerce(at(args, 1), INT).sql}) & 1 AS TINYINT)`,
        { k: 'tinyint' },
      ),
  ],
  'rand|random': [
    0,
    1,
    (args, call) => {
      if (args.length > 0) throw refuse('rand with a seed', call);
      return typed('random()', DOUBLE);
    },
  ],
  bit_count: [
    1,
    1,
    (args, call, tools) => {
      const value = at(args, 0);
      const wide =
        value.type.k === 'boolean' ? `CAST(${value.sql} AS BIGINT)` : tools.coerce(value, BIGINT, call.name).sql;
      return typed(`CAST(bit_count(${wide}) AS INTEGER)`, INT);
    },
  ],
  'shiftleft|shiftright|shiftrightunsigned': [
    2,
    2,
    (args, call, tools) => {
      const value = isIntegral(at(args, 0).type) ? at(args, 0) : tools.coerce(at(args, 0), INT, call.name);
      const type = value.type.k === 'bigint' ? BIGINT : INT;
      const by = tools.coerce(at(args, 1), INT, call.name).sql;
      const bits = type.k === 'bigint' ? '64' : '32';
      return typed(
        `CAST(spark_shift('${call.name}', '${bits}', CAST(${value.sql} AS VARCHAR), CAST(${by} AS VARCHAR)) AS ${carrier(type)})`,
        type,
      );
    },
  ],
  uniform: [
    2,
    2,
    (args, call, tools) => {
      const [low, high] = tools.unify([at(args, 0), at(args, 1)], call.name) as [Typed, Typed];
      if (!isNumeric(low.type)) throw refuse(`uniform of ${typeText(low.type)}`, call);
      const span = isIntegral(low.type)
        ? `floor(random() * (${high.sql} - ${low.sql} + 1))`
        : `random() * (${high.sql} - ${low.sql})`;
      return typed(`CAST(${low.sql} + ${span} AS ${carrier(low.type)})`, low.type);
    },
  ],
};
