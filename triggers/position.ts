import { hash } from 'node:crypto';

/**
 * How far a trigger has read. People see and set `value` and `key`; the rest belongs to the source that made it.
 */
export interface Position {
  /** Value of the cursor column, version of a table, place in a stream; `null` is before the first. */
  value: string | null;
  /** Among equal values; for composite keys a JSON list. `null`: everything at this value is before the position. */
  key: string | null;
  /** Where a source stands inside something larger than a page, such as a snapshot. */
  at?: { [name: string]: string };
  /** Fingerprint of what is read; a position of something else is refused. Left out in positions that people set. */
  of?: string;
}

/** One thing that is new. The id is the same whenever the same thing is read again. */
export interface TriggerEvent {
  id: string;
  data: unknown;
  /** Of sources that tell the two apart. */
  change?: 'new' | 'changed';
}

/** What is not delivered yet, as far as it is known. */
export interface Backlog {
  rows: number | null;
  /** Versions of a table. */
  versions: number | null;
  /** ISO 8601 time of the oldest that is not delivered; `null`: nothing is left, or its time is not known. */
  oldest: string | null;
  /** Rows that are held back because their cursor value is in the future. */
  future: number;
}

/** Everything was delivered. */
export const NO_BACKLOG: Backlog = { rows: 0, versions: 0, oldest: null, future: 0 };

/** What a source found after a position. */
export interface Page {
  events: TriggerEvent[];
  /** Where to read on once the events are delivered; `null`: nothing is to be written down. */
  to: Position | null;
  /** There is more: the next page is asked for at once. */
  more: boolean;
  /** What a source with a memory keeps together with `to`; left out, it stays as it is. */
  memory?: string;
  /** What is not delivered before and after these events are; left out, nothing new is known of it. */
  backlog?: { before: Backlog; after: Backlog };
  /** There may be more rows than `backlog` says. */
  hasMoreThanCounted?: boolean;
}

/** 128 bits of SHA-256 over owner, value and key, each with its length so that no two triples share a text. */
export function eventId(owner: string, value: string, key: string): string {
  const text = `${owner.length}:${owner}${value.length}:${value}${key.length}:${key}`;
  return `evt_${hash('sha256', text).slice(0, 32)}`;
}

/** A short text that is the same for equal JSON, whatever the order of its properties. */
export function fingerprint(value: unknown): string {
  return hash('sha256', canonical(value)).slice(0, 16);
}

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}
