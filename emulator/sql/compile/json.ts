import { LRUCache } from 'lru-cache';
import { withoutAtEnd } from '../../without-at-end.ts';
import { SqlError, unsupported } from '../error.ts';
import { parseSchema } from '../read-type.ts';
import type { SparkType } from '../spark-type.ts';
import { dateText, timestampText } from './datetime.ts';
import { decimalOf } from './decimal.ts';
import { javaText } from './name.ts';
import { parseTime } from './parse-time.ts';

/** A value of JSON. */
export type Json = null | boolean | string | Num | Json[] | { [key: string]: Json };
/** A number as it was written: no digit is lost. */
export class Num {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON text's value; undefined when it is none. */
export function parse(text: string): Json | undefined {
  try {
    // biome-ignore lint/suspicious/noExplicitAny: the reviver's third argument is not in the types yet
    return (JSON.parse as any)(text, (_key: string, value: unknown, context: { source?: string }) =>
      typeof value === 'number' ? new Num(context.source ?? String(value)) : value,
    );
  } catch {
    return undefined;
  }
}

// a VARIANT keeps a decimal without zeros at its end, and a number with an exponent as a double
function plainNumber(text: string): string {
  if (/e/i.test(text)) return javaText(Number(text));
  return text.includes('.') ? withoutAtEnd(withoutAtEnd(text, '0'), '.') : text;
}

/** A value as JSON; `sorted` as a VARIANT keeps it. */
export function write(value: Json, sorted = false): string {
  if (value instanceof Num) return sorted ? plainNumber(value.text) : value.text;
  if (Array.isArray(value)) return `[${value.map((item) => write(item, sorted)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item, sorted)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

type Step = string | number | '*';

function steps(path: string, variant = false): { all: boolean; step: Step }[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const found: { all: boolean; step: Step }[] = [];
  const pattern = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\]/gy;
  pattern.lastIndex = 1;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (match === null || (match[4] !== undefined && !variant)) return undefined;
    if (match[0] === '[*]') found.push({ all: true, step: '*' });
    else
      found.push({
        all: false,
        step:
          match[3] === undefined
            ? (match[1] ?? match[2]?.replaceAll("\\'", "'") ?? (match[4] as string).replaceAll('\\"', '"'))
            : Number(match[3]),
      });
  }
  return found;
}

function follow(value: Json, path: { all: boolean; step: Step }[]): Json | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (first.all) {
    if (!Array.isArray(value)) return undefined;
    const items = value.map((item) => follow(item, rest)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : rest.length === 0 ? value : items;
  }
  if (typeof first.step === 'number')
    return Array.isArray(value) && first.step < value.length ? follow(value[first.step] as Json, rest) : undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Num) return undefined;
  return Object.hasOwn(value, first.step) ? follow(value[first.step] as Json, rest) : undefined;
}

/** What a path finds in a JSON text: text as it is, everything else as JSON; null for nothing. */
export function jsonPath(text: string, path: string): string | null {
  const value = parse(text);
  const way = steps(path);
  if (value === undefined || way === undefined) return null;
  const found = follow(value, way);
  if (found === undefined || found === null) return null;
  return typeof found === 'string' ? found : write(found);
}

/** The same within a VARIANT: the answer is JSON. */
export function variantPath(text: string, path: string): string | null {
  const value = parse(text);
  const way = steps(path, true);
  if (way === undefined)
    throw new SqlError(
      'INVALID_VARIANT_GET_PATH',
      '22023',
      `The path \`${path}\` is not a valid variant extraction path in \`variant_get\`. A valid path should start with \`$\` and is followed by zero or more segments like \`[123]\`, \`.name\`, \`['name']\`, or \`["name"]\`.`,
    );
  if (value === undefined) return null;
  const found = follow(value, way);
  return found === undefined ? null : write(found);
}

/** JSON as a VARIANT keeps it, with sorted keys; undefined when it is none. */
export function parseVariant(text: string): string | undefined {
  const value = parse(text);
  return value === undefined ? undefined : write(value, true);
}

/** JSON without fields that are null, as to_json writes structs. */
export function toJsonText(text: string): string {
  return text;
}

const SCHEMAS = new LRUCache<string, SparkType>({ max: 1000 });

/** The type that a schema's text says; a function reads the same one for each row. */
export function schemaOf(text: string): SparkType {
  const known = SCHEMAS.get(text);
  if (known !== undefined) return known;
  const type = parseSchema(text);
  SCHEMAS.set(text, type);
  return type;
}

/** JSON text brought into a schema, as JSON that DuckDB casts to it; what does not fit is null. */
export function fromJson(text: string, schema: string, options: Record<string, string>): string | null {
  const type = schemaOf(schema);
  const unknown = Object.keys(options).filter(
    (name) => !['dateformat', 'timestampformat', 'mode'].includes(name.toLowerCase()),
  );
  if (unknown.length > 0) throw unsupported(`the option ${unknown[0]} of from_json`);
  const lower = Object.fromEntries(Object.entries(options).map(([name, value]) => [name.toLowerCase(), value]));
  const mode = lower.mode?.toUpperCase() ?? 'PERMISSIVE';
  if (mode !== 'PERMISSIVE') throw unsupported(`the mode ${mode} of from_json`);
  const value = parse(text);
  // what is no JSON, or an array where a struct is wanted, is a struct without values
  if (value === undefined || (Array.isArray(value) && type.k === 'struct'))
    return type.k === 'struct' ? write(Object.fromEntries(type.fields.map(({ name }) => [name, null]))) : null;
  const made = conform(value, type, lower);
  return made === null || made === undefined ? null : write(made);
}

/** A value brought into a type; what does not fit is null. A decimal becomes text, as DuckDB reads a number of JSON as a double. */
export function conform(value: Json, type: SparkType, options: Record<string, string>): Json {
  if (value === null) return null;
  switch (type.k) {
    case 'string':
      return typeof value === 'string' ? value : write(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      const bits = { tinyint: 7n, smallint: 15n, int: 31n, bigint: 63n }[type.k];
      if (!(value instanceof Num) || !/^-?\d+$/.test(value.text)) return null;
      const number = BigInt(value.text);
      return number < 1n << bits && number >= -(1n << bits) ? value : null;
    }
    case 'float':
    case 'double':
      if (value instanceof Num) return value;
      return typeof value === 'string' && ['NaN', 'Infinity', '-Infinity', '+Infinity'].includes(value)
        ? value.replace('+', '')
        : null;
    case 'decimal': {
      const number =
        value instanceof Num
          ? value.text
          : typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)
            ? value
            : undefined;
      return number === undefined ? null : decimalOf(number, type.s, type.p);
    }
    case 'date':
      if (typeof value !== 'string') return null;
      return (
        (options.dateformat === undefined ? dateText(value) : parseTime(value, options.dateformat)?.slice(0, 10)) ??
        null
      );
    case 'timestamp':
    case 'timestamp_ntz':
      if (typeof value !== 'string') return null;
      return (
        (options.timestampformat === undefined
          ? timestampText(value, type.k === 'timestamp_ntz')
          : parseTime(value, options.timestampformat)) ?? null
      );
    case 'array':
    case 'map':
    case 'struct':
      return eachWithin(value, type, (item, own) => conform(item, own, options));
    case 'variant':
      return value;
    default:
      throw unsupported(`${type.k.toUpperCase()} in from_json`);
  }
}

/** An ARRAY, MAP or STRUCT whose values within are made by `make`; null for any other value, and for a field that is not there. */
export function eachWithin(
  value: Json,
  type: SparkType & { k: 'array' | 'map' | 'struct' },
  make: (value: Json, type: SparkType) => Json,
): Json {
  if (type.k === 'array') return Array.isArray(value) ? value.map((item) => make(item, type.e)) : null;
  if (!isObject(value)) return null;
  const entries =
    type.k === 'map'
      ? Object.entries(value).map(([key, item]) => [key, make(item, type.value)])
      : type.fields.map(({ name, type: own }) => [
          name,
          Object.hasOwn(value, name) ? make(value[name] as Json, own) : null,
        ]);
  return Object.fromEntries(entries);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Num);
}
