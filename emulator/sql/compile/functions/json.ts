import { quoteName, quoteText } from '../../../database.ts';
import {
  arrayOf,
  carrier,
  INT,
  parseSchema,
  parseType,
  type SparkType,
  STRING,
  typeText,
  VARIANT,
} from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { castSql } from '../cast.ts';
import { refuse, unexpected } from '../complaints.ts';
import { at, constant, type Specials, typed } from './special.ts';

/** Functions of JSON and VARIANT. */
export const JSON_FUNCTIONS: Specials = {
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
