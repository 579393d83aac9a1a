/** The order of a type's values, as exact texts. */
export type Compare = (a: string, b: string) => number;

const INTEGER_BYTES: Record<string, number> = { TINYINT: 1, SMALLINT: 2, INT: 4, BIGINT: 8 };

/** A type as it is written in one way: no blanks, and a decimal with its scale. */
export function normalType(type: string): string {
  const text = type.toUpperCase().replaceAll(' ', '');
  const [, precision, scale] = /^DECIMAL(?:\((\d+)(?:,(\d+))?\))?$/.exec(text) ?? [];
  if (text === 'DECIMAL') return 'DECIMAL(10,0)';
  return precision === undefined ? type.toUpperCase().trim() : `DECIMAL(${precision},${scale ?? 0})`;
}

/**
 * Whether values of a column are compared exactly when they travel as `declared`: the same type, or a wider integer. A decimal with
 * fewer digits, a DOUBLE for a DECIMAL or a DATE for a TIMESTAMP would round a value, and pass over rows or repeat them.
 */
export function isExactFor(declared: string, actual: string): boolean {
  const wanted = normalType(declared);
  if (wanted === actual) return true;
  const [wide, narrow] = [INTEGER_BYTES[wanted], INTEGER_BYTES[actual]];
  return wide !== undefined && narrow !== undefined && wide >= narrow;
}

/** The order in which the service sorts values of a type. Of texts that are no value of the type nothing is said: 0. */
export function compareAs(type: string): Compare {
  const name = /^\w+/.exec(type)?.[0] ?? '';
  if (name in INTEGER_BYTES) return (a, b) => sign(toInteger(a), toInteger(b));
  if (name === 'DECIMAL' || name === 'NUMERIC') return compareDecimals;
  if (name === 'DOUBLE' || name === 'FLOAT') return (a, b) => sign(rankOf(a), rankOf(b));
  if (name === 'DATE') return compareDates;
  // Both are texts of one length up to the year 9999; see cursor-values.ts.
  if (name.startsWith('TIMESTAMP')) return compareDates;
  return (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sign<T extends bigint | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toInteger(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : 0n;
}

/** Of NaN, which SQL sorts after all others, a place after infinity. */
function rankOf(text: string): number {
  const value = Number(text);
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

function compareDecimals(a: string, b: string): number {
  const places = Math.max(placesOf(a), placesOf(b));
  return sign(scaled(a, places), scaled(b, places));
}

function placesOf(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}

function scaled(text: string, places: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return toInteger(`${whole}${fraction.padEnd(places, '0')}`);
}

/** Years beyond 9999 have more digits, some a sign. */
function compareDates(a: string, b: string): number {
  const [yearA, yearB] = [yearOf(a), yearOf(b)];
  if (yearA !== yearB) return sign(yearA, yearB);
  const [restA, restB] = [a.replace(/^[+-]?\d+/, ''), b.replace(/^[+-]?\d+/, '')];
  return restA < restB ? -1 : restA > restB ? 1 : 0;
}

function yearOf(text: string): number {
  return Number(/^[+-]?\d+/.exec(text)?.[0] ?? 0);
}
