import { SqlNumber } from './sql-number.ts';

/** Values of one step's expressions, counted as JSON. */
export const MAX_RESULT_BYTES = 32 * 1024 * 1024;
/** Deeper values could not be written as JSON later. */
const MAX_DEPTH = 1000;
/** A quote on each side, or a comma and a colon. */
const MARKS_BYTES = 3;
const NUMBER_BYTES = 8;

/** Set by assignment, this key would be the prototype. */
const OWN = { enumerable: true, configurable: true, writable: true };

/** What `plainValue` refuses. */
class ValueRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A copy of a value as plain data, without the marks that JSONata leaves on lists, and about how many bytes of JSON it is.
 * A part that is used many times is counted and copied each time.
 * @throws ValueRefused for a function, a value inside itself, and one that is larger than `maxBytes` or too deep
 */
export function plainValue(value: unknown, maxBytes: number): { value: unknown; bytes: number } {
  const count = { bytes: 0, maxBytes };
  return { value: copy(value, count, 0), bytes: count.bytes };
}

function copy(value: unknown, count: { bytes: number; maxBytes: number }, depth: number): unknown {
  if (value instanceof SqlNumber) return copy(value.original, count, depth);
  count.bytes += typeof value === 'string' ? value.length + MARKS_BYTES : NUMBER_BYTES;
  if (count.bytes > count.maxBytes) {
    const mebibytes = Math.round(MAX_RESULT_BYTES / 1024 / 1024);
    throw new ValueRefused(
      'TOO_LARGE',
      `its value is larger than ${mebibytes} MiB, the limit for the values of one step`,
    );
  }
  if (typeof value === 'function' || (value !== null && typeof value === 'object' && isFunction(value))) {
    throw new ValueRefused(
      'FUNCTION',
      'its value is a function, which cannot be passed on; call it, such as $sum(trigger.rows.amount)',
    );
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ValueRefused('NOT_FINITE', 'its value is no number: it is too large, or the calculation has no result');
  }
  if (value === null || typeof value !== 'object') return typeof value === 'symbol' ? undefined : value;
  if (depth >= MAX_DEPTH) throw new ValueRefused('TOO_DEEP', `its value is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item) => copy(item, count, depth + 1));
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    count.bytes += name.length + MARKS_BYTES;
    const copied = copy(item, count, depth + 1);
    if (name === '__proto__') Object.defineProperty(result, name, { ...OWN, value: copied });
    else result[name] = copied;
  }
  return result;
}

/** Functions of JSONata, its own and those of an expression, are objects. A regular expression is a function. */
function isFunction(value: object): boolean {
  const { _jsonata_function, _jsonata_lambda } = value as { _jsonata_function?: unknown; _jsonata_lambda?: unknown };
  return _jsonata_function === true || _jsonata_lambda === true;
}
