import type { Json, JsonObject } from '../../../connector/manifest.ts';
import { eventId, type TriggerEvent } from '../../../triggers/position.ts';

/** One row of a change data feed. */
export interface Change {
  type: string;
  version: string;
  timestamp: Json;
  /** JSON list of the key columns' texts. */
  key: string;
  rank: number;
  row: JsonObject;
}

/** Order of the rows that one commit holds for one key: what was there goes before what came. */
export const CHANGE_RANK = { update_preimage: 0, update_postimage: 1, delete: 2, insert: 3 } as const;

/**
 * The events of a page of changes in the order of version, key and rank: the two images of an update become one event.
 * An update that changed the key itself has its images apart, and is a delete of the one and an insert of the other.
 * `last` is the last row that went into an event; a first image whose second may be on the next page waits for it.
 */
export function pairChanges(
  changes: Change[],
  page: { size: number; asked: number; owner: string },
): { events: TriggerEvent[]; last: Change | undefined; more: boolean } {
  const events: TriggerEvent[] = [];
  const mayHaveMore = changes.length === page.asked;
  let last: Change | undefined;
  let i = 0;
  while (i < changes.length && i < page.size) {
    const change = changes[i]!;
    const next = changes[i + 1];
    if (change.type === 'update_preimage') {
      if (next === undefined && mayHaveMore) break;
      if (isAfterImage(next, change)) {
        events.push(toEvent(next!, page.owner, { type: 'update', before: change.row, after: next!.row }));
        last = next;
        i += 2;
        continue;
      }
    }
    const isGoing = change.type === 'delete' || change.type === 'update_preimage';
    events.push(
      toEvent(change, page.owner, {
        type: isGoing ? 'delete' : 'insert',
        before: isGoing ? change.row : null,
        after: isGoing ? null : change.row,
      }),
    );
    last = change;
    i += 1;
  }
  return { events, last, more: i < changes.length };
}

function isAfterImage(next: Change | undefined, change: Change): boolean {
  return next?.type === 'update_postimage' && next.version === change.version && next.key === change.key;
}

function toEvent(
  change: Change,
  owner: string,
  what: { type: string; before: JsonObject | null; after: JsonObject | null },
): TriggerEvent {
  return {
    id: eventId(owner, change.version, `${what.type}:${change.key}`),
    data: {
      change_type: what.type,
      before: what.before,
      after: what.after,
      commit_version: change.version,
      commit_timestamp: change.timestamp,
    },
  };
}
