import type { Context } from '../store/context.ts';
import { type Unreadable, unreadable } from '../store/unreadable.ts';
import { type AuthEvent, parseEvent } from './event-stream.ts';

/** Entries of one read; the stream holds 10,000. */
const BATCH = 500;

/** One event of the tenant, with its position in the stream. */
export interface ListedEvent {
  position: string;
  event: AuthEvent;
}

/**
 * The tenant's events that are kept, newest first, of one type where it is named. `cursor`: position after which to continue.
 */
export async function listEvents(
  ctx: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  request: { type?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<{ events: ListedEvent[]; unreadable?: Unreadable[]; next_cursor: string | null }> {
  const { type, limit, cursor } = request;
  const events: ListedEvent[] = [];
  const bad: Unreadable[] = [];
  const page = (next_cursor: string | null) => ({
    events,
    ...(bad.length === 0 ? {} : { unreadable: bad }),
    next_cursor,
  });
  let before = cursor;
  for (;;) {
    const end = before === undefined ? '+' : `(${before}`;
    const entries = await ctx.redis.xrevrange(ctx.keys.events(tenant), end, '-', 'COUNT', BATCH);
    for (const [position, fields] of entries) {
      const event = parseEvent(fields[1]);
      before = position;
      if (event === undefined) {
        const { message } = unreadable('event', position, new SyntaxError());
        bad.push({ id: position, code: 'ERR_RECORD_UNREADABLE', message });
        continue;
      }
      if (type !== undefined && event.type !== type) continue;
      events.push({ position, event });
      if (events.length === limit) return page(position);
    }
    if (entries.length < BATCH) return page(null);
  }
}
