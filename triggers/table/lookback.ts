import { ConnectorError } from '../../connector/errors.ts';
import type { Position } from '../position.ts';
import { toMicros } from './cursor-values.ts';

/** Of an event id; 64 bits keep two of a million apart with a chance of one in ten million. */
const MARK = { from: 'evt_'.length, to: 'evt_'.length + 16 };
/** About 6 MB, read and written with every page; a longer look back wants a lag instead. */
const MAX_ENTRIES = 200_000;

/** A position at which reading begins: a look back from it, and from later ones, ends there. */
export function beginAt(position: Position): Position {
  const { value, key } = position;
  return value === null ? position : { ...position, at: { begin: value, ...(key === null ? {} : { begin_key: key }) } };
}

/** Where reading began, as far as a look back may still reach it. */
export function beginOf({ at }: Position): Position | undefined {
  return at?.begin === undefined ? undefined : { value: at.begin, key: at.begin_key ?? null };
}

/** What of `at` says where reading began; nothing once no look back, the next being from `oldest`, reaches it. */
export function keepBegin(at: Position['at'], oldest: string): NonNullable<Position['at']> {
  if (at?.begin === undefined || toMicros(at.begin) < toMicros(oldest)) return {};
  return { begin: at.begin, ...(at.begin_key === undefined ? {} : { begin_key: at.begin_key }) };
}

/** The memory after its text; none is an empty one. Lookups take whole event ids. */
export function openMemory(text: string | null): {
  has(id: string): boolean;
  set(id: string, value: string): void;
  entries: Map<string, bigint>;
} {
  const entries = new Map<string, bigint>();
  for (const line of (text ?? '').split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) entries.set(line.slice(0, space), BigInt(line.slice(space + 1)));
  }
  const mark = (id: string) => id.slice(MARK.from, MARK.to);
  return {
    has: (id) => entries.has(mark(id)),
    set: (id, value) => void entries.set(mark(id), toMicros(value)),
    entries,
  };
}

/**
 * The text of a memory without what is older than `since`.
 * @throws ConnectorError ERR_CURSOR_COLUMN when too much is left
 */
export function forget(memory: ReturnType<typeof openMemory>, since: string): string {
  const oldest = toMicros(since);
  const lines: string[] = [];
  for (const [id, micros] of memory.entries) if (micros >= oldest) lines.push(`${id} ${micros}`);
  if (lines.length <= MAX_ENTRIES) return lines.join('\n');
  throw new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the look-back covers ${lines.length} rows; the limit is ${MAX_ENTRIES}`,
    {
      hint: 'Shorten lookback_seconds, or hold new rows back with lag_seconds instead.',
      errors: [{ pointer: '/trigger/input/lookback_seconds', message: `covers more than ${MAX_ENTRIES} rows` }],
    },
  );
}
