import type { Context } from '../store/context.ts';
import { DEFAULT_LIMIT, type ListPage, notAPosition, type PageRequest } from '../store/list-pages.ts';
import { isStreamId } from '../store/stream-ids.ts';
import { type Unreadable, unreadable, withUnreadable } from '../store/unreadable.ts';
import { type AuthEvent, parseEvent } from './event-stream.ts';

/** Entries of one read; the stream holds 10,000. */
const BATCH = 500;

/** Which events are meant; fields that are left out match all. */
export interface EventFilter {
  type?: string | undefined;
  /** What the event is about, by id. */
  workflow?: string | undefined;
  linked_account?: string | undefined;
  authentication?: string | undefined;
  run?: string | undefined;
  /** Epoch ms, inclusive. */
  from?: number | undefined;
  to?: number | undefined;
}

/** Whether an event is meant. */
export function matchesEvent({ type, timestamp, data }: AuthEvent, filter: EventFilter): boolean {
  const about = data as unknown as Record<string, unknown>;
  const time = Date.parse(timestamp);
  return (
    (filter.type === undefined || type === filter.type) &&
    (filter.workflow === undefined || about.workflow === filter.workflow) &&
    (filter.linked_account === undefined || about.linked_account === filter.linked_account) &&
    (filter.authentication === undefined || about.authentication === filter.authentication) &&
    (filter.run === undefined || about.run === filter.run || about.last_run === filter.run) &&
    (filter.from === undefined || time >= filter.from) &&
    (filter.to === undefined || time <= filter.to)
  );
}

/**
 * The tenant's events that are kept, newest first, those that the filter means.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export async function listEvents(
  ctx: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  { limit = DEFAULT_LIMIT, after, ...filter }: PageRequest & EventFilter,
): Promise<ListPage<AuthEvent>> {
  if (after !== undefined && !isStreamId(after)) throw notAPosition();
  const events: AuthEvent[] = [];
  const bad: Unreadable[] = [];
  let before = after;
  for (;;) {
    const end = before === undefined ? '+' : `(${before}`;
    const entries = await ctx.redis.xrevrange(ctx.keys.events(tenant), end, '-', 'COUNT', BATCH);
    for (const [position, fields] of entries) {
      if (events.length + bad.length === limit) return { ...withUnreadable(events, bad), next: before };
      const event = parseEvent(fields[1]);
      before = position;
      if (event === undefined) {
        const { message } = unreadable('event', position, new SyntaxError());
        bad.push({ id: position, code: 'ERR_RECORD_UNREADABLE', message });
      } else if (matchesEvent(event, filter)) events.push(event);
    }
    if (entries.length < BATCH) return withUnreadable(events, bad);
  }
}
