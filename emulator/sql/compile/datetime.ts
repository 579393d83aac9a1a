import { SqlError, unsupported } from '../error.ts';
import { offsetOf } from './time-zone.ts';

const DATE_TEXT = /^([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ].*)?)?)?$/s;
const TIME_TEXT =
  /^(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ](?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9}))?)?)?)?\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?|[A-Z][A-Za-z]+\/[A-Za-z_/]+|[A-Z]{3,4})?)?$/;

/** `2024-01-31` from text that `CAST(… AS DATE)` takes, or undefined. */
export function dateText(text: string): string | undefined {
  const match = DATE_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const [, year = '', month = '1', day = '1'] = match;
  if (year.startsWith('-')) throw unsupported('dates before the year 0');
  return real(Number(year), Number(month), Number(day))
    ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    : undefined;
}

/** `2024-01-31 01:02:03.000004` in UTC from text that `CAST(… AS TIMESTAMP)` takes, or undefined; `zoneless` leaves a zone out. */
export function timestampText(text: string, zoneless = false): string | undefined {
  const match = TIME_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const [, year = '', month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction = '', zone = ''] = match;
  if (
    !real(Number(year), Number(month), Number(day)) ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 59
  )
    return undefined;
  const seconds =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) -
    (zoneless ? 0 : offsetOf(zone, year, month, day, hour));
  return `${new Date(seconds).toISOString().slice(0, 19).replace('T', ' ')}.${fraction.slice(0, 6).padEnd(6, '0')}`;
}

/** A timestamp from year, month, day, hour, minute, second and maybe a zone; 60 seconds are the next minute. */
export function makeTimestamp([
  year = '',
  month = '',
  day = '',
  hour = '',
  minute = '',
  second = '',
  zone = '',
]: string[]): string | undefined {
  const isNext = Number(second) === 60;
  const made = timestampText(
    `${year.padStart(4, '0')}-${month}-${day} ${hour}:${minute}:${isNext ? '59' : second}${zone === '' ? '' : ` ${zone}`}`,
  );
  if (made === undefined || !isNext) return made;
  const next = new Date(Date.parse(`${made.slice(0, 19).replace(' ', 'T')}Z`) + 1000).toISOString();
  return `${next.slice(0, 19).replace('T', ' ')}.000000`;
}

function real(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month, 0)).getUTCDate();
}

/** The text of a DATE literal. @throws SqlError INVALID_TYPED_LITERAL, or CAST_INVALID_INPUT where it was a cast */
export function literalDate(text: string, at: number): string {
  const found = dateText(text);
  if (found === undefined) throw castInvalid(text, 'DATE', at);
  return found;
}

export function literalTimestamp(text: string, zoneless: boolean, at: number): string {
  const found = timestampText(text, zoneless);
  if (found === undefined) throw castInvalid(text, zoneless ? 'TIMESTAMP_NTZ' : 'TIMESTAMP', at);
  return found;
}

/** A text that is no value of a type. */
export function castInvalid(text: string, type: string, at?: number): SqlError {
  return new SqlError(
    'CAST_INVALID_INPUT',
    '22018',
    `The value '${text}' of the type "STRING" cannot be cast to "${type}" because it is malformed. Correct the value as per the syntax, or change its target type. Use \`try_cast\` to tolerate malformed input and return NULL instead.`,
    at === undefined ? undefined : { offset: at, length: text.length },
  );
}
