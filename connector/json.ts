/**
 * Exact JSON: integers beyond 2^53 are bigints inside, digits on the wire and strings at the edges.
 * `JSON.parse` source access and `JSON.rawJSON` are ECMAScript (proposal-json-parse-with-source), in Node 24.
 */

/**
 * Sixteen digits is the shortest number that can leave the safe range; text without one takes the fast path.
 * A number never follows a quote, so ids written as strings (whole results of a statement) do not slow the parser.
 */
const MAY_BE_UNSAFE = /(?:^|[[:,\s])-?\d{16}/;
const INTEGER = /^-?\d+$/;

/**
 * Parses JSON text; integers outside ±(2^53 − 1) become bigints, every other number a number.
 * A number written with a fraction or an exponent stays a number, as everywhere else.
 * @throws SyntaxError as `JSON.parse` does.
 */
export function parseJson(text: string): unknown {
  if (!MAY_BE_UNSAFE.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
  });
}

/** JSON text for the wire: bigints are written as exact integers. */
export function stringifyJson(value: unknown): string {
  return stringify(value, (digits) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits));
}

/** JSON text for people and browsers: an integer that JavaScript would round leaves as a string of its digits. */
export function stringifyAtEdge(value: unknown): string {
  return stringify(value, (digits) => digits);
}

/** A replacer makes `JSON.stringify` several times slower, so it is used only when a bigint is really there (a TypeError says so). */
function stringify(value: unknown, write: (digits: string) => unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? write(String(item)) : item));
  }
}
