import type { Page, TriggerEvent } from '../position.ts';
import type { Poll } from '../source.ts';
import { shifted } from './cursor-values.ts';
import type { Keyset } from './keyset.ts';
import { forget, keepBegin, openMemory } from './lookback.ts';
import { keptSize } from './page-size.ts';
import { keptIdentity } from './table-identity.ts';
import { comparePlaces, dataOf, place, type Row, toEvent } from './table-rows.ts';

/** A page of a look back: what is remembered of it was given already. */
export function lookbackPage(
  page: Row[],
  more: boolean,
  of: { poll: Poll; keyset: Keyset; types: string[]; lookback: number },
): Page {
  const { poll, keyset, types, lookback } = of;
  const memory = openMemory(poll.memory);
  const events: TriggerEvent[] = [];
  for (const row of page) {
    const next = toEvent(row, poll.owner);
    if (memory.has(next.id)) continue;
    memory.set(next.id, row.value);
    events.push(next);
  }
  const last = page.at(-1);
  const before = poll.position;
  const isAhead = last !== undefined && (before?.value == null || comparePlaces(keyset, place(last), before) > 0);
  const top = isAhead ? place(last) : before;
  const changed = events.length > 0 || more || before?.at?.value !== undefined;
  if (top?.value == null || !changed) return { events, to: null, more: false };
  const oldest = shifted(top.value, -lookback);
  const at = {
    types: JSON.stringify(types),
    ...keptIdentity(before),
    ...keptSize(before, more, { rows: dataOf(page), input: poll.input }),
    ...(more ? { value: last!.value, key: last!.key } : {}),
    ...keepBegin(before?.at, oldest),
  };
  return { events, to: { value: top.value, key: top.key, at }, more, memory: forget(memory, oldest) };
}
