import { quoteName, quoteText } from '../../../database.ts';
import { parseSchema, parseType } from '../../read-type.ts';
import { arrayOf, carrier, INT, type SparkType, STRING, typeText, VARIANT } from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { castSql } from '../cast.ts';
import { refuse, unexpected } from '../complaints.ts';
import { at, constant, type Specials, typed } from './special.ts';

/** Functions of JSON and VARIANT. */
export const JSON_FUNCTIONS: Specials = {
  from_json: [
    2,
    3,
    (args, call, tools) => {
      const schema =
        call.args[1]?.k === 'literal'
          ? constant(call.args[1], 'a schema', call)
          : constant(undefined, 'a schema', call);
      const type = parseSchema(schema);
      const options = optionsOf(call.args[2], call);
      const made = `spark_from_json(${tools.coerce(at(args, 0), STRING).sql}, ${quoteText(typeText(type))}, ${quoteText(JSON.stringify(options))})`;
      return typed(`CAST(CAST(${made} AS JSON) AS ${carrier(type)})`, type);
    },
  ],
  to_json: [
    1,
    2,
    (args, call) => {
      const { type, sql } = at(args, 0);
      if (!['struct', 'map', 'array', 'variant'].includes(type.k))
        throw unexpected(at(args, 0), { k: 'struct', fields: [] }, call.name);
      const options = optionsOf(call.args[1], call);
      const unknown = Object.keys(options).find((name) => !['dateformat', 'timestampformat'].includes(name));
      if (unknown !== undefined) throw refuse(`the option ${unknown} of to_json`, call);
      return typed(jsonText(sql, type, call, options), STRING);
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

/** Options as `map('name', 'value')` gives them, by lower-case name. */
function optionsOf(given: Expr | undefined, call: Expr): Record<string, string> {
  if (given === undefined) return {};
  if (given.k !== 'call' || given.name !== 'map') throw refuse('options that are no map of literals', call);
  const options: Record<string, string> = {};
  for (let index = 0; index < given.args.length; index += 2)
    options[constant(given.args[index], 'an option', call).toLowerCase()] = constant(
      given.args[index + 1],
      'an option',
      call,
    );
  return options;
}

const micros = (sql: string) => `strftime(CAST(${sql} AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f')`;

// DuckDB's text of a value's JSON, NULL for NULL; a struct leaves out what is NULL, and a map does not
function jsonText(sql: string, type: SparkType, call: Expr, options: Record<string, string>): string {
  const inner = (text: string, of: SparkType) => jsonText(text, of, call, options);
  switch (type.k) {
    case 'struct': {
      const fields = type.fields.map(
        (one) =>
          `${quoteText(`${JSON.stringify(one.name)}:`)} || ${inner(`(${sql}).${quoteName(one.name)}`, one.type)}`,
      );
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE '{' || array_to_string(list_filter([${fields.join(', ')}], lambda _f: _f IS NOT NULL), ',') || '}' END`;
    }
    case 'array':
      return `('[' || array_to_string(list_transform(${sql}, lambda _x: coalesce(${inner('_x', type.e)}, 'null')), ',') || ']')`;
    case 'map': {
      const key = `CAST(to_json(${castSql('_e.key', type.key, STRING)}) AS VARCHAR)`;
      return `('{' || array_to_string(list_transform(map_entries(${sql}), lambda _e: ${key} || ':' || coalesce(${inner('_e.value', type.value)}, 'null')), ',') || '}')`;
    }
    case 'timestamp':
      return options.timestampformat === undefined
        ? `('"' || strftime(${sql}, '%Y-%m-%dT%H:%M:%S.%gZ') || '"')`
        : `('"' || spark_format_time(${micros(sql)}, ${quoteText(options.timestampformat)}) || '"')`;
    case 'date':
      return options.dateformat === undefined
        ? `('"' || CAST(${sql} AS VARCHAR) || '"')`
        : `('"' || spark_format_time(${micros(sql)}, ${quoteText(options.dateformat)}) || '"')`;
    case 'binary':
      return `('"' || to_base64(${sql}) || '"')`;
    case 'float':
    case 'double':
      return `CASE WHEN isfinite(${sql}) THEN ${castSql(sql, type, STRING)} ELSE '"' || ${castSql(sql, type, STRING)} || '"' END`;
    case 'string':
      return `CAST(to_json(${sql}) AS VARCHAR)`;
    case 'void':
      return 'CAST(NULL AS VARCHAR)';
    case 'variant':
      return `CAST(${sql} AS VARCHAR)`;
    case 'interval':
    case 'timestamp_ntz':
      throw refuse(`${typeText(type)} in to_json`, call);
    default:
      return castSql(sql, type, STRING);
  }
}
