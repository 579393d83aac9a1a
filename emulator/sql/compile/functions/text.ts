import { arrayOf, BIGINT, BINARY, INT, isNumeric, STRING } from '../../spark-type.ts';
import { refuse } from '../expression.ts';
import { raise } from '../raise.ts';
import type { Typed } from '../scope.ts';
import type { Build } from './define.ts';
import { at, constant, hexText, notNull, type Specials, typed } from './special.ts';

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
