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
function write({ digits, scale }: Exact, s: number, p: number): string {
  const value = scale > s ? half(digits, 10n ** BigInt(scale - s)) : digits * 10n ** BigInt(s - scale);
  const size = value < 0n ? -value : value;
  const text = size.toString().padStart(s + 1, '0');
  const shown = `${value < 0n ? '-' : ''}${text.slice(0, text.length - s)}${s === 0 ? '' : `.${text.slice(-s)}`}`;
  if (size >= 10n ** BigInt(p))
    throw new SqlError(
      'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION',
      '22003',
      `The ${shown} rounded half up from ${shown} cannot be represented as Decimal(${p}, ${s}). If necessary set "ansi_mode" to "false" to bypass this error, and return NULL instead.`,
    );
  return shown;
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
