import { hash } from 'node:crypto';
import { ConnectorError, type ValidationError } from '../../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../../connector/json.ts';
import { pointerTo, type Row, type TargetColumn, valueIn } from './row-values.ts';

const MAX_FAULTS = 20;
/** As long as a hash. */
const MAX_KEY_LENGTH = 44;
const INTEGER_TYPE = /^(TINYINT|SMALLINT|INT|INTEGER|BIGINT|BYTE|SHORT|LONG)\b/i;
const DECIMAL_TYPE = /^(DECIMAL|DEC|NUMERIC)\b(?:\s*\(\s*\d+\s*(?:,\s*(\d+)\s*)?\))?/i;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** An exponent beyond it overflows every DECIMAL; writing its digits out would only take memory. */
const MAX_EXPONENT = 100;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const TRUE_WORDS = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE_WORDS = new Set(['false', 'f', 'no', 'n', '0']);

/** Refuses rows that the key columns cannot tell apart; the rows may come in parts. */
export interface KeyChecker {
  /** `first` is the index of the first of the rows. */
  add(rows: readonly Row[], first: number): void;
  /** @throws ConnectorError ERR_INPUT_INVALID with each row (20 at most) */
  end(): void;
}

/**
 * Opens a check of rows: a MERGE fails, or inserts both, when two rows have one key, and a NULL key never matches. With the
 * types of the columns, values are compared as the column stores them: `1` and `01` are one BIGINT. Without types, as text.
 */
export function createKeyChecker(keys: readonly string[], table: readonly TargetColumn[] = []): KeyChecker {
  const types = keys.map((key) => table.find(({ name }) => name.toLowerCase() === key.toLowerCase())?.type);
  const seen = new Map<string, number>();
  const validationErrors: ValidationError[] = [];
  const addRow = (row: Row, index: number) => {
    const values = keys.map((key) => valueIn(row, key));
    const missing = values.findIndex((value) => value === undefined || value === null);
    const joined = shortened(JSON.stringify(values.map((value, at) => keyText(value, types[at]))));
    if (missing !== -1) {
      validationErrors.push({ pointer: pointerTo(index, keys[missing]!), message: 'is required: it is a key column' });
    } else if (seen.has(joined)) {
      validationErrors.push({ pointer: `/rows/${index}`, message: `has the same key as row ${seen.get(joined)}` });
    } else seen.set(joined, index);
  };
  return {
    add(rows, first) {
      for (const [index, row] of rows.entries()) if (validationErrors.length < MAX_FAULTS) addRow(row, first + index);
    },
    end() {
      if (validationErrors.length === 0) return;
      throw new ConnectorError('ERR_INPUT_INVALID', 'the key columns do not identify each row', {
        errors: validationErrors,
        sent: 'no',
      });
    },
  };
}

/** Checks rows that are all there; see `createKeyChecker`. */
export function checkKeys(rows: readonly Row[], keys: readonly string[], table: readonly TargetColumn[] = []): void {
  const checker = createKeyChecker(keys, table);
  checker.add(rows, 0);
  checker.end();
}

/** What is remembered of a key: of a long one its hash, because there may be millions. */
function shortened(text: string): string {
  return text.length <= MAX_KEY_LENGTH ? text : hash('sha256', text, 'base64');
}

/** One text for all values that a column of the type stores as the same value. */
export function keyText(value: unknown, type = 'STRING'): string {
  const text = typeof value === 'string' ? value : value instanceof Object ? stringifyJson(value) : String(value);
  const trimmed = text.trim();
  const decimal = DECIMAL_TYPE.exec(type);
  if (INTEGER_TYPE.test(type)) return decimalText(trimmed, 0) ?? text;
  if (decimal !== null) return decimalText(trimmed, Number(decimal[2] ?? 0)) ?? text;
  if (/^DOUBLE\b/i.test(type)) return floatText(trimmed, Number);
  if (/^(FLOAT|REAL)\b/i.test(type)) return floatText(trimmed, (digits) => Math.fround(Number(digits)));
  if (/^BOOLEAN\b/i.test(type)) return booleanText(trimmed.toLowerCase());
  if (/^DATE\b/i.test(type)) return dateText(trimmed) ?? text;
  if (/^TIMESTAMP\b/i.test(type)) return timeText(trimmed) ?? text;
  if (/^TIMESTAMP_NTZ\b/i.test(type)) return timeText(trimmed.replace(ZONE, '')) ?? text;
  if (/^BINARY\b/i.test(type)) return Buffer.from(text, 'base64').toString('base64');
  if (/^(ARRAY|STRUCT)\b/i.test(type)) return jsonText(text);
  return stringText(text, type);
}

/** The digits without leading zeros, rounded half up to the scale as a CAST does; `undefined` for what is no number. */
function decimalText(text: string, scale: number): string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent);
  if (whole + fraction === '' || Math.abs(shift) > MAX_EXPONENT) return undefined;
  const digits = BigInt(whole + fraction);
  // The value is digits * 10^-places; what is wanted is that value * 10^scale.
  const places = fraction.length - shift - scale;
  const unit = 10n ** BigInt(Math.abs(places));
  const scaled = places <= 0 ? digits * unit : (digits + unit / 2n) / unit;
  return scaled === 0n ? '0' : `${sign === '-' ? '-' : ''}${scaled}`;
}

function floatText(text: string, parse: (text: string) => number): string {
  const number = parse(text.replace(INFINITY, '$1Infinity').replace(/(?<=[\d.])[dDfF]$/, ''));
  // Adding zero makes -0 and 0 one value, as SQL compares them.
  return Number.isNaN(number) ? text.toLowerCase() : String(number + 0);
}

function booleanText(word: string): string {
  if (TRUE_WORDS.has(word)) return 'true';
  return FALSE_WORDS.has(word) ? 'false' : word;
}

const DATE = /^([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2}))?)?/;
const TIME = /^[T ]\s*(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?$/;
const ZONE = /(?<!\s)\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)$/i;

/** What a CAST to DATE reads: year, month and day; a time after them is dropped. */
function dateText(text: string): string | undefined {
  const date = DATE.exec(text);
  if (date === null || !/^([T ].*)?$/s.test(text.slice(date[0].length))) return undefined;
  return date
    .slice(1, 4)
    .map((part) => Number(part ?? 1))
    .join('-');
}

/** Microseconds since 1970. A text without a zone is taken as UTC: the session's time zone is not known here. */
function timeText(text: string): string | undefined {
  const date = DATE.exec(text);
  if (date === null) return undefined;
  const after = text.slice(date[0].length);
  const zone = /\d/.test(after) ? ZONE.exec(after) : null;
  const clock = zone === null ? after : after.slice(0, zone.index);
  const time = clock === '' ? ([] as string[]) : TIME.exec(clock);
  if (time === null) return undefined;
  const [, hour = '0', minute = '0', second = '0', fraction = ''] = time;
  const day = Date.UTC(2000, Number(date[2] ?? 1) - 1, Number(date[3] ?? 1));
  const at = new Date(day).setUTCFullYear(Number(date[1]));
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - zoneSeconds(zone?.[1]);
  return String(BigInt(at + seconds * 1000) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)));
}

function zoneSeconds(zone: string | undefined): number {
  const offset = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone ?? '');
  if (offset === null) return 0;
  const seconds = Number(offset[2]) * 3600 + Number(offset[3] ?? 0) * 60;
  return offset[1] === '-' ? -seconds : seconds;
}

function jsonText(text: string): string {
  try {
    return stringifyJson(parseJson(text));
  } catch {
    return text; // Not JSON: the service will refuse it.
  }
}

/** A collation may ignore case and blanks at the end; CHAR is padded with blanks. */
function stringText(text: string, type: string): string {
  const collation = /\bCOLLATE\s+(\S+)/i.exec(type)?.[1] ?? '';
  const kept = /_RTRIM\b|_RTRIM_/i.test(collation) || /^CHAR\b/i.test(type) ? text.replace(/(?<! ) +$/, '') : text;
  return /_(LCASE|CI)(_|$)/i.test(collation) ? kept.toLowerCase() : kept;
}
