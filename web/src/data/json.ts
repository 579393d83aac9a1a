/*
 * Exact JSON: an integer that a number of JavaScript would round is a bigint in the app, its digits in a text, and never anything else.
 * `connector/json.ts` is the API's side of it. A browser without `JSON.rawJSON` can do none of it: it does not ask the API for exact
 * numbers, gets texts of digits, and is told so where a person types such a number.
 */

/** What a reviver gets as its third argument, and the counterpart for writing; both are newer than the types. */
type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;
interface NewerJson {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON?(text: string): unknown;
}
const json = JSON as unknown as NewerJson;

/** Asks the API for integers as numbers and not as texts. */
export const ACCEPT = json.rawJSON === undefined ? 'application/json' : 'application/json;IEEE754Compatible=false';

const INTEGER = /^-?\d+$/;
/** A double keeps this many significant digits of any decimal number. */
const KEPT_DIGITS = 15;
/** As the API: to read an integer takes time that grows faster than its digits. */
const MAX_DIGITS = 1000;

/** A text without one has no number that a double rounds, and takes the fast path. */
const MAY_ROUND = /[\d.]{16}|\d[eE]\+?\d{3}/;

/** Reads JSON, with integers of any size. @throws SyntaxError also for a number that would lose digits */
export function parseExact(text: string): unknown {
  if (!MAY_ROUND.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, context) => {
    if (typeof value !== 'number') return value;
    const source = context?.source;
    const exact = source === undefined ? withoutSource(value) : exactNumber(source);
    if (exact !== undefined) return exact;
    throw new SyntaxError(`the number ${source ?? value} loses digits here; write it as text, in quotes`);
  });
}

/** A browser that does not give the digits of a number may have rounded an integer. */
function withoutSource(value: number): number | undefined {
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? value : undefined;
}

/** The value of a number as it is written; undefined where none has all of its digits. */
export function exactNumber(text: string): number | bigint | undefined {
  const value = Number(text);
  if (Number.isSafeInteger(value) && INTEGER.test(text)) return value;
  if (INTEGER.test(text)) return json.rawJSON === undefined || text.length > MAX_DIGITS ? undefined : BigInt(text);
  if (!Number.isFinite(value)) return undefined;
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  const isKept = digits.length <= KEPT_DIGITS || String(value) === text || value.toExponential() === text;
  return isKept ? value : undefined;
}

/** Writes JSON with all digits. Undefined for a value that JSON cannot hold. */
export function stringifyExact(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, item) => written(item), indent);
}

/** A double that is large is written with an exponent: by its digits alone it would be read as an integer that was never given. */
function written(item: unknown): unknown {
  if (typeof item === 'bigint') return json.rawJSON!(String(item));
  const isLarge = typeof item === 'number' && Number.isInteger(item) && !Number.isSafeInteger(item);
  return isLarge && json.rawJSON !== undefined ? json.rawJSON(item.toExponential()) : item;
}

/** Whether two JSON values are equal; the order of members does not count, and a member that is undefined is none. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one) && one.length !== (other as unknown[]).length) return false;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) =>
    isSame(memberOf(one, name), memberOf(other, name)),
  );
}

function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
