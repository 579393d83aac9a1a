import {
  BIGINT,
  DATE,
  decimal,
  INT,
  intervalType,
  isTime,
  type SparkType,
  STRING,
  TIMESTAMP,
  typeText,
} from '../../spark-type.ts';
import type { Call } from '../ast.ts';
import { castSql } from '../cast.ts';
import { refuse } from '../complaints.ts';
import { intervalLiteral, microsOf, monthsOf } from '../interval.ts';
import type { Typed } from '../scope.ts';
import type { Build } from './define.ts';
import { at, constant, type Specials, typed } from './special.ts';

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
  if (value.type.k === 'interval') return intervalPart(unit, value, call);
  if (template === undefined || type === undefined)
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
    DAYOFYEAR: 'to_days',
    MILLISECOND: 'to_milliseconds',
    MICROSECOND: 'to_microseconds',
  };
  const name = functions[unit];
  if (name === undefined) throw refuse(`the unit ${given}`, call);
  return typed(`(${tools.coerce(value, TIMESTAMP).sql} + ${name}(${count}))`, TIMESTAMP);
};

const diffUnit: Build = (args, call, tools) => {
  const given = constant(call.args[0], 'a unit', call).toUpperCase();
  const unit = UNIT_ALIASES[given] ?? given;
  if (
    !['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND'].includes(
      unit,
    )
  )
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

// years, months, days, hours, minutes and seconds with a fraction, maybe in a zone
const makeTimestamp =
  (type: SparkType): Build =>
  (args, call, tools) => {
    const whole = args.slice(0, 5).map((arg) => `CAST(${tools.coerce(arg, INT).sql} AS VARCHAR)`);
    const second = `CAST(${tools.coerce(at(args, 5), decimal(16, 6)).sql} AS VARCHAR)`;
    const zone = args[6] === undefined ? [] : [tools.coerce(args[6], STRING).sql];
    const name = call.name.startsWith('try_') ? 'spark_try_make_timestamp' : 'spark_make_timestamp';
    return typed(`CAST(${name}(${[...whole, second, ...zone].join(', ')}) AS TIMESTAMP)`, type);
  };

// parts of an interval: what is left below the next larger unit
const INTERVAL_PARTS: Record<string, string> = {
  YEAR: '$m // 12',
  MONTH: '$m % 12',
  DAY: '$u // 86400000000',
  HOUR: '$u // 3600000000 % 24',
  MINUTE: '$u // 60000000 % 60',
};

function intervalPart(unit: string, value: Typed, call: Call): { sql: string; type: SparkType } {
  const { type } = value;
  const template = INTERVAL_PARTS[unit];
  const isMonths = unit === 'YEAR' || unit === 'MONTH';
  if (type.k !== 'interval' || isMonths !== type.months || (template === undefined && unit !== 'SECOND'))
    throw refuse(`extract(${unit} FROM ${typeText(type)})`, call);
  if (template === undefined)
    return typed(
      `CAST(CAST(${microsOf(value.sql)} % 60000000 AS DECIMAL(10,0)) / 1000000 AS DECIMAL(8,6))`,
      decimal(8, 6),
    );
  const filled = template.replace('$m', monthsOf(value.sql)).replace('$u', microsOf(value.sql));
  return typed(`CAST(${filled} AS INTEGER)`, INT);
}

/** Functions of dates, times and intervals. */
export const TIME: Specials = {
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
  'make_timestamp|make_timestamp_ltz|try_make_timestamp|try_make_timestamp_ltz': [6, 7, makeTimestamp(TIMESTAMP)],
  'make_timestamp_ntz|try_make_timestamp_ntz': [6, 6, makeTimestamp({ k: 'timestamp_ntz' })],
  make_dt_interval: [
    0,
    4,
    (args, _call, tools) => {
      const [d = '0', h = '0', m = '0'] = args.slice(0, 3).map((arg) => tools.coerce(arg, INT).sql);
      const s = args[3] === undefined ? '0' : tools.coerce(args[3], decimal(18, 6)).sql;
      const micros = `((CAST(${d} AS BIGINT) * 24 + ${h}) * 60 + ${m}) * 60000000 + CAST(${s} * 1000000 AS BIGINT)`;
      return typed(`to_microseconds(${micros})`, intervalType('DAY TO SECOND'));
    },
  ],
  make_ym_interval: [
    0,
    2,
    (args, _call, tools) => {
      const [y = '0', m = '0'] = args.map((arg) => tools.coerce(arg, INT).sql);
      return typed(`to_months(CAST(${y} AS INTEGER) * 12 + ${m})`, intervalType('YEAR TO MONTH'));
    },
  ],
  // windows that do not overlap; they begin at whole multiples of their length since 1970
  window: [
    2,
    2,
    (args, call, tools) => {
      const length = intervalLiteral(
        [{ sign: '', value: constant(call.args[1], 'a length', call), unit: '' }],
        call.at,
      );
      const micros = length.k === 'literal' ? Number(length.value?.split(':')[1]) : 0;
      if (!(micros > 0)) throw refuse('window of months', call);
      const value =
        isTime(at(args, 0).type) && at(args, 0).type.k !== 'date' ? at(args, 0) : tools.coerce(at(args, 0), TIMESTAMP);
      const start = `time_bucket(to_microseconds(${micros}), ${value.sql}, TIMESTAMP '1970-01-01')`;
      return typed(`struct_pack(start := ${start}, "end" := ${start} + to_microseconds(${micros}))`, {
        k: 'struct',
        fields: [
          { name: 'start', type: value.type },
          { name: 'end', type: value.type },
        ],
      });
    },
  ],
};
