import { LRUCache } from 'lru-cache';
import { SqlError } from '../error.ts';

/** Milliseconds that the zone of a text is ahead of UTC at a local hour. */
export function offsetOf(zone: string, year: string, month: string, day: string, hour: string): number {
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
