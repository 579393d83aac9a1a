import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  carrier,
  INT,
  isIntegral,
  isTime,
  type SparkType,
  STRING,
  typeText,
  VOID,
} from '../../spark-type.ts';
import { mismatch, refuse, unexpected } from '../complaints.ts';
import { generatedName } from '../name.ts';
import { raise, raiseText } from '../raise.ts';
import type { Typed } from '../scope.ts';
import { array, at, constant, field, notNull, type Specials, typed } from './special.ts';

/** Functions of arrays. */
export const ARRAY: Specials = {
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
      if (value.type.k === 'void') return typed('CAST(NULL AS INTEGER)', INT);
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
  array_insert: [
    3,
    3,
    (args, call, tools) => {
      const [list, item] = tools.unify(
        [at(args, 0), { ...at(args, 2), sql: `[${at(args, 2).sql}]`, type: arrayOf(at(args, 2).type) }],
        call.name,
      ) as [Typed, Typed];
      const [l, p] = [list.sql, tools.coerce(at(args, 1), INT).sql];
      const zero = raiseText(
        'INVALID_INDEX_OF_ZERO',
        '22003',
        'The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).',
      );
      const nulls = (count: string) =>
        `list_transform(range(CAST(greatest(0, ${count}) AS BIGINT)), lambda _n: list_extract(${l}, 0))`;
      // -1 is after the last item
      const place = `CASE WHEN ${p} < 0 THEN len(${l}) + ${p} + 2 ELSE ${p} END`;
      const made = `CASE WHEN ${place} < 1 THEN list_concat(${item.sql}, list_concat(${nulls(`1 - (${place})`)}, ${l})) ELSE list_concat(list_concat(list_slice(${l}, 1, ${place} - 1), ${nulls(`${place} - 1 - len(${l})`)}), list_concat(${item.sql}, list_slice(${l}, ${place}, len(${l})))) END`;
      return typed(notNull([l, p], `CASE WHEN ${p} = 0 THEN ${zero} ELSE ${made} END`), list.type);
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
        const series = `CAST(generate_series(CAST(${a.sql} AS BIGINT), CAST(${b.sql} AS BIGINT), CAST(${step} AS BIGINT)) AS ${carrier(a.type)}[])`;
        const wrong = raise(
          'ILLEGAL_SEQUENCE_BOUNDARIES',
          '22023',
          `'Illegal sequence boundaries: ' || ${a.sql} || ' to ' || ${b.sql} || ' by ' || ${step}`,
        );
        return typed(
          args[2] === undefined
            ? series
            : `CASE WHEN (${step} = 0 AND ${a.sql} <> ${b.sql}) OR (${step} > 0 AND ${a.sql} > ${b.sql}) OR (${step} < 0 AND ${a.sql} < ${b.sql}) THEN ${wrong} ELSE ${series} END`,
          arrayOf(a.type),
        );
      }
      if (!isTime(a.type)) throw refuse(`sequence of ${typeText(a.type)}`, call);
      const step =
        args[2] === undefined ? `CASE WHEN ${a.sql} <= ${b.sql} THEN to_days(1) ELSE to_days(-1) END` : at(args, 2).sql;
      if (args[2] !== undefined && at(args, 2).type.k !== 'interval')
        throw mismatch(call, [a.type, at(args, 2).type], call.name);
      return typed(timeSeries(a, b, step, args[2]?.type), arrayOf(a.type));
    },
  ],
};

// months are added to the start as one number, so that the last of January is followed by the last of February and of March
function timeSeries(a: Typed, b: Typed, step: string, type: SparkType | undefined): string {
  const [from, to] = [`CAST(${a.sql} AS TIMESTAMP)`, `CAST(${b.sql} AS TIMESTAMP)`];
  const wrong = raise(
    'ILLEGAL_SEQUENCE_BOUNDARIES',
    '22023',
    `'Illegal sequence boundaries: ' || ${a.sql} || ' to ' || ${b.sql} || ' by ' || ${step}`,
  );
  const isYears = type?.k === 'interval' && type.months;
  const months = `CAST(datediff('month', TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01' + ${step}) AS BIGINT)`;
  const series = isYears
    ? `list_filter(list_transform(range(0, abs(datediff('month', ${from}, ${to})) + 1, abs(${months})), lambda _n: ${from} + to_months(CAST(CASE WHEN ${months} < 0 THEN -_n ELSE _n END AS INTEGER))), lambda _t: CASE WHEN ${months} < 0 THEN _t >= ${to} ELSE _t <= ${to} END)`
    : `generate_series(${from}, ${to}, ${step})`;
  const cast = `CAST(${series} AS ${carrier(a.type)}[])`;
  if (type === undefined) return cast;
  const forward = `TIMESTAMP '2000-01-01' + ${step}`;
  return `CASE WHEN ${from} IS NULL OR ${to} IS NULL OR ${step} IS NULL THEN NULL WHEN ${forward} = TIMESTAMP '2000-01-01' OR (${forward} > TIMESTAMP '2000-01-01' AND ${from} > ${to}) OR (${forward} < TIMESTAMP '2000-01-01' AND ${from} < ${to}) THEN ${wrong} ELSE ${cast} END`;
}
