const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;
/** 2001-09-09: smaller numbers are versions, counts, or seconds. */
const FIRST_MS = 1e12;
const DAY_MS = 86_400_000;

/** ISO 8601 time of what changes with an item, such as `last_modified`: a text of a time, or epoch ms. Null for what is neither. */
export function itemTime(value: unknown, now: number): string | null {
  if (typeof value === 'string' && ISO.test(value)) {
    const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(value);
    const ms = Date.parse(hasZone ? value : `${value.replace(' ', 'T')}Z`);
    return Number.isNaN(ms) ? null : new Date(ms).toISOString();
  }
  const isNumber = typeof value === 'number' || typeof value === 'bigint' || /^\d+$/.test(String(value));
  const ms = Number(value);
  return isNumber && ms >= FIRST_MS && ms <= now + DAY_MS ? new Date(ms).toISOString() : null;
}

/** The earliest of times; null when there is none. */
export function oldestOf(times: readonly (string | null)[]): string | null {
  return times.reduce((oldest, time) => (time !== null && (oldest === null || time < oldest) ? time : oldest), null);
}
