import { compareDecimals, type Decimal, exactNumber, parseDecimal } from './decimals.ts';

const NOTHING: readonly never[] = Object.freeze([]);
const ZERO = /^[^1-9]*(?:[eE]|$)/;

/**
 * A number whose digits a JavaScript number may not hold: a BIGINT or DECIMAL cell, which is text in a row. It is a number to
 * operators and functions, and leaves an expression as what it was.
 */
export class SqlNumber {
  /**
   * Only of a number that is not zero: it has content, which is what JSONata takes for true. An empty list, of which `*` and `**` find
   * nothing.
   */
  declare readonly '\u0000number'?: readonly never[];
  #decimal: Decimal | undefined;
  readonly #original: unknown;
  readonly #column: string | undefined;

  /** `decimal` when it is known; read out of the original when it is first needed otherwise, which must be one. */
  constructor(decimal: Decimal | undefined, original: unknown, column?: string) {
    this.#decimal = decimal;
    this.#original = original;
    this.#column = column;
    if (!ZERO.test(String(original))) this['\u0000number'] = NOTHING;
  }

  get decimal(): Decimal {
    this.#decimal ??= parseDecimal(this.text)!;
    return this.#decimal;
  }

  /** What it is outside of the expression. */
  get original(): unknown {
    return this.#original;
  }

  get column(): string | undefined {
    return this.#column;
  }

  /** Its text as it was written. */
  get text(): string {
    return String(this.#original);
  }

  toJSON(): unknown {
    return this.#original;
  }
}

/** The decimal of a value that is a number of any kind; a text counts only where it is compared with an SQL number. */
export function decimalOf(value: unknown): Decimal | undefined {
  if (value instanceof SqlNumber) return value.decimal;
  if (typeof value === 'bigint') return { digits: value, scale: 0 };
  return typeof value === 'number' || typeof value === 'string' ? parseDecimal(String(value)) : undefined;
}

/** A value that JavaScript's own operators do not take for a number. */
export function isExact(value: unknown): value is SqlNumber | bigint {
  return value instanceof SqlNumber || typeof value === 'bigint';
}

/**
 * The number for arithmetic; other values as they are.
 * @throws LOSES_DIGITS for one that a number cannot hold
 */
export function toNumber(value: unknown): unknown {
  return isExact(value) ? (exactNumber(decimalOf(value)!) ?? losesDigits(value)) : value;
}

/** @throws always, naming column, value and what to do */
export function losesDigits(value: unknown): never {
  const column = value instanceof SqlNumber ? value.column : undefined;
  const text = value instanceof SqlNumber ? value.text : String(value);
  const what = column === undefined ? `the number ${text}` : `the column "${column}" holds ${text}, which`;
  throw {
    code: 'LOSES_DIGITS',
    message: `${what} has more digits than a number for arithmetic can hold (15); $number(${column ?? '...'}) takes it rounded, a SQL statement exactly`,
  };
}

/** -1, 0 or 1, or `undefined` where one is no number. */
export function compareExact(a: unknown, b: unknown): number | undefined {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  return left === undefined || right === undefined ? undefined : compareDecimals(left, right);
}
