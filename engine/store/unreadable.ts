import { ConnectorError } from '../../connector/errors.ts';
import type { Meters } from './meters.ts';
import { isRedisUnavailable } from './redis.ts';

/** A stored record that cannot be read or shown, as lists tell of it. */
export interface Unreadable {
  id: string;
  code: 'ERR_RECORD_UNREADABLE';
  message: string;
}

/** What could be read, and what could not: it hides no neighbor, and is not hidden itself. */
export interface Readable<T> {
  items: T[];
  unreadable?: Unreadable[];
}

/** Thrown by what decodes a stored record: which field is not as it was written. */
export class UnreadableField extends Error {
  readonly field: string;

  constructor(field: string, why: string, cause?: unknown) {
    super(`its field "${field}" ${why}`, { cause });
    this.name = 'UnreadableField';
    this.field = field;
  }
}

/** The error of a stored record that cannot be read. The text of the record stays out of it: it may hold secrets. */
export function unreadable(kind: string, id: string, cause: unknown): ConnectorError {
  const why =
    cause instanceof UnreadableField
      ? cause.message
      : cause instanceof SyntaxError
        ? 'it is not valid JSON'
        : cause instanceof RangeError
          ? 'it contains a number that is not a valid time'
          : 'it does not have the expected structure';
  return new ConnectorError(
    'ERR_RECORD_UNREADABLE',
    `the stored ${kind.replaceAll('_', ' ')} "${id}" cannot be read: ${why}`,
    {
      hint: 'It was changed outside Penstock or written by an older version. Restore it from a backup, or delete it.',
      cause,
    },
  );
}

/** What `read` gives. @throws ConnectorError ERR_RECORD_UNREADABLE for whatever else than a ConnectorError it throws */
export function readOne<T>(kind: string, id: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ConnectorError ? error : unreadable(kind, id, error);
  }
}

/** The JSON of a stored record. @throws ConnectorError ERR_RECORD_UNREADABLE */
export function parseStored<T>(kind: string, id: string, text: string): T {
  return readOne(kind, id, () => JSON.parse(text) as T);
}

/** Reads or shows each of several records; those that cannot be are counted and told apart. `undefined` is left out. */
export function readEach<T, V>(
  ctx: { meters: Pick<Meters, 'count'> },
  kind: string,
  of: { records: readonly T[]; idOf: (record: T, index: number) => string; read: (record: T) => V | undefined },
): Readable<V> {
  const items: V[] = [];
  const bad: Unreadable[] = [];
  for (const [i, record] of of.records.entries()) {
    try {
      const value = of.read(record);
      if (value !== undefined) items.push(value);
    } catch (error) {
      if (isRedisUnavailable(error)) throw error;
      ctx.meters.count('penstock_unreadable_records_total', [kind]);
      const id = of.idOf(record, i);
      const { message } = error instanceof ConnectorError ? error : unreadable(kind, id, error);
      bad.push({ id, code: 'ERR_RECORD_UNREADABLE', message });
    }
  }
  return withUnreadable(items, bad);
}

/** A list with those of its records that could not be read; the property is there only when there are some. */
export function withUnreadable<T>(items: T[], ...found: (readonly Unreadable[] | undefined)[]): Readable<T> {
  const all = found.flatMap((each) => each ?? []);
  return all.length === 0 ? { items } : { items, unreadable: all };
}
