/*
 * The events floor: the stream of a tenant's life-cycle events, how they are emitted and read. Who emits which is said
 * on the floors above; who they are delivered to, in engine/webhook-endpoints/. It touches the store alone.
 */

import type { Context } from '../store/context.ts';
import { isAfter } from './change-stream.ts';

/** What happens to an authentication. */
export const AUTH_EVENT_TYPES = [
  'authentication.created',
  'authentication.renewed',
  'authentication.expiring',
  'authentication.needs_reauth',
  'authentication.revoked',
  'authentication.deleted',
] as const;

export type AuthEventType = (typeof AUTH_EVENT_TYPES)[number];

/** One life-cycle event as it is delivered: no secret, nothing of the service's answers but a status reason. */
export interface AuthEvent {
  id: string;
  type: AuthEventType;
  /** RFC 3339. */
  timestamp: string;
  data: {
    authentication: string;
    linked_account: string;
    name: string;
    kind: string;
    status: string;
    previous_status?: string;
    reason?: string;
    /** RFC 3339; for a credential that ends by itself. */
    expires_at?: string;
  };
}

/** Entries kept per tenant; a consumer that was away for longer reads the objects themselves. */
export const MAX_EVENTS = 10_000;

/** Where the events stand now; those after it are new. */
export async function lastEventPosition(ctx: Pick<Context, 'redis' | 'keys'>, tenant: string): Promise<string> {
  const [last] = await ctx.redis.xrevrange(ctx.keys.events(tenant), '+', '-', 'COUNT', 1);
  return last?.[0] ?? '0';
}

/**
 * The oldest event that is kept, when some after the position are no longer; `undefined` when none is missing. The position `0` misses
 * none: it asks for what is kept.
 */
export async function oldestAfterLoss(
  { redis, keys }: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  after: string,
): Promise<string | undefined> {
  const key = keys.events(tenant);
  const [first] = await redis.xrange(key, '-', '+', 'COUNT', 1);
  if (/^0(-0)?$/.test(after) || first === undefined || !isAfter(first[0], after)) return undefined;
  // Streams lose their oldest entries first, so it is enough that any was lost.
  const info = (await redis.xinfo('STREAM', key)) as unknown[];
  const length = Number(info[info.indexOf('length') + 1]);
  const added = info.indexOf('entries-added');
  // Redis 6.2 does not count them; it keeps as many as are kept at most once some were lost.
  const hasLost = added === -1 ? length >= MAX_EVENTS : Number(info[added + 1]) > length;
  return hasLost ? first[0] : undefined;
}

/**
 * Events after a position (`0` for all that are kept), oldest first, each with the position to continue from. Entries
 * that cannot be read are passed by, so there may be fewer than `limit` though more follow; there are none only at the
 * end.
 */
export async function readEvents(
  ctx: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  after = '0',
  limit = 100,
): Promise<{ position: string; event: AuthEvent }[]> {
  for (let from = after; ; ) {
    const start = from === '0' ? '-' : `(${from}`;
    const entries = await ctx.redis.xrange(ctx.keys.events(tenant), start, '+', 'COUNT', limit);
    const events = entries.flatMap(([position, fields]) => {
      const event = parseEvent(fields[1]);
      return event === undefined ? [] : [{ position, event }];
    });
    if (events.length > 0 || entries.length < limit) return events;
    from = entries.at(-1)![0];
  }
}

/** The event of an entry; `undefined` when it cannot be read: a reader passes it by. */
export function parseEvent(text: string | undefined): AuthEvent | undefined {
  try {
    const event = JSON.parse(text ?? '') as AuthEvent;
    return typeof event?.type === 'string' && Number.isFinite(Date.parse(event.timestamp)) ? event : undefined;
  } catch {
    return undefined;
  }
}
