import {
  arrayOf,
  BIGINT,
  DOUBLE,
  decimal,
  INTEGRAL,
  intervalType,
  isFractional,
  isIntegral,
  isNumeric,
  isTime,
  mapOf,
  type SparkType,
  sameType,
  TIMESTAMP,
} from './spark-type.ts';

const DIGITS: Record<string, number> = { tinyint: 3, smallint: 5, int: 10, bigint: 20 };
const UNITS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];

// from the largest unit of both to the smallest
function widest(a: string, b: string): SparkType {
  const units = `${a} ${b}`
    .split(' ')
    .filter((word) => UNITS.includes(word))
    .map((unit) => UNITS.indexOf(unit));
  const [first, last] = [UNITS[Math.min(...units)], UNITS[Math.max(...units)]];
  return intervalType(first === last ? (first as string) : `${first} TO ${last}`);
}

/** The decimal that holds every value of an integral type. */
export function asDecimal(type: SparkType): { p: number; s: number } {
  return type.k === 'decimal' ? type : { p: DIGITS[type.k] ?? 38, s: 0 };
}

/** DECIMAL(p, s) within 38 digits, by Spark's rule: the fraction gives way, down to 6 digits. */
export function bounded(p: number, s: number): SparkType {
  if (p <= 38) return decimal(p, s);
  return decimal(38, Math.max(38 - (p - s), Math.min(s, 6)));
}

/** The least type that both can be cast to without being asked, or undefined. */
export function commonType(a: SparkType, b: SparkType): SparkType | undefined {
  if (sameType(a, b)) return a;
  if (a.k === 'void') return b;
  if (b.k === 'void') return a;
  if (isNumeric(a) && isNumeric(b)) {
    if (a.k === 'double' || b.k === 'double') return DOUBLE;
    if (a.k === 'float' || b.k === 'float') return a.k === 'decimal' || b.k === 'decimal' ? DOUBLE : { k: 'float' };
    if (a.k === 'decimal' || b.k === 'decimal') {
      const [x, y] = [asDecimal(a), asDecimal(b)];
      const s = Math.max(x.s, y.s);
      return bounded(Math.max(x.p - x.s, y.p - y.s) + s, s);
    }
    return INTEGRAL.indexOf(a.k) > INTEGRAL.indexOf(b.k) ? a : b;
  }
  if (a.k === 'string' || b.k === 'string') {
    const other = a.k === 'string' ? b : a;
    if (isIntegral(other)) return BIGINT;
    if (other.k === 'decimal' || isFractional(other)) return DOUBLE;
    return ['boolean', 'date', 'timestamp', 'timestamp_ntz', 'binary', 'interval'].includes(other.k)
      ? other
      : undefined;
  }
  if (isTime(a) && isTime(b)) return a.k === 'date' ? b : b.k === 'date' ? a : TIMESTAMP;
  if (a.k === 'array' && b.k === 'array') {
    const e = commonType(a.e, b.e);
    return e && arrayOf(e);
  }
  if (a.k === 'map' && b.k === 'map') {
    const [key, value] = [commonType(a.key, b.key), commonType(a.value, b.value)];
    return key && value && mapOf(key, value);
  }
  if (a.k === 'struct' && b.k === 'struct' && a.fields.length === b.fields.length) {
    const types = a.fields.map((field, index) => commonType(field.type, (b.fields[index] as { type: SparkType }).type));
    if (types.includes(undefined)) return undefined;
    return { k: 'struct', fields: a.fields.map(({ name }, index) => ({ name, type: types[index] as SparkType })) };
  }
  if (a.k === 'interval' && b.k === 'interval' && a.months === b.months) return widest(a.text, b.text);
  return undefined;
}
