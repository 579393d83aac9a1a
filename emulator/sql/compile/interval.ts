import { SqlError } from '../error.ts';
import { intervalType } from '../spark-type.ts';
import type { Expr } from './ast.ts';

/** A unit of an interval, singular or plural. */
export const INTERVAL_UNIT = /^(?:YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?$/i;

const ORDER = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];
const MICROS: Record<string, number> = {
  WEEK: 604_800e6,
  DAY: 86_400e6,
  HOUR: 3_600e6,
  MINUTE: 60e6,
  SECOND: 1e6,
  MILLISECOND: 1000,
  MICROSECOND: 1,
};

/** DuckDB's text of the months of an interval of years and months. */
export const monthsOf = (sql: string): string => `(datepart('year', ${sql}) * 12 + datepart('month', ${sql}))`;
/** DuckDB's text of the microseconds of an interval of days and times. */
export const microsOf = (sql: string): string => `epoch_us(TIMESTAMP '1970-01-01' + ${sql})`;

interface Part {
  sign: string;
  value: string;
  unit: string;
  to?: string;
}

/**
 * The literal of an interval: its value is `months:micros`.
 * @throws SqlError INVALID_INTERVAL_FORMAT
 */
export function intervalLiteral(given: Part[], at: number): Expr {
  const parts = given.length === 1 && given[0]?.unit === '' ? split(given[0], at) : given;
  let months = 0;
  let micros = 0;
  const units: string[] = [];
  for (const part of parts) {
    const unit = singular(part.unit);
    if (part.to === undefined) {
      const number = Number(part.sign + part.value.trim());
      if (!Number.isFinite(number) || part.value.trim() === '') throw wrong(part.value, at);
      add(unit, number);
      units.push(unit);
    } else {
      const to = singular(part.to);
      range(part, unit, to);
      units.push(unit, to);
    }
  }
  const hasMonths = units.some((unit) => unit === 'YEAR' || unit === 'MONTH');
  const hasTime = units.some((unit) => unit !== 'YEAR' && unit !== 'MONTH');
  if (hasMonths && hasTime) throw wrong(given.map((part) => `${part.value} ${part.unit}`).join(' '), at);
  return { k: 'literal', type: intervalType(unitsText(units)), value: `${months}:${Math.round(micros)}`, at };

  function add(unit: string, number: number): void {
    if (unit === 'YEAR') months += number * 12;
    else if (unit === 'MONTH') months += number;
    else micros += number * (MICROS[unit] as number);
  }
  function range(part: Part, unit: string, to: string): void {
    const sign = (part.sign === '-') !== part.value.trim().startsWith('-') ? -1 : 1;
    const numbers = part.value.trim().replace(/^[+-]/, '').split(/[-: ]/).map(Number);
    const names = ORDER.slice(ORDER.indexOf(unit), ORDER.indexOf(to) + 1);
    if (numbers.length !== names.length || numbers.some(Number.isNaN)) throw wrong(part.value, at);
    for (const [index, name] of names.entries()) add(name, sign * (numbers[index] as number));
  }
}

function unitsText(units: string[]): string {
  const known = units.map((unit) =>
    unit === 'WEEK' ? 'DAY' : unit.endsWith('LLISECOND') || unit.endsWith('CROSECOND') ? 'SECOND' : unit,
  );
  const sorted = [...new Set(known)].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return sorted.length === 1 ? (sorted[0] as string) : `${sorted[0]} TO ${sorted.at(-1)}`;
}

function split(part: Part, at: number): Part[] {
  const found = [
    ...part.value
      .trim()
      .replace(/\s+/g, ' ')
      .matchAll(/([+-]?) ?(\d{1,19}(?:\.\d{1,19})?) ([a-zA-Z]+)/g),
  ];
  const matched = found
    .map((match) => match[0])
    .join('')
    .replaceAll(/\s/g, '');
  if (found.length === 0 || matched !== part.value.replace(/^\s*interval/i, '').replaceAll(/\s/g, ''))
    throw wrong(part.value, at);
  return found.map((match) => ({
    sign: match[1] === '-' || part.sign === '-' ? '-' : '',
    value: match[2] ?? '',
    unit: match[3] ?? '',
  }));
}

function singular(unit: string): string {
  if (!INTERVAL_UNIT.test(unit))
    throw new SqlError('PARSE_SYNTAX_ERROR', '42601', `Syntax error at or near '${unit}'.`);
  return unit.toUpperCase().replace(/S$/, '');
}

function wrong(text: string, at: number): SqlError {
  return new SqlError(
    'INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING',
    '22006',
    `Error parsing '${text}' to interval. Please ensure that the value provided is in a valid format for defining an interval.`,
    { offset: at, length: 8 },
  );
}
