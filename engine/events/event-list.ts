import type { Context } from '../store/context.ts';
import { DEFAULT_LIMIT, type ListPage, notAPosition, type PageRequest } from '../store/list-pages.ts';
import { isStreamId } from '../store/stream-ids.ts';
import { type Unreadable, unreadable, withUnreadable } from '../store/unreadable.ts';
import { type AuthEvent, parseEvent } from './event-stream.ts';

/** Entries of one read; the stream holds 10,000. */
const BATCH = 500;

/**
 * The tenant's events that are kept, newest first, of one type where it is named.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export async function listEvents(
  ctx: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  { type, limit = DEFAULT_LIMIT, after }: PageRequest & { type?: string | undefined },
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
      } else if (type === undefined || event.type === type) events.push(event);
    }
    if (entries.length < BATCH) return withUnreadable(events, bad);
  }
}
