import { isSuspended } from '../access/tenant-cache.ts';
import { readEvents } from '../events/event-stream.ts';
import type { Context } from '../runs/context.ts';
import { tryItem } from '../store/each-item.ts';
import { derivedId } from '../store/ids.ts';
import { readRecordsEach, type Stored } from '../store/records.ts';
import { submitDelivery } from './deliveries.ts';
import { ALL_TENANTS, positionKey, WEBHOOK_ENDPOINT, type WebhookEndpoint } from './webhook-endpoints.ts';

/** Events of one look; more follow at once. */
const BATCH = 100;
/** Looked for without being told: a message of Redis' pub/sub may be missed. */
const EVERY_MS = 30_000;
/** The part of a worker that delivers events to webhook endpoints. */
export interface EventDelivery {
  /** There may be something new. */
  notify(): void;
  close(): Promise<void>;
}

/** Starts to look for events, one look at a time. */
export function startEventDelivery(ctx: Context): EventDelivery {
  let isClosed = false;
  let isWanted = false;
  let looking: Promise<void> | undefined;
  const look = async () => {
    while (isWanted && !isClosed) {
      isWanted = false;
      await deliverEvents(ctx).catch((error: unknown) => {
        ctx.log.warn({ err: error }, 'events could not be delivered and will be retried');
      });
    }
    looking = undefined;
  };
  const notify = () => {
    isWanted = true;
    looking ??= look();
  };
  const timer = setInterval(notify, EVERY_MS);
  timer.unref();
  return {
    notify,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await looking;
    },
  };
}

/**
 * Makes a run of core.webhook for every event that an endpoint has not received: it is signed, retried with backoff, kept as a
 * failed run that can be replayed, and seen like any other run. A run's id comes from endpoint and event, and the position moves
 * after the run is stored: killed in between, or done by several workers at once, an event makes one run. Returns how many
 * it handed over.
 */
export async function deliverEvents(ctx: Context): Promise<number> {
  const ids = await ctx.redis.zrange(ctx.keys.records(WEBHOOK_ENDPOINT, ALL_TENANTS), '0', '-1');
  let count = 0;
  for (const webhook of (await readRecordsEach<WebhookEndpoint>(ctx, WEBHOOK_ENDPOINT, ids)).items) {
    const item = webhook.value.id;
    count += (await tryItem(ctx, { loop: 'events', item }, () => deliverTo(ctx, webhook))) ?? 0;
  }
  return count;
}

async function deliverTo(ctx: Context, endpoint: Stored<WebhookEndpoint>): Promise<number> {
  const { value } = endpoint;
  if (value.is_paused === true || (await isSuspended(ctx, value.tenant))) return 0;
  const key = positionKey(ctx, value.id);
  let count = 0;
  for (let hasMore = true; hasMore; ) {
    const position = await ctx.redis.get(key);
    if (position === null) return count;
    const events = await readEvents(ctx, value.tenant, position, BATCH);
    hasMore = events.length > 0;
    for (const { event } of events) {
      if (value.types !== undefined && !value.types.includes(event.type)) continue;
      const id = derivedId('run', Date.parse(event.timestamp), [value.id, event.id]);
      await submitDelivery(ctx, endpoint, { event, id, trigger: 'event' });
      count += 1;
    }
    // XX: an endpoint that was deleted meanwhile leaves no key behind.
    if (events.length > 0) await ctx.redis.set(key, events.at(-1)!.position, 'XX');
  }
  return count;
}
