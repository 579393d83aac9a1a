import { SqlError } from '../error.ts';
import { type SparkType, typeText } from '../spark-type.ts';
import { conform, eachWithin, type Json, Num, parse, schemaOf, write } from './json.ts';

/**
 * A VARIANT as an ARRAY, MAP or STRUCT, in JSON: each value within is cast as it would be alone.
 * What cannot be cast is null where `attempt`. @throws SqlError INVALID_VARIANT_CAST
 */
export function fromVariant(text: string, schema: string, attempt: boolean): string | null {
  const value = parse(text);
  if (value === undefined || value === null) return null;
  const made = cast(value, schemaOf(schema), attempt);
  return made === null ? null : write(made);
}

function cast(value: Json, type: SparkType, attempt: boolean): Json {
  if (value === null) return null;
  const made = castOne(value, type, attempt);
  if (made !== null || attempt) return made;
  throw new SqlError(
    'INVALID_VARIANT_CAST',
    '22023',
    `The variant value \`${write(value)}\` cannot be cast into \`${typeText(type)}\`. Please use \`try_variant_get\` instead.`,
  );
}

function castOne(value: Json, type: SparkType, attempt: boolean): Json {
  switch (type.k) {
    case 'array':
    case 'map':
    case 'struct':
      return eachWithin(value, type, (item, own) => cast(item, own, attempt));
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return conform(whole(value), type, {});
    case 'float':
    case 'double': {
      const made = conform(number(value), type, {});
      // the zero of a text has a sign, and that of JSON has none
      return typeof value === 'string' && made instanceof Num ? made.text : made;
    }
    case 'decimal':
      return conform(number(value), type, {});
    case 'boolean':
      if (value instanceof Num) return Number(value.text) !== 0;
      return typeof value === 'string' ? (TRUTH[value.trim().toLowerCase()] ?? null) : conform(value, type, {});
    default:
      return conform(value, type, {});
  }
}

const TRUTH: Record<string, boolean> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  n: false,
  '0': false,
};

// a fraction is cut off a number, and is no integer in a text
function whole(value: Json): Json {
  if (typeof value === 'boolean') return new Num(value ? '1' : '0');
  if (typeof value === 'string') return /^\s*[+-]?\d+\s*$/.test(value) ? new Num(String(BigInt(value.trim()))) : null;
  if (!(value instanceof Num)) return value;
  if (!/e/i.test(value.text)) return new Num(String(BigInt(value.text.replace(/\..*/, ''))));
  const found = Math.trunc(Number(value.text));
  return Number.isFinite(found) ? new Num(String(BigInt(found))) : null;
}

// a number in a text keeps its digits, unless it has an exponent
function number(value: Json): Json {
  if (typeof value === 'boolean') return new Num(value ? '1' : '0');
  if (typeof value !== 'string') return value;
  const found = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/.exec(value.trim());
  if (found === null) return value;
  const [, sign, digits = '', fraction = '', exponent] = found;
  if (digits === '' && fraction === '') return value;
  if (exponent === undefined)
    return new Num(
      `${sign === '-' ? '-' : ''}${digits.replace(/^0+(?=\d)/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`,
    );
  const made = Number(value);
  return Number.isFinite(made) ? new Num(String(made)) : String(made);
}
