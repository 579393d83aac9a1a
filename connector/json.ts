/**
 * Exact JSON: integers beyond 2^53 are bigints inside, digits on the wire and strings at the edges.
 * `JSON.parse` source access and `JSON.rawJSON` are ECMAScript (proposal-json-parse-with-source), in Node 24.
 */

/**
 * Sixteen digits is the shortest number that can leave the safe range; text without one takes the fast path.
 * A number never follows a quote, so ids written as strings (whole results of a statement) do not slow the parser.
 */
const SIXTEEN_DIGITS = /(?:^|[[:,\s])-?\d{16}/;
const LARGE_EXPONENT = /(?:^|[[:,\s])-?[\d.]{1,16}[eE]\+?\d{3}/;
/** Holds wherever the one above does and takes a quarter of its time; in ids it holds by chance. */
const MAYBE_EXPONENT = /[\d.][eE]\+?\d{3}/;
const INTEGER = /^-?\d+$/;
const BARE_NUMBER = /(?<![\w.])-?(?:NaN|Infinity)(?![\w.])/g;
/** No type of a service has more (a DECIMAL has 38), and to read an integer takes time that grows faster than its digits. */
const MAX_DIGITS = 1000;

/**
 * Parses JSON text; integers outside ±(2^53 − 1) become bigints, every other number a number.
 * A number written with a fraction or an exponent stays a number, as everywhere else.
 * @throws SyntaxError as `JSON.parse` does, also for a number beyond the range of a double or of more than 1000 digits.
 */
export function parseJson(text: string): unknown {
  if (!mayBeUnsafe(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    if (source !== undefined && source.length > MAX_DIGITS) throw new SyntaxError('a number has too many digits');
    if (!Number.isFinite(value) && !INTEGER.test(source ?? '')) throw new SyntaxError('a number is too large');
    return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
  });
}

function mayBeUnsafe(text: string): boolean {
  return SIXTEEN_DIGITS.test(text) || (MAYBE_EXPONENT.test(text) && LARGE_EXPONENT.test(text));
}

/** Whether a text is JSON but for bare NaN and Infinity, as Python writes them, outside of its strings. */
export function hasBareNumbers(text: string): boolean {
  const parts: string[] = [];
  let at = 0;
  // Not one expression for the whole text: strings of megabytes would overflow its stack.
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const outside = text.slice(at, open === -1 ? undefined : open);
    parts.push(outside.replace(BARE_NUMBER, 'null'));
    if (open === -1) break;
    at = stringEnd(text, open);
    parts.push(text.slice(open, at));
  }
  const replaced = parts.join('');
  if (replaced === text) return false;
  try {
    JSON.parse(replaced);
    return true;
  } catch {
    return false; // Broken in another way, too.
  }
}

/** After the quote that ends the string which begins at `open`. */
function stringEnd(text: string, open: number): number {
  let close = open;
  do {
    close = text.indexOf('"', close + 1);
    if (close === -1) return text.length;
  } while (isEscaped(text, close));
  return close + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

/** JSON text for the wire: bigints are written as exact integers. */
export function stringifyJson(value: unknown): string {
  return stringify(value, rawJson);
}

/** JSON text for people and browsers: an integer that JavaScript would round leaves as a string of its digits. */
export function stringifyAtEdge(value: unknown): string {
  return stringify(value, (digits) => digits);
}

/**
 * A replacer makes `JSON.stringify` several times slower, so it is used only when a bigint is really there (a TypeError
 * says so), or a number that would read as one: 1e20 is written `1e+20`, which stays a number when it is parsed again.
 */
function stringify(value: unknown, write: (digits: string) => unknown): string {
  try {
    const text = JSON.stringify(value);
    // Text is undefined for a value that JSON cannot hold at all.
    if (text === undefined || !mayBeUnsafe(text)) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return write(String(item));
    return isUnsafeInteger(item) ? rawJson(item.toExponential()) : item;
  });
}

function isUnsafeInteger(value: unknown): value is number {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}
