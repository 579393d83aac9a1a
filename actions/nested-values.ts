import { stringifyJson } from '../connector/json.ts';
import { type SqlType, UNKNOWN } from './sql-types.ts';

/** A number of a JSON text as it was written: `Number` would lose digits of a DECIMAL before its type is known. */
class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d+$/;

/**
 * The value of an ARRAY, MAP or STRUCT cell with every inner value as its type says, in the same form as a column of that
 * type: whole numbers, FLOAT and DOUBLE are numbers, BOOLEAN true or false, everything else, BIGINT and DECIMAL among it,
 * the exact text. The service may write inner values as text or as JSON. A cell that is not JSON stays text.
 */
export function nestedValue(cell: string, type: SqlType): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cell, keepDigits);
  } catch {
    return cell; // Some types come in a text form of their own; the text is all there is.
  }
  return typed(parsed, type);
}

/** As `nestedValue`, as JSON text. */
export function nestedJson(cell: string, type: SqlType = UNKNOWN): string {
  return stringifyJson(nestedValue(cell, type));
}

/** The number that a text is, in the way that a column of numbers has it; text that JSON cannot write as one stays. */
export function numberOf(text: string): number | string {
  return JSON_NUMBER.test(text) ? Number(text) : text;
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value;
}

function typed(value: unknown, type: SqlType): unknown {
  if (value === null) return null;
  if (value instanceof Digits) return number(value.text, type);
  if (Array.isArray(value)) {
    const of = type.kind === 'array' ? type.of : UNKNOWN;
    return value.map((item) => typed(item, of));
  }
  if (typeof value === 'object') {
    const typeOf = fieldTypes(type);
    // Not by assignment: a field may be named __proto__.
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typed(item, typeOf(key))]));
  }
  if (typeof value === 'boolean') return type.kind === 'text' ? String(value) : value;
  return typeof value === 'string' ? fromText(value, type) : value;
}

function number(text: string, type: SqlType): unknown {
  if (type.kind === 'text') return text;
  const value = Number(text);
  if (type.kind === 'number') return value;
  // Without a type a number is one only where no digit is lost.
  if (INTEGER.test(text)) return Number.isSafeInteger(value) ? value : text;
  return significant(String(value)) === significant(text) ? value : text;
}

function fromText(text: string, type: SqlType): unknown {
  switch (type.kind) {
    case 'number':
      return numberOf(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
    case 'map':
    case 'struct':
      // JSON in JSON: inner lists and structures may come as text, too.
      return /^\s*[[{]/.test(text) ? nestedValue(text, type) : text;
    default:
      return text;
  }
}

function fieldTypes(type: SqlType): (key: string) => SqlType {
  if (type.kind === 'map') return () => type.of;
  if (type.kind !== 'struct') return () => UNKNOWN;
  return (key) => type.fields.get(key) ?? UNKNOWN;
}

/** The digits that count, without sign, point, exponent and the zeros around them. */
function significant(text: string): string {
  const [mantissa = ''] = text.toLowerCase().split('e');
  return mantissa.replace(/[^0-9]/g, '').replace(/^0+|(?<!0)0+$/g, '');
}
