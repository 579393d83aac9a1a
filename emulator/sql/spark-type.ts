/** A Databricks SQL type. `timestamp` is TIMESTAMP, which the emulator keeps in UTC. */
export type SparkType =
  | { k: Scalar }
  | { k: 'decimal'; p: number; s: number }
  | { k: 'array'; e: SparkType }
  | { k: 'map'; key: SparkType; value: SparkType }
  | { k: 'struct'; fields: { name: string; type: SparkType }[] }
  | { k: 'interval'; months: boolean; text: string };

/** Types without parameters. */
export type Scalar =
  | 'void'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  | 'variant';

const scalar = (k: Scalar): SparkType => ({ k });
export const VOID = scalar('void');
export const BOOLEAN = scalar('boolean');
export const INT = scalar('int');
export const BIGINT = scalar('bigint');
export const DOUBLE = scalar('double');
export const STRING = scalar('string');
export const BINARY = scalar('binary');
export const DATE = scalar('date');
export const TIMESTAMP = scalar('timestamp');
export const NTZ = scalar('timestamp_ntz');
export const VARIANT = scalar('variant');

/** DECIMAL(p, s). */
export const decimal = (p: number, s: number): SparkType => ({ k: 'decimal', p, s });
/** ARRAY<e>. */
export const arrayOf = (e: SparkType): SparkType => ({ k: 'array', e });
/** MAP<key, value>. */
export const mapOf = (key: SparkType, value: SparkType): SparkType => ({ k: 'map', key, value });

const DUCK: Record<Scalar, string> = {
  void: 'INTEGER',
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamp_ntz: 'TIMESTAMP',
  variant: 'JSON',
};

/** The type as SQL writes it, such as `ARRAY<STRUCT<a: INT>>`. */
export function typeText(type: SparkType): string {
  switch (type.k) {
    case 'decimal':
      return `DECIMAL(${type.p},${type.s})`;
    case 'array':
      return `ARRAY<${typeText(type.e)}>`;
    case 'map':
      return `MAP<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'struct':
      return `STRUCT<${type.fields.map((field) => `${fieldName(field.name)}: ${typeText(field.type)}`).join(', ')}>`;
    case 'interval':
      return type.text;
    default:
      return type.k.toUpperCase();
  }
}

/** A type as Spark's catalog writes it: `map<string,int>`. */
export function catalogText(type: SparkType): string {
  switch (type.k) {
    case 'decimal':
      return `decimal(${type.p},${type.s})`;
    case 'array':
      return `array<${catalogText(type.e)}>`;
    case 'map':
      return `map<${catalogText(type.key)},${catalogText(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${catalogText(field.type)}`).join(',')}>`;
    case 'interval':
      return type.text.toLowerCase();
    default:
      return type.k;
  }
}

/** The name of a field of a STRUCT, in backticks where it must be. */
export function fieldName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** The DuckDB type that carries values of a type while a statement computes. */
export function carrier(type: SparkType): string {
  return duck(type, DUCK);
}

/** The DuckDB type of a column: TIMESTAMP_NTZ is told from TIMESTAMP by it, in UTC, which is the zone of every connection. */
export function columnCarrier(type: SparkType): string {
  return duck(type, { ...DUCK, timestamp_ntz: 'TIMESTAMPTZ' });
}

function duck(type: SparkType, scalars: Record<Scalar, string>): string {
  switch (type.k) {
    case 'decimal':
      return `DECIMAL(${type.p},${type.s})`;
    case 'array':
      return `${duck(type.e, scalars)}[]`;
    case 'map':
      return `MAP(${duck(type.key, scalars)}, ${duck(type.value, scalars)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `"${field.name.replaceAll('"', '""')}" ${duck(field.type, scalars)}`).join(', ')})`;
    case 'interval':
      return 'INTERVAL';
    default:
      return scalars[type.k];
  }
}

/** Integral types from the narrowest. */
export const INTEGRAL = ['tinyint', 'smallint', 'int', 'bigint'];

export const isIntegral = (type: SparkType): boolean => INTEGRAL.includes(type.k);
export const isFractional = (type: SparkType): boolean => type.k === 'float' || type.k === 'double';
export const isNumeric = (type: SparkType): boolean => isIntegral(type) || isFractional(type) || type.k === 'decimal';
export const isTime = (type: SparkType): boolean =>
  type.k === 'date' || type.k === 'timestamp' || type.k === 'timestamp_ntz';
export const sameType = (a: SparkType, b: SparkType): boolean =>
  a.k === b.k && carrier(a) === carrier(b) && (!holdsInterval(a) || typeText(a) === typeText(b));

function holdsInterval(type: SparkType): boolean {
  if (type.k === 'interval') return true;
  if (type.k === 'array') return holdsInterval(type.e);
  return type.k === 'struct'
    ? type.fields.some((field) => holdsInterval(field.type))
    : type.k === 'map' && holdsInterval(type.value);
}

/** `MONTH` or `DAY TO SECOND` as a type. */
export function intervalType(units: string): SparkType {
  return { k: 'interval', months: /YEAR|MONTH/.test(units), text: `INTERVAL ${units}` };
}
