import { quoteName, quoteText } from '../../database.ts';
import { SqlError } from '../error.ts';
import {
  arrayOf,
  asDecimal,
  BIGINT,
  BINARY,
  BOOLEAN,
  bounded,
  carrier,
  DATE,
  DOUBLE,
  decimal,
  INT,
  isFractional,
  isIntegral,
  isNumeric,
  isTime,
  mapOf,
  parseSchema,
  parseType,
  type SparkType,
  STRING,
  TIMESTAMP,
  typeText,
  VARIANT,
  VOID,
} from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { castSql } from './cast.ts';
import { type Build, define, type Library } from './define.ts';
import { mismatch, refuse, type Tools, unexpected } from './expression.ts';
import { generatedName } from './name.ts';
import { raise, raiseText } from './raise.ts';
import type { Typed } from './scope.ts';

const at = (args: Typed[], index: number): Typed => args[index] as Typed;
const array = (value: Typed, what: string): SparkType => {
  if (value.type.k === 'array') return value.type.e;
  throw unexpected(value, arrayOf(STRING), what);
};
const map = (value: Typed, what: string): { key: SparkType; value: SparkType } => {
  if (value.type.k === 'map') return value.type;
  throw unexpected(value, mapOf(STRING, STRING), what);
};
const constant = (e: Expr | undefined, what: string, call: Expr): string => {
  if (e?.k === 'literal' && e.value !== null) return e.value;
  if (e?.k === 'cast' && e.e.k === 'literal' && e.e.value !== null) return e.e.value;
  throw refuse(`${what} that is no literal`, call);
};
const typed = (sql: string, type: SparkType) => ({ sql, type });

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

const EXTRACT: Record<string, [sql: string, type: SparkType]> = {
  YEAR: ['CAST(year($) AS INTEGER)', INT],
  YEAROFWEEK: ['CAST(isoyear($) AS INTEGER)', INT],
  QUARTER: ['CAST(quarter($) AS INTEGER)', INT],
  MONTH: ['CAST(month($) AS INTEGER)', INT],
  WEEK: ['CAST(weekofyear($) AS INTEGER)', INT],
  DAY: ['CAST(day($) AS INTEGER)', INT],
  DAYOFWEEK: ['CAST(dayofweek($) + 1 AS INTEGER)', INT],
  DOW: ['CAST(dayofweek($) + 1 AS INTEGER)', INT],
  DAYOFWEEK_ISO: ['CAST(isodow($) AS INTEGER)', INT],
  DOW_ISO: ['CAST(isodow($) AS INTEGER)', INT],
  DOY: ['CAST(dayofyear($) AS INTEGER)', INT],
  HOUR: ['CAST(hour(CAST($ AS TIMESTAMP)) AS INTEGER)', INT],
  MINUTE: ['CAST(minute(CAST($ AS TIMESTAMP)) AS INTEGER)', INT],
  SECOND: [
    'CAST(CAST(epoch_us(CAST($ AS TIMESTAMP)) % 60000000 AS DECIMAL(10,0)) / 1000000 AS DECIMAL(8,6))',
    decimal(8, 6),
  ],
};
const UNIT_ALIASES: Record<string, string> = {
  YEARS: 'YEAR',
  YR: 'YEAR',
  YRS: 'YEAR',
  QTR: 'QUARTER',
  MON: 'MONTH',
  MONS: 'MONTH',
  MONTHS: 'MONTH',
  W: 'WEEK',
  WEEKS: 'WEEK',
  D: 'DAY',
  DAYS: 'DAY',
  H: 'HOUR',
  HR: 'HOUR',
  HRS: 'HOUR',
  HOURS: 'HOUR',
  M: 'MINUTE',
  MIN: 'MINUTE',
  MINS: 'MINUTE',
  MINUTES: 'MINUTE',
  S: 'SECOND',
  SEC: 'SECOND',
  SECS: 'SECOND',
  SECONDS: 'SECOND',
};

const extract: Build = (args, call, tools) => {
  const given = constant(call.args[0], 'a field', call).toUpperCase();
  const unit = UNIT_ALIASES[given] ?? given;
  const [template, type] = EXTRACT[unit] ?? [];
  const value = at(args, 1);
  if (value.type.k === 'interval' || template === undefined || type === undefined)
    throw refuse(`extract(${given} FROM ${typeText(value.type)})`, call);
  const source = isTime(value.type) ? value : tools.coerce(value, TIMESTAMP);
  return typed(template.replace('$', source.sql), type);
};

const addUnit: Build = (args, call, tools) => {
  const given = constant(call.args[0], 'a unit', call).toUpperCase();
  const unit = UNIT_ALIASES[given] ?? given;
  const count = tools.coerce(at(args, 1), INT).sql;
  const value = at(args, 2);
  const functions: Record<string, string> = {
    YEAR: 'to_years',
    QUARTER: 'to_quarters',
    MONTH: 'to_months',
    WEEK: 'to_weeks',
    DAY: 'to_days',
    HOUR: 'to_hours',
    MINUTE: 'to_minutes',
    SECOND: 'to_seconds',
  };
  const name = functions[unit];
  if (name === undefined) throw refuse(`the unit ${given}`, call);
  return typed(`(${tools.coerce(value, TIMESTAMP).sql} + ${name}(${count}))`, TIMESTAMP);
};

const diffUnit: Build = (args, call, tools) => {
  const given = constant(call.args[0], 'a unit', call).toUpperCase();
  const unit = UNIT_ALIASES[given] ?? given;
  if (!['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'].includes(unit))
    throw refuse(`the unit ${given}`, call);
  const [a, b] = [tools.coerce(at(args, 1), TIMESTAMP).sql, tools.coerce(at(args, 2), TIMESTAMP).sql];
  const length = { YEAR: 12, QUARTER: 3, MONTH: 1 }[unit];
  if (length === undefined) return typed(`date_sub('${unit}', ${a}, ${b})`, BIGINT);
  // whole months: DuckDB takes the last day of a month for the end of any longer one
  const within = (time: string) => `(epoch_us(${time}) - epoch_us(date_trunc('month', ${time})))`;
  const months = `((year(${b}) - year(${a})) * 12 + month(${b}) - month(${a}))`;
  const open = `CASE WHEN ${b} >= ${a} AND ${within(b)} < ${within(a)} THEN 1 WHEN ${b} < ${a} AND ${within(b)} > ${within(a)} THEN -1 ELSE 0 END`;
  return typed(`((${months} - ${open}) // ${length})`, BIGINT);
};

const TRUNCS: Record<string, string> = {
  YEAR: 'year',
  YYYY: 'year',
  YY: 'year',
  QUARTER: 'quarter',
  MONTH: 'month',
  MON: 'month',
  MM: 'month',
  WEEK: 'week',
  DAY: 'day',
  DD: 'day',
  HOUR: 'hour',
  MINUTE: 'minute',
  SECOND: 'second',
  MILLISECOND: 'millisecond',
  MICROSECOND: 'microsecond',
};

const hexText = (value: Typed, tools: Tools): string =>
  value.type.k === 'binary' ? value.sql : tools.coerce(value, STRING).sql;

/** Concatenates texts or arrays; NULL when one is NULL. */
const concat: Build = (args, _call, tools) => {
  if (args.length === 0) return typed("''", STRING);
  if (args.some((arg) => arg.type.k === 'array')) {
    const lists = tools.unify(args);
    return typed(
      `CASE WHEN ${lists.map((list) => `${list.sql} IS NULL`).join(' OR ')} THEN NULL ELSE list_concat(${lists.map((list) => list.sql).join(', ')}) END`,
      at(lists, 0).type,
    );
  }
  if (args.every((arg) => arg.type.k === 'binary'))
    return typed(`(${args.map((arg) => arg.sql).join(' || ')})`, BINARY);
  return typed(`(${args.map((arg) => tools.coerce(arg, STRING, 'concat').sql).join(' || ')})`, STRING);
};

const mapKeys = (pairs: [Typed, Typed][], tools: Tools) => {
  const keys = tools.unify(
    pairs.map(([key]) => key),
    'map',
  );
  const values = tools.unify(
    pairs.map(([, value]) => value),
    'map',
  );
  const type = mapOf(keys[0]?.type ?? VOID, values[0]?.type ?? VOID);
  if (pairs.length === 0) return typed('CAST(MAP {} AS MAP(VARCHAR, INTEGER))', mapOf(STRING, VOID));
  return typed(
    `map([${keys.map((key) => key.sql).join(', ')}], [${values.map((value) => value.sql).join(', ')}])`,
    type,
  );
};

const field = (name: string, sql: string) => `${quoteName(name)} := ${sql}`;
const notNull = (sqls: string[], then: string) =>
  `CASE WHEN ${sqls.map((sql) => `${sql} IS NULL`).join(' OR ')} THEN NULL ELSE ${then} END`;

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

const SPECIALS: Record<string, [least: number, most: number, build: Build]> = {
  concat: [0, 1000, concat],
  concat_ws: [
    1,
    1000,
    (args, _call, tools) => {
      const [separator, ...rest] = args as [Typed, ...Typed[]];
      const lists = rest.map((arg) =>
        arg.type.k === 'array' ? tools.coerce(arg, arrayOf(STRING)).sql : `[${tools.coerce(arg, STRING).sql}]`,
      );
      if (lists.length === 0) return typed(notNull([tools.coerce(separator, STRING).sql], "''"), STRING);
      return typed(
        `array_to_string(list_filter(list_concat(${lists.join(', ')}${lists.length === 1 ? ', []' : ''}), lambda _x: _x IS NOT NULL), ${tools.coerce(separator, STRING).sql})`,
        STRING,
      );
    },
  ],
  replace: [
    2,
    3,
    (args, _call, tools) => {
      const [a, b, c] = args.map((arg) => tools.coerce(arg, STRING).sql);
      return typed(`CASE WHEN ${b} = '' THEN ${a} ELSE replace(${a}, ${b}, ${c ?? "''"}) END`, STRING);
    },
  ],
  'if|iff': [
    3,
    3,
    (args, call, tools) => {
      const [then, otherwise] = tools.unify([at(args, 1), at(args, 2)], call.name) as [Typed, Typed];
      return typed(
        `CASE WHEN ${tools.coerce(at(args, 0), BOOLEAN).sql} THEN ${then.sql} ELSE ${otherwise.sql} END`,
        then.type,
      );
    },
  ],
  nullif: [
    2,
    2,
    (args, call, tools) => {
      const [a, b] = tools.unify([at(args, 0), at(args, 1)], call.name) as [Typed, Typed];
      return typed(`CASE WHEN ${a.sql} = ${b.sql} THEN NULL ELSE ${at(args, 0).sql} END`, at(args, 0).type);
    },
  ],
  nullifzero: [
    1,
    1,
    (args) => typed(`CASE WHEN ${at(args, 0).sql} = 0 THEN NULL ELSE ${at(args, 0).sql} END`, at(args, 0).type),
  ],
  zeroifnull: [1, 1, (args) => typed(`coalesce(${at(args, 0).sql}, 0)`, at(args, 0).type)],
  nvl2: [
    3,
    3,
    (args, call, tools) => {
      const [then, otherwise] = tools.unify([at(args, 1), at(args, 2)], call.name) as [Typed, Typed];
      return typed(`CASE WHEN ${at(args, 0).sql} IS NOT NULL THEN ${then.sql} ELSE ${otherwise.sql} END`, then.type);
    },
  ],
  equal_null: [
    2,
    2,
    (args, call, tools) => {
      const [a, b] = tools.unify(args, call.name) as [Typed, Typed];
      return typed(`(${a.sql} IS NOT DISTINCT FROM ${b.sql})`, BOOLEAN);
    },
  ],
  decode: [
    2,
    1000,
    (args, call, tools) => {
      if (args.length === 2) {
        if (constant(call.args[1], 'a charset', call).toUpperCase() !== 'UTF-8')
          throw refuse('charsets other than UTF-8', call);
        return typed(`decode(${tools.coerce(at(args, 0), BINARY).sql})`, STRING);
      }
      const rest = args.slice(1);
      const hasDefault = rest.length % 2 === 1;
      const values = tools.unify([
        ...rest.filter((_, index) => index % 2 === 1),
        ...(hasDefault ? [rest.at(-1) as Typed] : []),
      ]);
      const whens = Array.from({ length: Math.floor(rest.length / 2) }, (_, index) => {
        const [a, b] = tools.unify([at(args, 0), at(rest, index * 2)]) as [Typed, Typed];
        return `WHEN ${a.sql} IS NOT DISTINCT FROM ${b.sql} THEN ${values[index]?.sql}`;
      });
      return typed(`CASE ${whens.join(' ')} ELSE ${hasDefault ? values.at(-1)?.sql : 'NULL'} END`, at(values, 0).type);
    },
  ],
  encode: [
    2,
    2,
    (args, call, tools) => {
      if (constant(call.args[1], 'a charset', call).toUpperCase() !== 'UTF-8')
        throw refuse('charsets other than UTF-8', call);
      return typed(`encode(${tools.coerce(at(args, 0), STRING).sql})`, BINARY);
    },
  ],
  to_binary: [
    1,
    2,
    (args, call, tools) => {
      const kind = call.args[1] === undefined ? 'hex' : constant(call.args[1], 'a format', call).toLowerCase();
      const text = tools.coerce(at(args, 0), STRING).sql;
      const made = {
        hex: `from_hex(${text})`,
        'utf-8': `encode(${text})`,
        utf8: `encode(${text})`,
        base64: `from_base64(${text})`,
      }[kind];
      if (made === undefined) throw refuse(`the format ${kind}`, call);
      return typed(made, BINARY);
    },
  ],
  hex: [
    1,
    1,
    (args, _call, tools) =>
      typed(
        isNumeric(at(args, 0).type)
          ? `hex(${tools.coerce(at(args, 0), BIGINT).sql})`
          : `hex(${hexText(at(args, 0), tools)})`,
        STRING,
      ),
  ],
  typeof: [
    1,
    1,
    (args) =>
      typed(quoteText(typeText(at(args, 0).type).toLowerCase().replaceAll(': ', ':').replaceAll(', ', ',')), STRING),
  ],
  elt: [
    2,
    1000,
    (args, _call, tools) => {
      const index = tools.coerce(at(args, 0), INT).sql;
      const texts = args.slice(1).map((arg) => tools.coerce(arg, STRING).sql);
      return typed(
        `CASE WHEN ${index} IS NULL THEN NULL WHEN ${index} < 1 OR ${index} > ${texts.length} THEN ${raise('INVALID_ARRAY_INDEX', '22003', `'The index ' || ${index} || ' is out of bounds. The array has ${texts.length} elements. Use the SQL function \`get()\` to tolerate accessing element at invalid index and return NULL instead.'`)} ELSE [${texts.join(', ')}][${index}] END`,
        STRING,
      );
    },
  ],
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
  // times
  extract: [2, 2, extract],
  date_part: [2, 2, extract],
  datepart: [2, 2, extract],
  'dateadd|date_add|timestampadd': [3, 3, addUnit],
  'datediff|date_diff|timestampdiff': [3, 3, diffUnit],
  date_trunc: [
    2,
    2,
    (args, call, tools) => {
      const unit = constant(call.args[0], 'a unit', call).toUpperCase();
      if (TRUNCS[unit] === undefined) return typed('CAST(NULL AS TIMESTAMP)', TIMESTAMP);
      return typed(`date_trunc('${TRUNCS[unit]}', ${tools.coerce(at(args, 1), TIMESTAMP).sql})`, TIMESTAMP);
    },
  ],
  trunc: [
    2,
    2,
    (args, call, tools) => {
      const unit = TRUNCS[constant(call.args[1], 'a unit', call).toUpperCase()];
      const value = tools.coerce(at(args, 0), DATE).sql;
      return unit === undefined || !['year', 'quarter', 'month', 'week'].includes(unit)
        ? typed('CAST(NULL AS DATE)', DATE)
        : typed(`CAST(date_trunc('${unit}', ${value}) AS DATE)`, DATE);
    },
  ],
  to_date: [1, 1, (args, _call, tools) => tools.coerce(at(args, 0), DATE)],
  'to_timestamp|to_timestamp_ltz': [
    1,
    1,
    (args) => typed(castSql(at(args, 0).sql, at(args, 0).type, TIMESTAMP), TIMESTAMP),
  ],
  to_timestamp_ntz: [
    1,
    1,
    (args) => typed(castSql(at(args, 0).sql, at(args, 0).type, { k: 'timestamp_ntz' }), { k: 'timestamp_ntz' }),
  ],
  make_timestamp: [
    6,
    6,
    (args, _call, tools) => {
      const [y, m, d, h, i] = args.slice(0, 5).map((arg) => tools.coerce(arg, INT).sql);
      const s = tools.coerce(at(args, 5), decimal(16, 6)).sql;
      return typed(
        `(make_timestamp(${y}, ${m}, ${d}, ${h}, ${i}, 0) + to_microseconds(CAST(${s} * 1000000 AS BIGINT)))`,
        TIMESTAMP,
      );
    },
  ],
  // arrays
  array: [
    0,
    10000,
    (args, call, tools) => {
      const items = tools.unify(args, call.name);
      const type = items[0]?.type ?? VOID;
      return typed(
        items.length === 0 ? 'CAST([] AS INTEGER[])' : `[${items.map((item) => item.sql).join(', ')}]`,
        arrayOf(type),
      );
    },
  ],
  'size|cardinality': [
    1,
    1,
    (args, call) => {
      const value = at(args, 0);
      if (value.type.k !== 'array' && value.type.k !== 'map') throw unexpected(value, arrayOf(STRING), call.name);
      return typed(`CAST(${value.type.k === 'map' ? 'cardinality' : 'len'}(${value.sql}) AS INTEGER)`, INT);
    },
  ],
  array_contains: [
    2,
    2,
    (args, call, tools) => {
      const [list, item] = tools.unify(
        [at(args, 0), { ...at(args, 1), sql: `[${at(args, 1).sql}]`, type: arrayOf(at(args, 1).type) }],
        call.name,
      ) as [Typed, Typed];
      return typed(
        `CASE WHEN ${list.sql} IS NULL OR ${item.sql}[1] IS NULL THEN NULL WHEN list_contains(${list.sql}, ${item.sql}[1]) THEN true WHEN list_contains(list_transform(${list.sql}, lambda _x: _x IS NULL), true) THEN NULL ELSE false END`,
        BOOLEAN,
      );
    },
  ],
  array_position: [
    2,
    2,
    (args, call, tools) => {
      const e = array(at(args, 0), call.name);
      const item = tools.coerce(at(args, 1), e).sql;
      return typed(
        notNull([at(args, 0).sql, item], `coalesce(CAST(list_position(${at(args, 0).sql}, ${item}) AS BIGINT), 0)`),
        BIGINT,
      );
    },
  ],
  array_remove: [
    2,
    2,
    (args, call, tools) => {
      const item = tools.coerce(at(args, 1), array(at(args, 0), call.name)).sql;
      return typed(
        notNull([item], `list_filter(${at(args, 0).sql}, lambda _x: _x IS DISTINCT FROM ${item})`),
        at(args, 0).type,
      );
    },
  ],
  array_append: [
    2,
    2,
    (args, call, tools) =>
      typed(
        notNull(
          [at(args, 0).sql],
          `list_append(${at(args, 0).sql}, ${tools.coerce(at(args, 1), array(at(args, 0), call.name)).sql})`,
        ),
        at(args, 0).type,
      ),
  ],
  array_prepend: [
    2,
    2,
    (args, call, tools) =>
      typed(
        notNull(
          [at(args, 0).sql],
          `list_prepend(${tools.coerce(at(args, 1), array(at(args, 0), call.name)).sql}, ${at(args, 0).sql})`,
        ),
        at(args, 0).type,
      ),
  ],
  array_repeat: [
    2,
    2,
    (args, _call, tools) => {
      const count = tools.coerce(at(args, 1), INT).sql;
      return typed(
        notNull([count], `list_transform(range(CAST(greatest(${count}, 0) AS BIGINT)), lambda _x: ${at(args, 0).sql})`),
        arrayOf(at(args, 0).type),
      );
    },
  ],
  arrays_overlap: [
    2,
    2,
    (args, _call, tools) => {
      const [a, b] = tools.unify(args) as [Typed, Typed];
      const nulls = `(list_contains(list_transform(${a.sql}, lambda _x: _x IS NULL), true) OR list_contains(list_transform(${b.sql}, lambda _x: _x IS NULL), true))`;
      return typed(
        notNull(
          [a.sql, b.sql],
          `CASE WHEN list_has_any(list_filter(${a.sql}, lambda _x: _x IS NOT NULL), list_filter(${b.sql}, lambda _x: _x IS NOT NULL)) THEN true WHEN ${nulls} AND len(${a.sql}) > 0 AND len(${b.sql}) > 0 THEN NULL ELSE false END`,
        ),
        BOOLEAN,
      );
    },
  ],
  arrays_zip: [
    1,
    100,
    (args, call) => {
      const fields = args.map((arg, index) => ({
        name: arg.ast.k === 'column' ? generatedName(arg.ast) : String(index),
        type: array(arg, call.name),
      }));
      const longest = `greatest(${args.map((arg) => `len(${arg.sql})`).join(', ')})`;
      return typed(
        notNull(
          args.map((arg) => arg.sql),
          `list_transform(range(1, ${longest} + 1), lambda _i: struct_pack(${args.map((arg, index) => field(fields[index]?.name ?? '', `(${arg.sql})[_i]`)).join(', ')}))`,
        ),
        arrayOf({ k: 'struct', fields }),
      );
    },
  ],
  element_at: [
    2,
    2,
    (args, call, tools) => {
      const value = at(args, 0);
      if (value.type.k === 'map')
        return typed(`(${value.sql})[${tools.coerce(at(args, 1), value.type.key).sql}]`, value.type.value);
      const e = array(value, call.name);
      const index = tools.coerce(at(args, 1), INT).sql;
      const zero = raiseText(
        'INVALID_INDEX_OF_ZERO',
        '22003',
        'The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).',
      );
      const bad = raise(
        'INVALID_ARRAY_INDEX_IN_ELEMENT_AT',
        '22003',
        `'The index ' || ${index} || ' is out of bounds. The array has ' || len(${value.sql}) || ' elements. Use \`try_element_at\` to tolerate accessing element at invalid index and return NULL instead.'`,
      );
      return typed(
        `CASE WHEN ${value.sql} IS NULL OR ${index} IS NULL THEN NULL WHEN ${index} = 0 THEN ${zero} WHEN abs(${index}) > len(${value.sql}) THEN ${bad} ELSE (${value.sql})[${index}] END`,
        e,
      );
    },
  ],
  try_element_at: [
    2,
    2,
    (args, call, tools) => {
      const value = at(args, 0);
      if (value.type.k === 'map')
        return typed(`(${value.sql})[${tools.coerce(at(args, 1), value.type.key).sql}]`, value.type.value);
      return typed(`(${value.sql})[${tools.coerce(at(args, 1), INT).sql}]`, array(value, call.name));
    },
  ],
  get: [
    2,
    2,
    (args, call, tools) => {
      const e = array(at(args, 0), call.name);
      const index = tools.coerce(at(args, 1), INT).sql;
      return typed(`CASE WHEN ${index} < 0 THEN NULL ELSE (${at(args, 0).sql})[${index} + 1] END`, e);
    },
  ],
  sort_array: [
    1,
    2,
    (args, call) => {
      array(at(args, 0), call.name);
      const up = call.args[1] === undefined || constant(call.args[1], 'an order', call) === 'true';
      return typed(
        `list_sort(${at(args, 0).sql}, '${up ? 'ASC' : 'DESC'}', 'NULLS ${up ? 'FIRST' : 'LAST'}')`,
        at(args, 0).type,
      );
    },
  ],
  array_sort: [
    1,
    2,
    (args, call) => {
      array(at(args, 0), call.name);
      if (call.args.length > 1) throw refuse('array_sort with a comparator', call);
      return typed(`list_sort(${at(args, 0).sql}, 'ASC', 'NULLS LAST')`, at(args, 0).type);
    },
  ],
  sequence: [
    2,
    3,
    (args, call, tools) => {
      const [a, b] = tools.unify([at(args, 0), at(args, 1)]) as [Typed, Typed];
      if (isIntegral(a.type)) {
        const step =
          args[2] === undefined
            ? `CASE WHEN ${a.sql} <= ${b.sql} THEN 1 ELSE -1 END`
            : tools.coerce(at(args, 2), a.type).sql;
        return typed(
          `CAST(generate_series(CAST(${a.sql} AS BIGINT), CAST(${b.sql} AS BIGINT), CAST(${step} AS BIGINT)) AS ${carrier(a.type)}[])`,
          arrayOf(a.type),
        );
      }
      if (!isTime(a.type)) throw refuse(`sequence of ${typeText(a.type)}`, call);
      const step =
        args[2] === undefined ? `CASE WHEN ${a.sql} <= ${b.sql} THEN to_days(1) ELSE to_days(-1) END` : at(args, 2).sql;
      if (args[2] !== undefined && at(args, 2).type.k !== 'interval')
        throw mismatch(call, [a.type, at(args, 2).type], call.name);
      return typed(
        `CAST(generate_series(CAST(${a.sql} AS TIMESTAMP), CAST(${b.sql} AS TIMESTAMP), ${step}) AS ${carrier(a.type)}[])`,
        arrayOf(a.type),
      );
    },
  ],
  // structs and maps
  struct: [
    0,
    1000,
    (args, call) => {
      const fields = args.map((arg, index) => ({
        name:
          call.args[index]?.k === 'named'
            ? (call.args[index] as { name: string }).name
            : call.args[index]?.k === 'column'
              ? generatedName(call.args[index] as Expr)
              : `col${index + 1}`,
        type: arg.type,
      }));
      return typed(`struct_pack(${args.map((arg, index) => field(fields[index]?.name ?? '', arg.sql)).join(', ')})`, {
        k: 'struct',
        fields,
      });
    },
  ],
  named_struct: [
    2,
    1000,
    (args, call) => {
      const names = args
        .filter((_, index) => index % 2 === 0)
        .map((_, index) => constant(call.args[index * 2], 'a name', call));
      const values = args.filter((_, index) => index % 2 === 1);
      return typed(`struct_pack(${values.map((arg, index) => field(names[index] ?? '', arg.sql)).join(', ')})`, {
        k: 'struct',
        fields: values.map((arg, index) => ({ name: names[index] ?? '', type: arg.type })),
      });
    },
  ],
  map: [
    0,
    1000,
    (args, call, tools) => {
      if (args.length % 2 === 1)
        throw new SqlError(
          'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
          '42605',
          `The \`map\` requires 2n (n > 0) parameters but the actual number is ${args.length}. Please, refer to the documentation for a fix.`,
          { offset: call.at, length: 3 },
        );
      return mapKeys(
        Array.from({ length: args.length / 2 }, (_, index) => [at(args, index * 2), at(args, index * 2 + 1)]),
        tools,
      );
    },
  ],
  map_keys: [1, 1, (args, call) => typed(`map_keys(${at(args, 0).sql})`, arrayOf(map(at(args, 0), call.name).key))],
  map_values: [
    1,
    1,
    (args, call) => typed(`map_values(${at(args, 0).sql})`, arrayOf(map(at(args, 0), call.name).value)),
  ],
  map_entries: [
    1,
    1,
    (args, call) => {
      const { key, value } = map(at(args, 0), call.name);
      return typed(
        `map_entries(${at(args, 0).sql})`,
        arrayOf({
          k: 'struct',
          fields: [
            { name: 'key', type: key },
            { name: 'value', type: value },
          ],
        }),
      );
    },
  ],
  map_from_arrays: [
    2,
    2,
    (args, call) =>
      typed(
        notNull(
          args.map((arg) => arg.sql),
          `map(${at(args, 0).sql}, ${at(args, 1).sql})`,
        ),
        mapOf(array(at(args, 0), call.name), array(at(args, 1), call.name)),
      ),
  ],
  map_from_entries: [
    1,
    1,
    (args, call) => {
      const e = array(at(args, 0), call.name);
      if (e.k !== 'struct' || e.fields.length !== 2)
        throw unexpected(at(args, 0), arrayOf({ k: 'struct', fields: [] }), call.name);
      return typed(
        `map_from_entries(${at(args, 0).sql})`,
        mapOf((e.fields[0] as { type: SparkType }).type, (e.fields[1] as { type: SparkType }).type),
      );
    },
  ],
  map_contains_key: [
    2,
    2,
    (args, call, tools) =>
      typed(
        `list_contains(map_keys(${at(args, 0).sql}), ${tools.coerce(at(args, 1), map(at(args, 0), call.name).key).sql})`,
        BOOLEAN,
      ),
  ],
  map_concat: [
    1,
    100,
    (args, _call, tools) => {
      const maps = tools.unify(args);
      return typed(
        notNull(
          maps.map((arg) => arg.sql),
          `map_from_entries(list_concat(${maps.map((arg) => `map_entries(${arg.sql})`).join(', ')}${maps.length === 1 ? ', []' : ''}))`,
        ),
        at(maps, 0).type,
      );
    },
  ],
  str_to_map: [
    1,
    3,
    (args, _call, tools) => {
      const [text, pair = "','", key = "':'"] = args.map((arg) => tools.coerce(arg, STRING).sql);
      const pairs = `CAST(CAST(spark_split(${text}, ${pair}, '-1') AS JSON) AS VARCHAR[])`;
      const parts = `CAST(CAST(spark_split(_x, ${key}, '2') AS JSON) AS VARCHAR[])`;
      return typed(
        `map_from_entries(list_transform(${pairs}, lambda _x: {'k': ${parts}[1], 'v': ${parts}[2]}))`,
        mapOf(STRING, STRING),
      );
    },
  ],
  // JSON
  from_json: [
    2,
    3,
    (args, call, tools, scope) => {
      const schema =
        call.args[1]?.k === 'literal'
          ? constant(call.args[1], 'a schema', call)
          : constant(undefined, 'a schema', call);
      const type = parseSchema(schema);
      const options: Record<string, string> = {};
      const given = call.args[2];
      if (given !== undefined) {
        if (given.k !== 'call' || given.name !== 'map') throw refuse('options that are no map of literals', call);
        for (let index = 0; index < given.args.length; index += 2)
          options[constant(given.args[index], 'an option', call)] = constant(given.args[index + 1], 'an option', call);
      }
      void scope;
      const made = `spark_from_json(${tools.coerce(at(args, 0), STRING).sql}, ${quoteText(typeText(type))}, ${quoteText(JSON.stringify(options))})`;
      return typed(`CAST(CAST(${made} AS JSON) AS ${carrier(type)})`, type);
    },
  ],
  to_json: [
    1,
    1,
    (args, call) => {
      const { type, sql } = at(args, 0);
      if (!['struct', 'map', 'array', 'variant'].includes(type.k))
        throw unexpected(at(args, 0), { k: 'struct', fields: [] }, call.name);
      return typed(`CAST(${jsonValue(sql, type, call)} AS VARCHAR)`, STRING);
    },
  ],
  json_array_length: [
    1,
    1,
    (args, _call, tools) => {
      const text = tools.coerce(at(args, 0), STRING).sql;
      return typed(
        `CASE WHEN json_valid(${text}) AND json_type(${text}) = 'ARRAY' THEN CAST(json_array_length(${text}) AS INTEGER) ELSE NULL END`,
        INT,
      );
    },
  ],
  json_object_keys: [
    1,
    1,
    (args, _call, tools) => {
      const text = tools.coerce(at(args, 0), STRING).sql;
      return typed(
        `CASE WHEN json_valid(${text}) AND json_type(${text}) = 'OBJECT' THEN json_keys(${text}) ELSE NULL END`,
        arrayOf(STRING),
      );
    },
  ],
  'variant_get|try_variant_get': [
    2,
    3,
    (args, call, tools) => {
      const path = constant(call.args[1], 'a path', call);
      const source = `CAST(spark_variant_path(CAST(${tools.coerce(at(args, 0), VARIANT).sql} AS VARCHAR), ${quoteText(path)}) AS JSON)`;
      if (call.args[2] === undefined) return typed(source, VARIANT);
      const type = parseType(constant(call.args[2], 'a type', call));
      return typed(castSql(source, VARIANT, type, call.name.startsWith('try')), type);
    },
  ],
  // Other numbers than Databricks gives, and as well spread: paging by key needs the function, and compares within one engine.
  xxhash64: [
    1,
    100,
    (args) => typed(`CAST(CAST(hash(${args.map((arg) => arg.sql).join(', ')}) AS BIT) AS BIGINT)`, BIGINT),
  ],
};

// structs leave out what is NULL, as to_json does
function jsonValue(sql: string, type: SparkType, call: Expr): string {
  switch (type.k) {
    case 'struct':
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE json_merge_patch('{}', json_object(${type.fields.map((one) => `${quoteText(one.name)}, ${jsonValue(`(${sql}).${quoteName(one.name)}`, one.type, call)}`).join(', ')})) END`;
    case 'array':
      return `to_json(list_transform(${sql}, lambda _x: ${jsonValue('_x', type.e, call)}))`;
    case 'map':
      return `to_json(map_from_entries(list_transform(map_entries(${sql}), lambda _x: {'k': ${castSql('_x.key', type.key, STRING)}, 'v': ${jsonValue('_x.value', type.value, call)}})))`;
    case 'timestamp':
      return `to_json(strftime(${sql}, '%Y-%m-%dT%H:%M:%S.%gZ'))`;
    case 'date':
      return `to_json(CAST(${sql} AS VARCHAR))`;
    case 'binary':
      return `to_json(to_base64(${sql}))`;
    case 'interval':
    case 'timestamp_ntz':
      throw refuse(`${typeText(type)} in to_json`, call);
    default:
      return `to_json(${sql})`;
  }
}

/** Functions whose result depends on the types of their arguments. */
export function addSpecials(library: Library): void {
  for (const [names, [least, most, build]] of Object.entries(SPECIALS))
    for (const name of names.split('|')) {
      const known = library.get(name);
      if (known === undefined || known.build === undefined || least <= known.least) {
        if (
          known === undefined ||
          (least === known.least && most === known.most) ||
          name === 'replace' ||
          name === 'map_keys' ||
          name.startsWith('array')
        )
          library.set(name, { kind: 'scalar', least, most, build });
        else library.set(name, both(known, { kind: 'scalar', least, most, build }));
      } else library.set(name, both(known, { kind: 'scalar', least, most, build }));
    }
  for (const [name, type] of Object.entries({
    string: 'STRING',
    int: 'INT',
    bigint: 'BIGINT',
    smallint: 'SMALLINT',
    tinyint: 'TINYINT',
    double: 'DOUBLE',
    float: 'FLOAT',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
    binary: 'BINARY',
    decimal: 'DECIMAL(10,0)',
  }))
    library.set(name, {
      kind: 'scalar',
      least: 1,
      most: 1,
      build: (args) => typed(castSql(at(args, 0).sql, at(args, 0).type, parseType(type)), parseType(type)),
    });
  define(library, 'scalar', []);
}

type Entry = NonNullable<ReturnType<Library['get']>>;
function both(known: Entry, made: Entry): Entry {
  const build: Build = (args, call, tools, scope) =>
    (args.length >= made.least && args.length <= made.most ? made.build : known.build)(args, call, tools, scope);
  return { kind: known.kind, least: Math.min(known.least, made.least), most: Math.max(known.most, made.most), build };
}
