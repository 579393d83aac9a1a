/** An exact decimal: `digits * 10^-scale`. */
export interface Decimal {
  digits: bigint;
  scale: number;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** What nearly all are. */
const PLAIN = /^-?\d{1,40}(?:\.\d{1,40})?$/;
/** SQL decimals have 38 digits; larger exponents are of no column and would cost memory. */
const MAX_LENGTH = 400;
const MAX_EXPONENT = 400;

/** The decimal that a text is, and `undefined` for one that is no number. */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = DECIMAL.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** Whether `parseDecimal` gives one. */
export function isDecimal(text: string): boolean {
  return PLAIN.test(text) || parseDecimal(text) !== undefined;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function add(a: Decimal, b: Decimal): Decimal {
  const [left, right] = aligned(a, b);
  return { digits: left + right, scale: Math.max(a.scale, b.scale) };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { digits: -b.digits, scale: b.scale });
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** The one text of its value: no zeros around it, no exponent. */
export function canonical({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const all = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const whole = all.slice(0, all.length - scale);
  const fraction = all.slice(all.length - scale).replace(/(?<!0)0+$/, '');
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/** The JavaScript number that has exactly these digits; `undefined` when every one would be another value. */
export function exactNumber(decimal: Decimal): number | undefined {
  const text = canonical(decimal);
  const value = Number(text);
  const back = parseDecimal(String(value));
  return back !== undefined && canonical(back) === text ? value : undefined;
}

/**
 * A text that sorts as the number does: its sign, how many digits it has before the point, and the digits; those of a negative
 * number are turned around.
 */
export function sortKey(decimal: Decimal): string {
  const text = canonical(decimal);
  if (text === '0') return '1';
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = (isNegative ? text.slice(1) : text).split('.');
  const key = `${String(whole.length).padStart(4, '0')}${whole}${fraction}`;
  return isNegative ? `0${key.replace(/\d/g, (digit) => String(9 - Number(digit)))}~` : `2${key}`;
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint] {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale)];
}
