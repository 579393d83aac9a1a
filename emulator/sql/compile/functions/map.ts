import { SqlError } from '../../error.ts';
import { arrayOf, BOOLEAN, mapOf, type SparkType, STRING, VOID } from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { unexpected } from '../complaints.ts';
import { generatedName } from '../name.ts';
import type { Typed } from '../scope.ts';
import type { Tools } from '../tools.ts';
import { array, at, constant, field, map, notNull, type Specials, typed } from './special.ts';

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

/** Functions of structs and maps. */
export const MAP: Specials = {
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
    0,
    100,
    (args, _call, tools) => {
      if (args.length === 0) return typed('CAST(MAP {} AS MAP(VARCHAR, VARCHAR))', mapOf(STRING, STRING));
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
};
