import { ConnectorError } from '../../connector/errors.ts';

/**
 * How values of a cursor column travel: as SQL text into the result, as a position that people read, and back as a
 * statement parameter. A TIMESTAMP goes as microseconds, because its text depends on the session's time zone and says one
 * thing for two instants when clocks go back.
 */
export interface CursorValues {
  /** The statement parameter for a position's value. @throws ConnectorError ERR_CURSOR_COLUMN when it is none of this type */
  parameter(value: string): { value: string; type: string };
  /** The position's value for a text of the dialect's `cursorText`. */
  position(text: string): string;
}

const MICROS_PER_MS = 1000n;
const MICROS_PER_SECOND = 1_000_000n;
const MICRO_DIGITS = 6;
const TIME = /^(\d{4,6}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;
const INTEGER_TYPES = new Set(['BIGINT', 'INT', 'SMALLINT', 'TINYINT']);

export function cursorValues(type: string): CursorValues {
  if (type === 'TIMESTAMP') {
    return {
      parameter: (value) => ({ value: String(toMicros(value)), type: 'BIGINT' }),
      position: (text) => fromMicros(BigInt(text)),
    };
  }
  if (type === 'TIMESTAMP_NTZ') {
    return {
      parameter: (value) => ({ value: withoutZone(value), type }),
      position: withoutZone,
    };
  }
  return {
    parameter(value) {
      if (INTEGER_TYPES.has(type) && !/^-?\d+$/.test(value)) throw wrongValue(value, 'a whole number');
      if (type === 'DATE') return { value: isoDate(value), type };
      return { value, type };
    },
    position: (text) => text,
  };
}

/** Microseconds since 1970 of an ISO 8601 time; without an offset it is UTC. @throws ConnectorError ERR_CURSOR_COLUMN */
export function toMicros(text: string): bigint {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = TIME.exec(text.trim()) ?? [];
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${minutes}:${seconds}${normalZone(zone)}`);
  if (Number.isNaN(ms)) throw wrongValue(text, 'a time such as 2026-01-02T03:04:05.123456Z');
  return BigInt(ms) * MICROS_PER_MS + BigInt(fraction.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0'));
}

/** The time as text of always the same length, so that texts compare as times do. */
export function fromMicros(micros: bigint): string {
  const within = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const seconds = (micros - within) / MICROS_PER_SECOND;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${text}.${String(within).padStart(MICRO_DIGITS, '0')}Z`;
}

/** A time some seconds away from another; only for TIMESTAMP and TIMESTAMP_NTZ values. */
export function shifted(value: string, seconds: number): string {
  return fromMicros(toMicros(value) + BigInt(Math.round(seconds * 1e6)));
}

function withoutZone(text: string): string {
  return fromMicros(toMicros(text)).replace('T', ' ').slice(0, -'Z'.length);
}

function isoDate(text: string): string {
  const date = /^\d{4,6}-\d\d-\d\d/.exec(text.trim())?.[0];
  if (date === undefined || Number.isNaN(Date.parse(date))) throw wrongValue(text, 'a date such as 2026-01-02');
  return date;
}

function normalZone(zone: string): string {
  return zone.length === '+0100'.length ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
}

function wrongValue(value: string, wanted: string): ConnectorError {
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `"${value}" cannot be a value of the cursor column: it is not ${wanted}`,
    {
      hint: `Use ${wanted}, or set cursor_type to the type of the column.`,
      errors: [{ pointer: '/value', message: `is not ${wanted}` }],
    },
  );
}
