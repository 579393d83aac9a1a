import { invalid, malformed } from './errors.ts';
import { isObject } from './json.ts';
import type { Bounded, Field, Fields, Table } from './tables.ts';

/** What a message is checked against: the types of its table, and what happens to names that the table does not hold. */
export interface Rules {
  types: Table['types'];
  /** Databricks ignores them; refusing them finds misspelled names. */
  unknown: 'refuse' | 'ignore';
}

/**
 * Reads a query string against a table: numbers and booleans are converted, repeated names become lists.
 * @throws ApiError INVALID_PARAMETER_VALUE naming the parameter that is unknown, missing or of a wrong form.
 */
export function checkQuery(query: URLSearchParams, fields: Fields, rules: Rules): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const field = fields[name];
    if (field === undefined && rules.unknown === 'ignore') continue;
    if (field === undefined) throw invalid(`Unknown query parameter '${name}'. Known: ${known(fields)}.`);
    const { type } = split(field);
    const given = query.getAll(name);
    if (type.startsWith('[')) {
      result[name] = given.map((text) => fromText(name, text, { ...bounds(field), type: type.slice(1, -1) }, rules));
    } else {
      if (given.length > 1) throw invalid(`Query parameter '${name}' was given ${given.length} times.`);
      result[name] = fromText(name, given[0] as string, field, rules);
    }
  }
  requireAll(result, fields, 'query parameter', '');
  return result;
}

/** Converts the values of a path against a table; names that the table does not hold stay text. */
export function checkPath(values: Record<string, string>, fields: Fields, rules: Rules): Record<string, unknown> {
  const result: Record<string, unknown> = { ...values };
  for (const [name, field] of Object.entries(fields)) result[name] = fromText(name, values[name] ?? '', field, rules);
  return result;
}

/**
 * Checks a JSON body against a table; nulls are taken as left out, as Databricks does.
 * @throws ApiError MALFORMED_REQUEST for a wrong type, INVALID_PARAMETER_VALUE for an unknown, missing or forbidden value; both name the field.
 */
export function checkBody(body: unknown, fields: Fields | string, rules: Rules): Record<string, unknown> {
  if (!isObject(body)) throw malformed(`Could not parse request object: expected a JSON object, got ${nameOf(body)}.`);
  return checkObject(body, typeof fields === 'string' ? (rules.types[fields] as Fields) : fields, rules, '');
}

/** Checks a value of any form against a type of a table, as answers are; throws like `checkBody`. */
export function checkTyped(value: unknown, type: Fields | string, rules: Rules): unknown {
  return typeof type === 'string' ? checkValue(value, type, rules, '') : checkBody(value, type, rules);
}

function checkObject(
  value: Record<string, unknown>,
  fields: Fields,
  rules: Rules,
  at: string,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const field = fields[name];
    if (field === undefined && rules.unknown === 'ignore') continue;
    if (field === undefined) throw invalid(`Unknown field '${at}${name}'. Known: ${known(fields)}.`);
    if (item !== null) result[name] = checkValue(item, field, rules, `${at}${name}`);
  }
  requireAll(result, fields, 'field', at);
  return result;
}

function checkValue(value: unknown, field: Field, rules: Rules, at: string): unknown {
  const { type } = split(field);
  if (type.endsWith('?')) return value === null ? null : checkValue(value, type.slice(0, -1), rules, at);
  if (type.startsWith('[')) {
    if (!Array.isArray(value)) throw wrongType(at, 'a list', value);
    const inner = { ...bounds(field), type: type.slice(1, -1) };
    checkCount(value.length, field, at);
    return value.map((item, index) =>
      checkValue(item, { ...inner, max_items: undefined } as Bounded, rules, `${at}[${index}]`),
    );
  }
  if (type.startsWith('{')) {
    if (!isObject(value)) throw wrongType(at, 'an object', value);
    checkCount(Object.keys(value).length, field, at);
    const inner = type.slice(1, -1);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        item === null ? item : checkValue(item, inner, rules, `${at}.${key}`),
      ]),
    );
  }
  return checkScalar(value, field, rules, at);
}

function checkScalar(value: unknown, field: Field, rules: Rules, at: string): unknown {
  const { type } = split(field);
  switch (type) {
    case 'any':
      return value;
    case 'object':
      if (!isObject(value)) throw wrongType(at, 'an object', value);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(at, 'a boolean', value);
      return value;
    case 'string':
      if (typeof value !== 'string') throw wrongType(at, 'a string', value);
      return checkText(value, field, at);
    case 'number':
      if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongType(at, 'a number', value);
      return value;
    case 'int':
      if (typeof value !== 'number' || !Number.isInteger(value) || value !== (value | 0))
        throw wrongType(at, 'a 32-bit integer', value);
      return checkRange(value, field, at);
    case 'long':
      return checkRange(toLong(value, at), field, at);
    default: {
      const named = rules.types[type];
      if (named === undefined) throw new Error(`emulator/schema has no type '${type}' (${at})`);
      if (typeof named === 'string') return checkValue(value, named, rules, at);
      if (!Array.isArray(named)) {
        if (!isObject(value)) throw wrongType(at, 'an object', value);
        return checkObject(value, named, rules, `${at}.`);
      }
      if (typeof value !== 'string') throw wrongType(at, 'a string', value);
      return checkText(value, { type: 'string', enum: named }, at);
    }
  }
}

function toLong(value: unknown, at: string): number | bigint {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) {
    if (BigInt(value) < -(2n ** 63n) || BigInt(value) >= 2n ** 63n) throw wrongType(at, 'a 64-bit integer', value);
    return value;
  }
  // proto3 JSON takes 64-bit integers as decimal text too
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return narrow(BigInt(value));
  throw wrongType(at, 'a 64-bit integer', value);
}

function fromText(name: string, text: string, field: Field, rules: Rules): unknown {
  const { type } = split(field);
  const bad = (expected: string) => invalid(`'${name}' must be ${expected}, got '${text}'.`);
  switch (type) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw bad('true or false');
      return text === 'true';
    case 'int':
    case 'long': {
      if (!/^-?\d{1,19}$/.test(text)) throw bad('an integer');
      const value = narrow(BigInt(text));
      if (type === 'int' && typeof value === 'bigint') throw bad('a 32-bit integer');
      return checkRange(value, field, name);
    }
    case 'number':
      if (text === '' || Number.isNaN(Number(text))) throw bad('a number');
      return Number(text);
    default: {
      const named = rules.types[type];
      return checkText(text, Array.isArray(named) ? { type: 'string', enum: named } : field, name);
    }
  }
}

/** Turns a 64-bit integer into a number where that is exact, so that the same id is always the same value. */
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function checkText(value: string, field: Field, at: string): string {
  const limits = bounds(field);
  if (limits.enum !== undefined && !limits.enum.includes(value)) {
    throw invalid(`'${at}' must be one of ${limits.enum.join(', ')}; got '${value}'.`);
  }
  if (limits.pattern !== undefined && !new RegExp(limits.pattern).test(value)) {
    throw invalid(`'${at}' must match ${limits.pattern}; got '${value}'.`);
  }
  if (limits.max_length !== undefined && value.length > limits.max_length) {
    throw invalid(`'${at}' has ${value.length} characters; at most ${limits.max_length} are allowed.`);
  }
  return value;
}

function checkRange<T extends number | bigint>(value: T, field: Field, at: string): T {
  const { min, max } = bounds(field);
  if (min !== undefined && value < min) throw invalid(`'${at}' must be at least ${min}; got ${value}.`);
  if (max !== undefined && value > max) throw invalid(`'${at}' must be at most ${max}; got ${value}.`);
  return value;
}

function checkCount(count: number, field: Field, at: string): void {
  const limit = bounds(field).max_items;
  if (limit !== undefined && count > limit)
    throw invalid(`'${at}' has ${count} entries; at most ${limit} are allowed.`);
}

function requireAll(value: Record<string, unknown>, fields: Fields, what: string, at: string): void {
  for (const [name, field] of Object.entries(fields)) {
    if (split(field).required && value[name] === undefined) throw invalid(`Missing required ${what}: ${at}${name}`);
  }
}

function split(field: Field): { type: string; required: boolean } {
  const text = typeof field === 'string' ? field : field.type;
  return text.endsWith('!') ? { type: text.slice(0, -1), required: true } : { type: text, required: false };
}

function bounds(field: Field): Bounded {
  return typeof field === 'string' ? { type: field } : field;
}

function wrongType(at: string, expected: string, value: unknown): Error {
  return malformed(`Could not parse request object: expected '${at}' to be ${expected}, got ${nameOf(value)}.`);
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value).slice(0, 40)}`;
}

function known(fields: Fields): string {
  return Object.keys(fields).join(', ') || 'none';
}
