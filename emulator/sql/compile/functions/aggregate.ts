import { asDecimal, bounded } from '../../common-type.ts';
import {
  arrayOf,
  BIGINT,
  carrier,
  DOUBLE,
  INT,
  isIntegral,
  isNumeric,
  type SparkType,
  STRING,
} from '../../spark-type.ts';
import { mismatch, refuse, unexpected } from '../complaints.ts';
import { raiseText } from '../raise.ts';
import type { Typed } from '../scope.ts';
import { type Build, define, type Library } from './define.ts';

const sum: Build = ([value], call, tools) => {
  const arg = value as Typed;
  if (isIntegral(arg.type)) return { sql: `CAST(sum(#${arg.sql})@ AS BIGINT)`, type: BIGINT };
  if (arg.type.k === 'decimal') {
    const type = bounded(Math.min(38, arg.type.p + 10), arg.type.s);
    return { sql: `CAST(sum(#${arg.sql})@ AS ${carrier(type)})`, type };
  }
  if (arg.type.k === 'interval') throw refuse('sum of intervals', call);
  return { sql: `sum(#${number(arg, tools, call.name)})@`, type: DOUBLE };
};

const avg: Build = ([value], call, tools) => {
  const arg = value as Typed;
  if (arg.type.k === 'decimal') {
    const type = bounded(Math.min(38, arg.type.p + 4), Math.min(38, arg.type.s + 4));
    const { p, s } = asDecimal(type);
    return {
      sql: `CAST(CASE WHEN count(#${arg.sql})@ = 0 THEN NULL ELSE spark_divide(CAST(sum(#${arg.sql})@ AS VARCHAR), CAST(count(#${arg.sql})@ AS VARCHAR), '${s}', '${p}') END AS ${carrier(type)})`,
      type,
    };
  }
  if (arg.type.k === 'interval') throw refuse('avg of intervals', call);
  return { sql: `avg(#${isIntegral(arg.type) ? arg.sql : number(arg, tools, call.name)})@`, type: DOUBLE };
};

function number(arg: Typed, tools: Parameters<Build>[2], what: string): string {
  if (!isNumeric(arg.type) && arg.type.k !== 'string' && arg.type.k !== 'void') throw unexpected(arg, DOUBLE, what);
  return tools.coerce(arg, DOUBLE, what).sql;
}

const pick =
  (name: string): Build =>
  (args, call) => {
    const [value, ignore] = args as [Typed, Typed | undefined];
    const nulls = call.ignoreNulls || (ignore?.ast.k === 'literal' && ignore.ast.value === 'true');
    if (call.over !== undefined)
      return {
        sql: `${name === 'last' ? 'last_value' : 'first_value'}(${value.sql}${nulls ? ' IGNORE NULLS' : ''})@`,
        type: value.type,
      };
    if (!nulls) return { sql: `${name}(${value.sql})@`, type: value.type };
    if (call.filter !== undefined) throw refuse('FILTER with IGNORE NULLS', call);
    return { sql: `${name}(${value.sql}) FILTER (WHERE ${value.sql} IS NOT NULL)`, type: value.type };
  };

const list =
  (distinct: boolean): Build =>
  ([value], call, tools, scope) => {
    const arg = value as Typed;
    if (call.over !== undefined && distinct) throw refuse(`${call.name} with OVER`, call);
    // the two filters are one
    const also = call.filter === undefined ? '' : ` AND ${tools.condition(call.filter, scope).sql}`;
    return {
      sql: `coalesce(list(${distinct ? 'DISTINCT ' : '#'}${arg.sql}) FILTER (WHERE ${arg.sql} IS NOT NULL${also})@, [])`,
      type: arrayOf(arg.type),
      took: 'filter',
    };
  };

const percentile: Build = (args, call, tools) => {
  const [value, at] = args as [Typed, Typed];
  if (args.length > 2) throw refuse('percentile with a frequency', call);
  if (at.type.k === 'array') {
    const points = tools.coerce(at, arrayOf(DOUBLE)).sql;
    return { sql: `quantile_cont(${number(value, tools, call.name)}, ${points})@`, type: arrayOf(DOUBLE) };
  }
  return { sql: `quantile_cont(${number(value, tools, call.name)}, ${tools.coerce(at, DOUBLE).sql})@`, type: DOUBLE };
};

const approximate: Build = (args, call, tools) => {
  const [value, at] = args as [Typed, Typed];
  if (!isNumeric(value.type) && value.type.k !== 'date' && value.type.k !== 'timestamp')
    throw unexpected(value, DOUBLE, call.name);
  if (at.type.k === 'array')
    return { sql: `quantile_disc(${value.sql}, ${tools.coerce(at, arrayOf(DOUBLE)).sql})@`, type: arrayOf(value.type) };
  return { sql: `quantile_disc(${value.sql}, ${tools.coerce(at, DOUBLE).sql})@`, type: value.type };
};

const count: Build = (args, call) => {
  const [first, ...rest] = args as [Typed, ...Typed[]];
  if (call.args[0]?.k === 'star' && call.args.length === 1) {
    if (call.args[0].qualifier.length > 0 || call.args[0].except.length > 0)
      throw refuse('count of a qualified star', call);
    return { sql: 'count(*)@', type: BIGINT };
  }
  if (rest.length === 0) return { sql: `count(#${first.sql})@`, type: BIGINT };
  const all = args.map((arg) => arg.sql);
  const some = all.map((sql) => `${sql} IS NOT NULL`).join(' AND ');
  return { sql: `count(#CASE WHEN ${some} THEN (${all.join(', ')}) ELSE NULL END)@`, type: BIGINT };
};

const extreme =
  (name: string): Build =>
  (args) => {
    const [value] = args as [Typed];
    if (value.type.k === 'map' || value.type.k === 'variant') throw mismatch(value.ast, [value.type]);
    return { sql: `${name}(#${value.sql})@`, type: value.type };
  };

const by =
  (name: string): Build =>
  (args) => {
    const [value, key] = args as [Typed, Typed];
    return { sql: `${name}(${value.sql}, ${key.sql})@`, type: value.type };
  };

const listagg: Build = (args, call, tools) => {
  const [value, separator] = args as [Typed, Typed | undefined];
  const text = tools.coerce(value, STRING).sql;
  if (call.orderBy.length > 0 && call.distinct) throw refuse('listagg(DISTINCT …) WITHIN GROUP', call);
  return { sql: `string_agg(#${text}, ${separator?.sql ?? "''"}^)@`, type: STRING };
};

/** Aggregates and window functions. */
export function addAggregates(library: Library): void {
  const add = (
    names: string,
    least: number,
    most: number,
    build: Build,
    kind: 'aggregate' | 'window' = 'aggregate',
  ) => {
    for (const name of names.split('|')) library.set(name, { kind, least, most, build });
  };
  add('count', 1, 100, count);
  add('sum', 1, 1, sum);
  add('avg|mean', 1, 1, avg);
  add('max', 1, 1, extreme('max'));
  add('min', 1, 1, extreme('min'));
  add('max_by', 2, 2, by('max_by'));
  add('min_by', 2, 2, by('min_by'));
  add('first|first_value', 1, 2, pick('first'));
  add('any_value', 1, 2, pick('first'));
  add('last|last_value', 1, 2, pick('last'));
  add('collect_list|array_agg', 1, 1, list(false));
  add('collect_set', 1, 1, list(true));
  add('percentile', 2, 3, percentile);
  add('percentile_cont', 1, 1, ordered('quantile_cont'));
  add('percentile_disc', 1, 1, ordered('quantile_disc'));
  add('try_sum', 1, 1, tried(sum));
  add('try_avg', 1, 1, tried(avg));
  for (const name of ['regr_avgx', 'regr_avgy', 'regr_sxx', 'regr_sxy', 'regr_syy'])
    add(name, 2, 2, regression(`${name}($1, $2)@`));
  add('grouping_id', 0, 1000, (args, call, tools, scope) => {
    const keys =
      args.length > 0 ? args.map((arg) => arg.sql) : (scope.group ?? []).map((e) => tools.compile(e, scope).sql);
    if (keys.length === 0) throw refuse('grouping_id without GROUP BY', call);
    return { sql: `CAST(grouping(${keys.join(', ')}) AS BIGINT)`, type: BIGINT };
  });
  add('percentile_approx|approx_percentile', 2, 3, approximate);
  add('listagg|string_agg', 1, 2, listagg);
  define(library, 'aggregate', [
    ['approx_count_distinct', '*', 'BIGINT', 'count(DISTINCT $1)@'],
    ['approx_count_distinct', '* d', 'BIGINT', 'count(DISTINCT $1)@'],
    ['count_if', 'b', 'BIGINT', 'count(CASE WHEN $1 THEN 1 END)@'],
    ['bool_and|every', 'b', 'BOOLEAN', 'bool_and($1)@'],
    ['bool_or|some|any', 'b', 'BOOLEAN', 'bool_or($1)@'],
    ['stddev|stddev_samp|std', 'd', 'DOUBLE', 'stddev_samp(#$1)@'],
    ['stddev_pop', 'd', 'DOUBLE', 'stddev_pop(#$1)@'],
    ['variance|var_samp', 'd', 'DOUBLE', 'var_samp(#$1)@'],
    ['var_pop', 'd', 'DOUBLE', 'var_pop(#$1)@'],
    [
      'corr',
      'd d',
      'DOUBLE',
      `CASE WHEN regr_count($1, $2)@ <= 1 THEN NULL WHEN regr_sxx($1, $2)@ = 0 OR regr_syy($1, $2)@ = 0 THEN ${raiseText('DIVIDE_BY_ZERO', '22012', 'Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.')} ELSE regr_sxy($1, $2)@ / sqrt(regr_sxx($1, $2)@ * regr_syy($1, $2)@) END`,
    ],
    ['covar_pop', 'd d', 'DOUBLE', 'covar_pop($1, $2)@'],
    ['covar_samp', 'd d', 'DOUBLE', 'covar_samp($1, $2)@'],
    ['median', 'd', 'DOUBLE', 'median($1)@'],
    ['skewness', 'd', 'DOUBLE', 'CAST(spark_skewness(CAST(to_json(list($1)@) AS VARCHAR)) AS DOUBLE)'],
    ['kurtosis', 'd', 'DOUBLE', 'kurtosis_pop($1)@'],
    ['bit_and', 'k', '=1', 'bit_and($1)@'],
    ['bit_or', 'k', '=1', 'bit_or($1)@'],
    ['bit_xor', 'k', '=1', 'bit_xor($1)@'],
    ['mode', '*', '=1', 'mode($1)@'],
    ['regr_count', 'd d', 'BIGINT', 'CAST(regr_count($1, $2)@ AS BIGINT)'],
    ['regr_slope', 'd d', 'DOUBLE', 'CASE WHEN regr_sxx($1, $2)@ = 0 THEN NULL ELSE regr_slope($1, $2)@ END'],
    ['regr_intercept', 'd d', 'DOUBLE', 'CASE WHEN regr_sxx($1, $2)@ = 0 THEN NULL ELSE regr_intercept($1, $2)@ END'],
    ['regr_r2', 'd d', 'DOUBLE', 'regr_r2($1, $2)@'],
    ['grouping', '*', 'TINYINT', 'CAST(grouping($1) AS TINYINT)'],
  ]);
  for (const name of ['row_number', 'rank', 'dense_rank'])
    add(name, 0, 0, () => ({ sql: `CAST(${name}()@ AS INTEGER)`, type: INT }), 'window');
  for (const name of ['percent_rank', 'cume_dist'])
    add(name, 0, 0, () => ({ sql: `${name}()@`, type: DOUBLE }), 'window');
  add(
    'ntile',
    1,
    1,
    ([n], _call, tools) => ({ sql: `CAST(ntile(${tools.coerce(n as Typed, BIGINT).sql})@ AS INTEGER)`, type: INT }),
    'window',
  );
  for (const name of ['lag', 'lead'])
    add(
      name,
      1,
      3,
      (args, call, tools) => {
        const [value, offset, otherwise] = args as [Typed, Typed?, Typed?];
        const nulls = call.ignoreNulls ? ' IGNORE NULLS' : '';
        const rest = otherwise === undefined ? '' : `, ${tools.coerce(otherwise, value.type).sql}`;
        return {
          sql: `${name}(${value.sql}, ${offset === undefined ? '1' : tools.coerce(offset, INT).sql}${rest}${nulls})@`,
          type: value.type,
        };
      },
      'window',
    );
  add(
    'nth_value',
    2,
    2,
    (args, call, tools) => {
      const [value, n] = args as [Typed, Typed];
      return {
        sql: `nth_value(${value.sql}, ${tools.coerce(n, INT).sql}${call.ignoreNulls ? ' IGNORE NULLS' : ''})@`,
        type: value.type,
      };
    },
    'window',
  );
}

// WITHIN GROUP (ORDER BY x DESC) counts from the other end
const ordered =
  (name: string): Build =>
  (args, call, tools, scope) => {
    const [order, ...more] = call.orderBy;
    if (order === undefined || more.length > 0)
      throw refuse(`${call.name} without WITHIN GROUP (ORDER BY one key)`, call);
    const value = number(tools.compile(order.e, scope), tools, call.name);
    const at = args[0] as Typed;
    if (at.type.k === 'array' && order.desc) throw refuse(`${call.name} of several points in descending order`, call);
    if (name === 'quantile_disc' && order.desc) throw refuse(`${call.name} in descending order`, call);
    if (at.type.k === 'array')
      return {
        sql: `${name}(${value}, ${tools.coerce(at, arrayOf(DOUBLE)).sql})@`,
        type: arrayOf(DOUBLE),
        took: 'order',
      };
    const point = tools.coerce(at, DOUBLE).sql;
    return { sql: `${name}(${value}, ${order.desc ? `1 - ${point}` : point})@`, type: DOUBLE, took: 'order' };
  };

const regression =
  (template: string, type: SparkType = DOUBLE): Build =>
  (args, call, tools) => {
    const [y, x] = args.map((arg) => number(arg, tools, call.name)) as [string, string];
    return { sql: template.replaceAll('$1', y).replaceAll('$2', x), type };
  };

const tried =
  (build: Build): Build =>
  (args, call, tools, scope) => {
    if (call.over !== undefined) throw refuse(`${call.name} with OVER`, call);
    const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${tools.condition(call.filter, scope).sql})`;
    const { sql, type } = build(args, call, tools, scope);
    return { sql: `TRY(${sql.replaceAll('@', filter)})`, type, took: 'filter' };
  };
