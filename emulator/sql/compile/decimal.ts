import { SqlError } from '../error.ts';

interface Exact {
  digits: bigint;
  scale: number;
}

function read(text: string): Exact {
  const [whole = '0', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Rounds half up to a scale and checks the precision. @throws SqlError NUMERIC_VALUE_OUT_OF_RANGE */
function write(exact: Exact, s: number, p: number): string {
  const value = rounded(exact, s);
  const text = shown(value, s);
  if (isOver(value, p))
    throw new SqlError(
      'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION',
      '22003',
      `The ${text} rounded half up from ${text} cannot be represented as Decimal(${p}, ${s}). If necessary set "ansi_mode" to "false" to bypass this error, and return NULL instead.`,
    );
  return text;
}

/** The text of a number, which may have an exponent, as a decimal that is rounded half up; null when it does not fit. */
export function decimalOf(text: string, s: number, p: number): string | null {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const { digits, scale } = read(mantissa);
  const moved = scale - Number(exponent);
  const whole = String(digits).replace('-', '').length - moved;
  // Powers of ten that no decimal has are not computed.
  if (digits === 0n || whole < -s) return shown(0n, s);
  if (whole > p - s) return null;
  const exact = moved < 0 ? { digits: digits * 10n ** BigInt(-moved), scale: 0 } : { digits, scale: moved };
  const value = rounded(exact, s);
  return isOver(value, p) ? null : shown(value, s);
}

function rounded({ digits, scale }: Exact, s: number): bigint {
  return scale > s ? half(digits, 10n ** BigInt(scale - s)) : digits * 10n ** BigInt(s - scale);
}

function isOver(value: bigint, p: number): boolean {
  return (value < 0n ? -value : value) >= 10n ** BigInt(p);
}

function shown(value: bigint, s: number): string {
  const text = String(value < 0n ? -value : value).padStart(s + 1, '0');
  return `${value < 0n ? '-' : ''}${text.slice(0, text.length - s)}${s === 0 ? '' : `.${text.slice(-s)}`}`;
}

function half(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n;
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const q = (2n * x + y) / (2n * y);
  return negative ? -q : q;
}

function aligned(a: string, b: string): [bigint, bigint, number] {
  const [x, y] = [read(a), read(b)];
  const scale = Math.max(x.scale, y.scale);
  return [x.digits * 10n ** BigInt(scale - x.scale), y.digits * 10n ** BigInt(scale - y.scale), scale];
}

export function plus(a: string, b: string, s: number, p: number): string {
  const [x, y, scale] = aligned(a, b);
  return write({ digits: x + y, scale }, s, p);
}

export function minus(a: string, b: string, s: number, p: number): string {
  const [x, y, scale] = aligned(a, b);
  return write({ digits: x - y, scale }, s, p);
}

export function times(a: string, b: string, s: number, p: number): string {
  const [x, y] = [read(a), read(b)];
  return write({ digits: x.digits * y.digits, scale: x.scale + y.scale }, s, p);
}

export function divide(a: string, b: string, s: number, p: number): string {
  const [x, y] = aligned(a, b);
  if (y === 0n) throw byZero();
  return write({ digits: half(x * 10n ** BigInt(s), y), scale: s }, s, p);
}

/** The whole part of a quotient. */
export function quotient(a: string, b: string): string {
  const [x, y] = aligned(a, b);
  if (y === 0n) throw byZero();
  return String(x / y);
}

/** Division by zero. */
function byZero(): SqlError {
  return new SqlError(
    'DIVIDE_BY_ZERO',
    '22012',
    'Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. If necessary set "ansi_mode" to "false" to bypass this error.',
  );
}
