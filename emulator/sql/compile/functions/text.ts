import { quoteText } from '../../../database.ts';
import { SqlError } from '../../error.ts';
import { arrayOf, BIGINT, BINARY, DOUBLE, INT, isNumeric, STRING } from '../../spark-type.ts';
import type { Call } from '../ast.ts';
import { castSql } from '../cast.ts';
import { refuse } from '../complaints.ts';
import { raise } from '../raise.ts';
import type { Typed } from '../scope.ts';
import type { Tools } from '../tools.ts';
import type { Build } from './define.ts';
import { at, constant, hexText, notNull, type Specials, typed } from './special.ts';

// the charset of encode and decode; JavaScript's decoders know more than are sure to be the same
function charset(call: Call): string {
  const name = constant(call.args[1], 'a charset', call).toUpperCase();
  if (CHARSETS.includes(name)) return name;
  throw new SqlError(
    'INVALID_PARAMETER_VALUE.CHARSET',
    '22023',
    `The value of parameter(s) \`charset\` in \`${call.name}\` is invalid: expects one of the ${CHARSETS.map((one) => `'${one}'`).join(', ')}, but got ${name}.`,
  );
}

const CHARSETS = ['US-ASCII', 'ISO-8859-1', 'UTF-8', 'UTF-16BE', 'UTF-16LE', 'UTF-16', 'UTF-32'];

const bytes = (value: Typed, call: Call, tools: Tools): string =>
  value.type.k === 'binary' ? `octet_length(${value.sql})` : `strlen(${tools.coerce(value, STRING, call.name).sql})`;

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

/** Functions of texts and binaries whose result depends on their arguments. */
export const TEXT: Specials = {
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
      const by = tools.coerce(separator, STRING).sql;
      const joined = `array_to_string(list_filter(list_concat(${lists.join(', ')}${lists.length === 1 ? ', []' : ''}), lambda _x: _x IS NOT NULL), ${by})`;
      const isSure = separator.ast.k === 'literal' && separator.ast.value !== null;
      return typed(isSure ? joined : notNull([by], joined), STRING);
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
  decode: [
    2,
    1000,
    (args, call, tools) => {
      if (args.length === 2)
        return typed(
          `spark_decode(hex(${tools.coerce(at(args, 0), BINARY).sql}), ${quoteText(charset(call))})`,
          STRING,
        );
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
    (args, call, tools) =>
      typed(`from_hex(spark_encode(${tools.coerce(at(args, 0), STRING).sql}, ${quoteText(charset(call))}))`, BINARY),
  ],
  'to_binary|try_to_binary': [
    1,
    2,
    (args, call, tools) => {
      const format = call.args[1] === undefined ? 'hex' : constant(call.args[1], 'a format', call).toLowerCase();
      const made = `from_hex(spark_${call.name}(${tools.coerce(at(args, 0), STRING).sql}, ${quoteText(format)}))`;
      if (!['hex', 'utf-8', 'utf8', 'base64'].includes(format)) throw refuse(`the format ${format}`, call);
      return typed(made, BINARY);
    },
  ],
  'length|len|char_length|character_length': [
    1,
    1,
    (args, call, tools) =>
      at(args, 0).type.k === 'binary'
        ? typed(`CAST(octet_length(${at(args, 0).sql}) AS INTEGER)`, INT)
        : typed(`CAST(length(${tools.coerce(at(args, 0), STRING, call.name).sql}) AS INTEGER)`, INT),
  ],
  octet_length: [1, 1, (args, call, tools) => typed(`CAST(${bytes(at(args, 0), call, tools)} AS INTEGER)`, INT)],
  bit_length: [1, 1, (args, call, tools) => typed(`CAST(${bytes(at(args, 0), call, tools)} * 8 AS INTEGER)`, INT)],
  reverse: [
    1,
    1,
    (args, call, tools) => {
      const value = at(args, 0);
      return value.type.k === 'array'
        ? typed(`list_reverse(${value.sql})`, value.type)
        : typed(`reverse(${tools.coerce(value, STRING, call.name).sql})`, STRING);
    },
  ],
  mask: [
    1,
    5,
    (args, _call, tools) => {
      const [value, ...rest] = args.map((arg) => tools.coerce(arg, STRING).sql);
      // NULL leaves a kind of letters as it is, which \u0001 stands for
      const by = rest.map((sql) => `coalesce(${sql}, chr(1))`);
      return typed(`spark_mask(${[value, ...by].join(', ')})`, STRING);
    },
  ],
  format_number: [
    2,
    2,
    (args, call, tools) => {
      const [value, format] = [at(args, 0), at(args, 1)];
      const number = isNumeric(value.type) ? value : tools.coerce(value, DOUBLE, call.name);
      const as = format.type.k === 'string' ? format.sql : `CAST(${tools.coerce(format, INT).sql} AS VARCHAR)`;
      return typed(`spark_format_number(${castSql(number.sql, number.type, STRING)}, ${as})`, STRING);
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
};
