import { arrayOf, BOOLEAN, carrier, INT, mapOf, type SparkType } from '../../spark-type.ts';
import type { Call, Expr } from '../ast.ts';
import { refuse, unexpected } from '../complaints.ts';
import { emptyScope, type Scope, type Typed } from '../scope.ts';
import type { Tools } from '../tools.ts';
import type { Library } from './define.ts';

let next = 0;

// the body of a lambda, with its parameters typed
function body(
  e: Expr | undefined,
  types: SparkType[],
  call: Call,
  tools: Tools,
  scope: Scope,
): { names: string[]; value: Typed } {
  if (e?.k !== 'lambda') throw refuse(`${call.name} without a lambda`, call);
  if (e.params.length > types.length) throw refuse(`a lambda of ${e.params.length} parameters in ${call.name}`, call);
  const inner = emptyScope(scope);
  const names = types.map(() => {
    next = (next + 1) % 100_000;
    return `_l${next}`;
  });
  for (const [index, param] of e.params.entries()) {
    const [type, sql] = [types[index] as SparkType, names[index] as string];
    // DuckDB counts from 1
    inner.lambda.set(param.toLowerCase(), {
      sql: index === 1 && COUNTED.has(call.name) ? `CAST(${sql} - 1 AS INTEGER)` : sql,
      type,
      ast: e,
    });
  }
  return { names: names.slice(0, e.params.length), value: tools.compile(e.body, inner) };
}

const COUNTED = new Set(['transform', 'filter']);

type Lambda = (call: Call, tools: Tools, scope: Scope) => { sql: string; type: SparkType };

const list = (call: Call, tools: Tools, scope: Scope, index = 0): { sql: string; e: SparkType; type: SparkType } => {
  const value = tools.compile(call.args[index] as Expr, scope);
  if (value.type.k !== 'array') throw unexpected(value, arrayOf({ k: 'string' }), call.name);
  return { sql: value.sql, e: value.type.e, type: value.type };
};
const entries = (call: Call, tools: Tools, scope: Scope) => {
  const value = tools.compile(call.args[0] as Expr, scope);
  if (value.type.k !== 'map') throw unexpected(value, mapOf({ k: 'string' }, { k: 'string' }), call.name);
  return { sql: value.sql, key: value.type.key, value: value.type.value, type: value.type };
};

const LAMBDAS: Record<string, [least: number, most: number, build: Lambda]> = {
  transform: [
    2,
    2,
    (call, tools, scope) => {
      const { sql, e } = list(call, tools, scope);
      const { names, value } = body(call.args[1], [e, INT], call, tools, scope);
      return { sql: `list_transform(${sql}, lambda ${names.join(', ')}: ${value.sql})`, type: arrayOf(value.type) };
    },
  ],
  filter: [
    2,
    2,
    (call, tools, scope) => {
      const { sql, e, type } = list(call, tools, scope);
      const { names, value } = body(call.args[1], [e, INT], call, tools, scope);
      return {
        sql: `list_filter(${sql}, lambda ${names.join(', ')}: coalesce(${tools.coerce(value, BOOLEAN).sql}, false))`,
        type,
      };
    },
  ],
  exists: [
    2,
    2,
    (call, tools, scope) => {
      const { sql, e } = list(call, tools, scope);
      const { names, value } = body(call.args[1], [e], call, tools, scope);
      const tests = `list_transform(${sql}, lambda ${names[0]}: ${tools.coerce(value, BOOLEAN).sql})`;
      return {
        sql: `CASE WHEN ${sql} IS NULL THEN NULL WHEN list_contains(${tests}, true) THEN true WHEN list_contains(list_transform(${tests}, lambda _x: _x IS NULL), true) THEN NULL ELSE false END`,
        type: BOOLEAN,
      };
    },
  ],
  forall: [
    2,
    2,
    (call, tools, scope) => {
      const { sql, e } = list(call, tools, scope);
      const { names, value } = body(call.args[1], [e], call, tools, scope);
      const tests = `list_transform(${sql}, lambda ${names[0]}: ${tools.coerce(value, BOOLEAN).sql})`;
      return {
        sql: `CASE WHEN ${sql} IS NULL THEN NULL WHEN list_contains(${tests}, false) THEN false WHEN list_contains(list_transform(${tests}, lambda _x: _x IS NULL), true) THEN NULL ELSE true END`,
        type: BOOLEAN,
      };
    },
  ],
  'aggregate|reduce': [
    3,
    4,
    (call, tools, scope) => {
      const { sql, e } = list(call, tools, scope);
      const start = tools.compile(call.args[1] as Expr, scope);
      const merge = body(call.args[2], [start.type, e], call, tools, scope);
      const step = tools.coerce(merge.value, start.type, call.name).sql;
      // the list is one of structs, because an accumulator has another type than items
      const [acc, item] = merge.names as [string, string];
      const inner = step
        .replaceAll(new RegExp(`\\b${acc}\\b`, 'g'), `${acc}.a`)
        .replaceAll(new RegExp(`\\b${item}\\b`, 'g'), `${item}.x`);
      const items = `list_transform(${sql}, lambda _x: {'a': ${cast(start)}, 'x': _x})`;
      const reduced = `list_reduce(${items}, lambda ${acc}, ${item}: {'a': ${inner}, 'x': ${item}.x}, {'a': ${cast(start)}, 'x': ${`CAST(NULL AS ${carrierOf(e)})`}}).a`;
      const result = `CASE WHEN ${sql} IS NULL THEN NULL WHEN len(${sql}) = 0 THEN ${cast(start)} ELSE ${reduced} END`;
      if (call.args[3] === undefined) return { sql: result, type: start.type };
      const finish = body(call.args[3], [start.type], call, tools, scope);
      return {
        sql: finish.value.sql.replaceAll(new RegExp(`\\b${finish.names[0]}\\b`, 'g'), `(${result})`),
        type: finish.value.type,
      };
    },
  ],
  zip_with: [
    3,
    3,
    (call, tools, scope) => {
      const [a, b] = [list(call, tools, scope), list(call, tools, scope, 1)];
      const { names, value } = body(call.args[2], [a.e, b.e], call, tools, scope);
      const inner = value.sql
        .replaceAll(new RegExp(`\\b${names[0]}\\b`, 'g'), `(${a.sql})[_i]`)
        .replaceAll(new RegExp(`\\b${names[1]}\\b`, 'g'), `(${b.sql})[_i]`);
      return {
        sql: `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_transform(range(1, greatest(len(${a.sql}), len(${b.sql})) + 1), lambda _i: ${inner}) END`,
        type: arrayOf(value.type),
      };
    },
  ],
  array_sort: [
    2,
    2,
    (call) => {
      throw refuse('array_sort with a comparator', call);
    },
  ],
  map_zip_with: [
    3,
    3,
    (call, tools, scope) => {
      const [a, b] = tools.unify(
        [tools.compile(call.args[0] as Expr, scope), tools.compile(call.args[1] as Expr, scope)],
        call.name,
      ) as [Typed, Typed];
      if (a.type.k !== 'map' || b.type.k !== 'map')
        throw unexpected(a, mapOf({ k: 'string' }, { k: 'string' }), call.name);
      const { names, value } = body(call.args[2], [a.type.key, a.type.value, b.type.value], call, tools, scope);
      const inner = value.sql
        .replaceAll(new RegExp(`\\b${names[0]}\\b`, 'g'), '_k')
        .replaceAll(new RegExp(`\\b${names[1]}\\b`, 'g'), `(${a.sql})[_k]`)
        .replaceAll(new RegExp(`\\b${names[2]}\\b`, 'g'), `(${b.sql})[_k]`);
      const keys = `list_concat(map_keys(${a.sql}), list_filter(map_keys(${b.sql}), lambda _y: NOT list_contains(map_keys(${a.sql}), _y)))`;
      return {
        sql: `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE map_from_entries(list_transform(${keys}, lambda _k: {'k': _k, 'v': ${inner}})) END`,
        type: mapOf(a.type.key, value.type),
      };
    },
  ],
  map_filter: [
    2,
    2,
    (call, tools, scope) => {
      const map = entries(call, tools, scope);
      const { names, value } = body(call.args[1], [map.key, map.value], call, tools, scope);
      return {
        sql: `map_from_entries(list_filter(map_entries(${map.sql}), lambda _e: coalesce(${over(value.sql, names)}, false)))`,
        type: map.type,
      };
    },
  ],
  transform_values: [
    2,
    2,
    (call, tools, scope) => {
      const map = entries(call, tools, scope);
      const { names, value } = body(call.args[1], [map.key, map.value], call, tools, scope);
      return {
        sql: `map_from_entries(list_transform(map_entries(${map.sql}), lambda _e: {'k': _e.key, 'v': ${over(value.sql, names)}}))`,
        type: mapOf(map.key, value.type),
      };
    },
  ],
  transform_keys: [
    2,
    2,
    (call, tools, scope) => {
      const map = entries(call, tools, scope);
      const { names, value } = body(call.args[1], [map.key, map.value], call, tools, scope);
      return {
        sql: `map_from_entries(list_transform(map_entries(${map.sql}), lambda _e: {'k': ${over(value.sql, names)}, 'v': _e.value}))`,
        type: mapOf(value.type, map.value),
      };
    },
  ],
};

function over(sql: string, names: string[]): string {
  return sql
    .replaceAll(new RegExp(`\\b${names[0]}\\b`, 'g'), '_e.key')
    .replaceAll(new RegExp(`\\b${names[1] ?? '_'}\\b`, 'g'), '_e.value');
}

function cast(value: Typed): string {
  return `CAST(${value.sql} AS ${carrierOf(value.type)})`;
}

function carrierOf(type: SparkType): string {
  return carrier(type);
}

/** Functions that take lambdas. */
export function addLambdas(library: Library): void {
  for (const [names, [least, most, build]] of Object.entries(LAMBDAS))
    for (const name of names.split('|')) {
      if (name === 'array_sort') continue;
      library.set(name, {
        kind: 'scalar',
        least,
        most,
        raw: true,
        build: (_args, call, tools, scope) => build(call, tools, scope),
      });
    }
}
