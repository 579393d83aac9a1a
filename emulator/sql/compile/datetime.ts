import { LRUCache } from 'lru-cache';
import { SqlError, unsupported } from '../error.ts';

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

function offsetOf(zone: string, year: string, month: string, day: string, hour: string): number {
  if (zone === '' || zone === 'Z' || zone === 'UTC' || zone === 'GMT') return 0;
  const match = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (match !== null) return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000;
  return zoneOffset(zone, Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)), true);
}

const FORMATS = new LRUCache<string, Intl.DateTimeFormat>({ max: 1000 });

/** Milliseconds that a zone is ahead of UTC at a time, which is UTC or, `local`, that of the zone. @throws SqlError INVALID_TIMEZONE */
export function zoneOffset(zone: string, millis: number, local = false): number {
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone);
  if (match !== null) return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000;
  if (['UTC', 'GMT', 'Z'].includes(zone)) return 0;
  let format = FORMATS.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      throw new SqlError(
        'INVALID_TIMEZONE',
        '22009',
        `The timezone: ${zone} is invalid. The timezone must be either a region-based zone ID or a zone offset.`,
      );
    }
    FORMATS.set(zone, format);
  }
  const ahead = (at: number) => {
    const parts = Object.fromEntries(
      (format as Intl.DateTimeFormat).formatToParts(at).map((part) => [part.type, Number(part.value)]),
    );
    return (
      Date.UTC(parts.year as number, (parts.month as number) - 1, parts.day, parts.hour, parts.minute, parts.second) -
      Math.floor(at / 1000) * 1000
    );
  };
  return local ? ahead(millis - ahead(millis)) : ahead(millis);
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

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

interface Piece {
  letter: string;
  count: number;
  text: string;
}

function pieces(pattern: string): Piece[] {
  const found: Piece[] = [];
  for (const match of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g)) {
    const [whole, quoted, letter] = match;
    if (letter !== undefined) found.push({ letter, count: whole.length, text: '' });
    else
      found.push({
        letter: '',
        count: 0,
        text: quoted === undefined ? whole : quoted === '' ? "'" : quoted.replaceAll("''", "'"),
      });
  }
  return found;
}

/** Formats `2024-01-31 01:02:03.000004` by one of Java's patterns. @throws SqlError for a letter that the emulator does not know */
export function formatTime(text: string, pattern: string): string {
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] =
    /^(-?\d+)-(\d+)-(\d+)(?: (\d+):(\d+):(\d+)(?:\.(\d+))?)?/.exec(text) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const pad = (value: number, count: number) => String(value).padStart(count, '0');
  return pieces(pattern)
    .map(({ letter, count, text: plain }) => {
      switch (letter) {
        case '':
          return plain;
        case 'y':
        case 'u':
          return count === 2 ? pad(Number(year) % 100, 2) : pad(Number(year), count);
        case 'M':
        case 'L':
          return count === 4
            ? (MONTHS[Number(month) - 1] as string)
            : count === 3
              ? (MONTHS[Number(month) - 1] as string).slice(0, 3)
              : pad(Number(month), count);
        case 'd':
          return pad(Number(day), count);
        case 'D':
          return pad(Math.round((date.getTime() - Date.UTC(Number(year), 0, 1)) / 86_400_000) + 1, count);
        case 'E':
          return count === 4 ? (DAYS[date.getUTCDay()] as string) : (DAYS[date.getUTCDay()] as string).slice(0, 3);
        case 'q':
        case 'Q': {
          const quarter = Math.ceil(Number(month) / 3);
          return count === 4
            ? `${quarter}${['st', 'nd', 'rd', 'th'][quarter - 1]} quarter`
            : count === 3
              ? `Q${quarter}`
              : pad(quarter, count);
        }
        case 'H':
          return pad(Number(hour), count);
        case 'k':
          return pad(Number(hour) || 24, count);
        case 'h':
          return pad(Number(hour) % 12 || 12, count);
        case 'K':
          return pad(Number(hour) % 12, count);
        case 'm':
          return pad(Number(minute), count);
        case 's':
          return pad(Number(second), count);
        case 'S':
          return fraction.padEnd(9, '0').slice(0, count);
        case 'a':
          return Number(hour) < 12 ? 'AM' : 'PM';
        case 'G':
          return 'AD';
        case 'V':
          return 'Etc/UTC';
        case 'z':
          return count === 4 ? 'Coordinated Universal Time' : 'UTC';
        case 'X':
          return 'Z';
        case 'x':
          return count === 1 ? '+00' : count % 2 === 0 ? '+0000' : '+00:00';
        case 'Z':
          return count === 4 ? 'GMT' : count === 5 ? 'Z' : '+0000';
        default:
          throw unknownLetter(letter, pattern);
      }
    })
    .join('');
}

/** Reads text by one of Java's patterns: `2024-01-31 01:02:03.000000` in UTC, or undefined when it does not fit. */
export function parseTime(text: string, pattern: string): string | undefined {
  const read: Record<string, string> = {};
  let source = '^';
  let group = 0;
  const all = pieces(pattern);
  for (const [index, { letter, count, text: plain }] of all.entries()) {
    const name = `g${group}`;
    group += 1;
    const adjacent = all[index + 1]?.letter !== undefined && all[index + 1]?.letter !== '';
    const digits = (most: number) => (count === 1 ? `\\d{1,${adjacent ? 1 : most}}` : `\\d{${count}}`);
    switch (letter) {
      case '':
        source += plain.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
        break;
      case 'y':
      case 'u':
        source += `(?<${name}>${count === 2 ? '\\d{2}' : count === 1 ? '\\d{1,6}' : `\\d{${count}}`})`;
        read[name] = count === 2 ? 'yy' : 'y';
        break;
      case 'M':
      case 'L':
        source += count >= 3 ? `(?<${name}>[A-Za-z]+)` : `(?<${name}>${digits(2)})`;
        read[name] = count >= 3 ? 'MMM' : 'M';
        break;
      case 'E':
        source += '[A-Za-z]+';
        break;
      case 'S':
        source += `(?<${name}>\\d{${count}})`;
        read[name] = 'S';
        break;
      case 'a':
        source += `(?<${name}>[AaPp][Mm])`;
        read[name] = 'a';
        break;
      case 'd':
      case 'D':
      case 'H':
      case 'h':
      case 'k':
      case 'K':
      case 'm':
      case 's':
        source += `(?<${name}>${digits(letter === 'D' ? 3 : 2)})`;
        read[name] = letter;
        break;
      case 'X':
      case 'x':
      case 'Z':
      case 'z':
      case 'V':
        source += `(?<${name}>Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?|[A-Z]\\w+/\\w+)`;
        read[name] = 'zone';
        break;
      default:
        throw unknownLetter(letter, pattern);
    }
  }
  const groups = new RegExp(`${source}$`).exec(text)?.groups;
  if (groups === undefined) return undefined;
  const value = (letter: string): string | undefined =>
    Object.entries(read)
      .filter(([, kind]) => kind === letter)
      .map(([name]) => groups[name])[0];
  const year = value('y') ?? (value('yy') === undefined ? '1970' : `20${value('yy')}`);
  const name = value('MMM')?.toLowerCase();
  const month =
    name === undefined
      ? (value('M') ?? '1')
      : String(MONTHS.findIndex((one) => one.toLowerCase() === name || one.slice(0, 3).toLowerCase() === name) + 1);
  const half = value('a')?.toLowerCase();
  const twelve = value('h') ?? value('K');
  const hour =
    twelve === undefined
      ? (value('H') ?? String(Number(value('k') ?? 0) % 24))
      : String((Number(twelve) % 12) + (half === 'pm' ? 12 : 0));
  let day = value('d') ?? '1';
  let of = month;
  if (value('D') !== undefined) {
    const date = new Date(Date.UTC(Number(year), 0, Number(value('D'))));
    [of, day] = [String(date.getUTCMonth() + 1), String(date.getUTCDate())];
  }
  return timestampText(
    `${year.padStart(4, '0')}-${of}-${day} ${hour}:${value('m') ?? '0'}:${value('s') ?? '0'}.${value('S') ?? '0'}${value('zone') ?? ''}`,
  );
}

function unknownLetter(letter: string, pattern: string): SqlError {
  if ('AcBCefIjJlnNoOpPrRtTUvwWYbg'.includes(letter) && !'nNAOBcefpFwWY'.includes(letter))
    return new SqlError(
      'INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER',
      '22007',
      `Unrecognized datetime pattern: ${pattern}. Illegal pattern character found in datetime pattern. Please provide legal pattern.`,
    );
  return unsupported(`the letter ${letter} in the pattern '${pattern}'`);
}
