import { add, canonical, type Decimal, exactNumber, multiply, parseDecimal, sortKey, subtract } from './decimals.ts';
import { checkItems, checkLength } from './limits.ts';
import { compareExact, decimalOf, isExact, losesDigits, SqlNumber, toNumber } from './sql-number.ts';

/** They have no result for zero. */
const DIVISIONS: ReadonlySet<string> = new Set(['/', '%']);

type Operator = (left: unknown, right: unknown) => unknown;

/** Begins every key of a number, so that numbers and texts never look alike in a sort. */
const NUMBER_KEY = '\u0000';

/** JSONata's operators, which know SQL numbers, too; by their sign. Without one they do what JSONata does. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  '+': arithmetic('+', (a, b) => a + b, add),
  '-': arithmetic('-', (a, b) => a - b, subtract),
  '*': arithmetic('*', (a, b) => a * b, multiply),
  '/': arithmetic('/', (a, b) => a / b),
  '%': arithmetic('%', (a, b) => a % b),
  '=': (a, b) => a !== undefined && b !== undefined && isEqual(a, b),
  '!=': (a, b) => a !== undefined && b !== undefined && !isEqual(a, b),
  '<': comparison('<', (order) => order < 0),
  '<=': comparison('<=', (order) => order <= 0),
  '>': comparison('>', (order) => order > 0),
  '>=': comparison('>=', (order) => order >= 0),
  in: (a, b) => a !== undefined && b !== undefined && [b].flat().some((item) => item === a || isEqualNumber(item, a)),
};

/** What is done to one value before JSONata uses it, by where it stands. */
export const CONVERSIONS = {
  /** Of a filter, a range or a sign. */
  number: (value: unknown) => (Array.isArray(value) ? value.map(toNumber) : toNumber(value)),
  /** Of `&`, and of a key. */
  text(value: unknown) {
    if (typeof value === 'string') checkLength('"&"', value.length);
    return isExact(value) ? String(value instanceof SqlNumber ? value.text : value) : value;
  },
  /** Both ends of a range, of which the first is given back. */
  range(from: unknown, to: unknown) {
    const [first, last] = [toNumber(from), toNumber(to)];
    if (typeof first === 'number' && typeof last === 'number') checkItems('the range', last - first + 1);
    return first;
  },
  /** Of an order. */
  order(value: unknown) {
    if (!isExact(value) && typeof value !== 'number') return value;
    const decimal = decimalOf(value);
    return decimal === undefined ? value : NUMBER_KEY + sortKey(decimal);
  },
} as const;

/** Equality by value at any depth. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b || isEqualNumber(a, b)) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof SqlNumber || b instanceof SqlNumber) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual((a as never)[name], (b as never)[name]))
  );
}

function isEqualNumber(a: unknown, b: unknown): boolean {
  return (isExact(a) || isExact(b)) && compareExact(a, b) === 0;
}

function arithmetic(
  token: string,
  plain: (a: number, b: number) => number,
  exact?: (a: Decimal, b: Decimal) => Decimal,
): Operator {
  return (a, b) => {
    const [left, right] = [toNumber(a), toNumber(b)];
    if (left !== undefined && !isNumber(left)) throw { code: 'T2001', token, value: left };
    if (right !== undefined && !isNumber(right)) throw { code: 'T2002', token, value: right };
    if (left === undefined || right === undefined) return undefined;
    if (right === 0 && DIVISIONS.has(token)) throw { code: 'DIVISION_BY_ZERO', token };
    if (exact === undefined || (!isExact(a) && !isExact(b))) return plain(left, right);
    const result = exact(decimalOf(a)!, decimalOf(b)!);
    const number = exactNumber(result);
    // It stays exact inside the expression, and is a number outside.
    if (number !== undefined) return new SqlNumber(result, number);
    return losesDigits(isExact(a) ? withResult(a, result) : withResult(b, result));
  };
}

/** Arithmetic that is right for SQL numbers needs no more digits than their columns have: the result is what is too long. */
function withResult(of: unknown, result: Decimal): SqlNumber {
  return new SqlNumber(result, canonical(result), of instanceof SqlNumber ? of.column : undefined);
}

/** As JSONata: a number that is none, or too large, is an error. */
function isNumber(value: unknown): value is number {
  if (typeof value !== 'number') return false;
  if (!Number.isFinite(value)) throw { code: 'D1001', value };
  return true;
}

function comparison(token: string, holds: (order: number) => boolean): Operator {
  return (a, b) => {
    for (const value of [a, b]) {
      const isComparable =
        value === undefined || typeof value === 'string' || typeof value === 'number' || isExact(value);
      if (!isComparable) throw { code: 'T2010', token, value };
    }
    if (a === undefined || b === undefined) return undefined;
    if (isExact(a) || isExact(b)) {
      const order = compareExact(a, b);
      if (order === undefined) throw { code: 'T2009', token, value: shown(a), value2: shown(b) };
      return holds(order);
    }
    if (typeof a !== typeof b) throw { code: 'T2009', token, value: a, value2: b };
    const [left, right] = [a as string, b as string];
    return holds(left < right ? -1 : left > right ? 1 : 0);
  };
}

function shown(value: unknown): unknown {
  return isExact(value) ? String(value instanceof SqlNumber ? value.text : value) : value;
}

/** A number as it is written in an expression, when JavaScript would read another one. */
export function exactLiteral(text: string): SqlNumber | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined || exactNumber(decimal) !== undefined) return undefined;
  const value = canonical(decimal);
  // As a DECIMAL cell: a number of JSON would lose digits.
  return new SqlNumber(decimal, value.includes('.') ? value : BigInt(value));
}
