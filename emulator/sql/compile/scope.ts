import { quoteName } from '../../database.ts';
import { SqlError } from '../error.ts';
import type { SparkType } from '../spark-type.ts';
import type { Expr, Window } from './ast.ts';

/** A translated expression. */
export interface Typed {
  sql: string;
  type: SparkType;
  ast: Expr;
}

/** A column of a relation, with DuckDB's text of its value. */
export interface Field {
  name: string;
  type: SparkType;
  sql: string;
}

/** A relation in FROM; `names` are the lower-case parts that may qualify its columns. */
export interface Source {
  names: string[];
  fields: Field[];
}

/** What names mean where an expression stands. */
export interface Scope {
  sources: Source[];
  parent?: Scope | undefined;
  /** Columns of the select list by lower-case alias, for later items, HAVING and ORDER BY. */
  aliases: Map<string, Typed>;
  /** Columns merged by USING: unqualified they mean these. */
  merged: Map<string, Field>;
  lambda: Map<string, Typed>;
  windows: Map<string, Window>;
  /** What GROUP BY lists, for grouping_id() without arguments. */
  group?: Expr[];
}

export function emptyScope(parent?: Scope): Scope {
  return { sources: [], parent, aliases: new Map(), merged: new Map(), lambda: new Map(), windows: new Map() };
}

/** A relation's fields behind one alias of DuckDB. */
export function sourceOf(names: string[], id: string, columns: { name: string; type: SparkType }[]): Source {
  return {
    names,
    fields: columns.map(({ name, type }) => {
      const path = `${id}.${quoteName(name)}`;
      return { name, type, sql: type.k === 'timestamp_ntz' ? `CAST(${path} AS TIMESTAMP)` : path };
    }),
  };
}

/** Finds what a dotted name means. @throws SqlError UNRESOLVED_COLUMN, AMBIGUOUS_REFERENCE */
export function resolveColumn(e: Expr & { k: 'column' }, scope: Scope, aliases: 'first' | 'last'): Typed {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const lambda = at.lambda.get((e.parts[0] as string).toLowerCase());
    if (lambda !== undefined) return fieldsOf({ ...lambda, ast: e }, e.parts.slice(1), e);
    const alias = at.aliases.get((e.parts[0] as string).toLowerCase());
    if (aliases === 'first' && alias !== undefined) return fieldsOf({ ...alias, ast: e }, e.parts.slice(1), e);
    const found = inSources(e, at);
    if (found !== undefined) return found;
    if (alias !== undefined) return fieldsOf({ ...alias, ast: e }, e.parts.slice(1), e);
  }
  throw unresolved(e, scope);
}

function inSources(e: Expr & { k: 'column' }, scope: Scope): Typed | undefined {
  const parts = e.parts.map((part) => part.toLowerCase());
  for (let qualifier = Math.min(parts.length - 1, 3); qualifier >= 0; qualifier -= 1) {
    const prefix = parts.slice(0, qualifier);
    const name = parts[qualifier] as string;
    const merged = qualifier === 0 ? scope.merged.get(name) : undefined;
    if (merged !== undefined) return fieldsOf({ sql: merged.sql, type: merged.type, ast: e }, e.parts.slice(1), e);
    const found = scope.sources
      .filter((source) => matches(source, prefix))
      .flatMap((source) => source.fields.filter((field) => field.name.toLowerCase() === name));
    if (found.length > 1) throw ambiguous(e);
    const [field] = found;
    if (field !== undefined)
      return fieldsOf({ sql: field.sql, type: field.type, ast: e }, e.parts.slice(qualifier + 1), e);
  }
  return undefined;
}

/** Whether a qualifier, maybe only its last parts, names a source. */
export function matches(source: Source, prefix: string[]): boolean {
  if (prefix.length > source.names.length) return false;
  return prefix.every((part, index) => source.names[source.names.length - prefix.length + index] === part);
}

function fieldsOf(value: Typed, rest: string[], e: Expr): Typed {
  return rest.reduce((at, name) => fieldOf(at, name, e), value);
}

/** A field of a struct, of every struct of an array, or a key of a map. @throws SqlError FIELD_NOT_FOUND */
export function fieldOf(value: Typed, name: string, ast: Expr): Typed {
  const { type, sql } = value;
  if (type.k === 'struct') {
    const field = type.fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (field !== undefined) return { sql: `(${sql}).${quoteName(field.name)}`, type: field.type, ast };
    throw new SqlError(
      'FIELD_NOT_FOUND',
      '42704',
      `No such struct field \`${name}\` in ${type.fields.map((one) => `\`${one.name}\``).join(', ')}.`,
      { offset: ast.at, length: name.length },
    );
  }
  if (type.k === 'array' && type.e.k === 'struct') {
    const inner = fieldOf({ sql: '_x', type: type.e, ast }, name, ast);
    return { sql: `list_transform(${sql}, lambda _x: ${inner.sql})`, type: { k: 'array', e: inner.type }, ast };
  }
  if (type.k === 'map' && type.key.k === 'string')
    return { sql: `(${sql})['${name.replaceAll("'", "''")}']`, type: type.value, ast };
  throw new SqlError(
    'INVALID_EXTRACT_BASE_FIELD_TYPE',
    '42000',
    `Can't extract a value from a base expression. Need a complex type [STRUCT, ARRAY, MAP].`,
    { offset: ast.at, length: name.length },
  );
}

function ambiguous(e: Expr & { k: 'column' }): SqlError {
  return new SqlError('AMBIGUOUS_REFERENCE', '42704', `Reference \`${e.parts.join('`.`')}\` is ambiguous.`, {
    offset: e.at,
    length: e.parts.join('.').length,
  });
}

function unresolved(e: Expr & { k: 'column' }, scope: Scope): SqlError {
  const what = `A column, variable, or function parameter with name \`${e.parts.join('`.`')}\` cannot be resolved.`;
  const known = scope.sources.flatMap((source) =>
    source.fields.map((field) => [...source.names.slice(-1), field.name].map((part) => `\`${part}\``).join('.')),
  );
  const place = { offset: e.at, length: e.parts.join('.').length };
  if (known.length === 0) return new SqlError('UNRESOLVED_COLUMN.WITHOUT_SUGGESTION', '42703', what, place);
  const near = known.sort((a, b) => distance(a, e.parts.at(-1) ?? '') - distance(b, e.parts.at(-1) ?? '')).slice(0, 5);
  return new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `${what} Did you mean one of the following? [${near.join(', ')}].`,
    place,
  );
}

// how unlike two names are: letters that only one of them has
function distance(a: string, b: string): number {
  const last = (a.split('.').at(-1) ?? '').replaceAll('`', '').toLowerCase();
  const letters = new Set(last);
  return [...b.toLowerCase()].filter((letter) => !letters.has(letter)).length + Math.abs(last.length - b.length);
}
