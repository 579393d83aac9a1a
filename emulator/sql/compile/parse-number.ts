import { SqlError } from '../error.ts';
import type { Token } from '../lexer.ts';
import { BIGINT, DOUBLE, decimal, INT, type SparkType } from '../spark-type.ts';
import type { Expr } from './ast.ts';

const MAX_INT = 2147483647n;
const MAX_LONG = 9223372036854775807n;
const SUFFIXES: Record<string, SparkType> = {
  L: BIGINT,
  S: { k: 'smallint' },
  Y: { k: 'tinyint' },
  D: DOUBLE,
  F: { k: 'float' },
};

// .5 is 0.5, 5. is 5, and 1e3BD is 1000
function plainNumber(text: string, isDecimal: boolean): string {
  const match = /^(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, whole = '', fraction = '', exponent] = match;
  if (exponent !== undefined && !isDecimal) return text;
  const power = Math.max(-50, Math.min(50, Number(exponent ?? 0)));
  const digits = power < 0 ? '0'.repeat(-power) + whole : whole;
  const moved = power < 0 ? digits.slice(power) + fraction : fraction.slice(Math.max(0, power));
  const left = power < 0 ? digits.slice(0, power) : whole + fraction.slice(0, Math.max(0, power)).padEnd(power, '0');
  return `${left === '' ? '0' : left}${moved === '' ? (text.includes('.') && exponent === undefined ? '.' : '') : `.${moved}`}`;
}

/** The literal of a number, with a sign that stood before it. @throws SqlError INVALID_NUMERIC_LITERAL_RANGE */
export function literalNumber(token: Token, sign: string): Expr {
  const suffix = /(?:BD|[LSYDF])$/i.exec(token.text)?.[0]?.toUpperCase() ?? '';
  const text = plainNumber(token.text.slice(0, token.text.length - suffix.length), suffix === 'BD');
  const value = sign + text;
  const at = token.start;
  const typed = SUFFIXES[suffix];
  if (typed !== undefined) return { k: 'literal', type: typed, value, at };
  if (/e/i.test(text) && suffix !== 'BD') {
    if (!Number.isFinite(Number(text)))
      throw new SqlError(
        'INVALID_NUMERIC_LITERAL_RANGE',
        '22003',
        `Numeric literal ${value} is outside the valid range for double with minimum value of -1.7976931348623157E308 and maximum value of 1.7976931348623157E308. Please adjust the value accordingly.`,
        { offset: at, length: token.text.length },
      );
    return { k: 'literal', type: DOUBLE, value, at };
  }
  if (!text.includes('.') && suffix !== 'BD') {
    const number = BigInt(value);
    if (number <= MAX_INT && number >= -MAX_INT - 1n) return { k: 'literal', type: INT, value, at };
    if (number <= MAX_LONG && number >= -MAX_LONG - 1n) return { k: 'literal', type: BIGINT, value, at };
  }
  const [whole = '', fraction = ''] = text.split('.');
  const shown = value.endsWith('.') ? value.slice(0, -1) : value;
  const digits = whole.replace(/^0+/, '').length;
  if (digits + fraction.length > 38)
    throw new SqlError(
      'DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION',
      '22003',
      `Decimal precision ${digits + fraction.length} exceeds max precision 38.`,
      { offset: at, length: token.text.length },
    );
  return {
    k: 'literal',
    type: decimal(Math.max(digits + fraction.length, fraction.length, 1), fraction.length),
    value: shown,
    at,
  };
}
