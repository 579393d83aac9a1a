import type { Context } from '../store/context.ts';
import { newId } from '../store/ids.ts';
import { MAX_EVENTS } from './event-stream.ts';

/** What happens to triggers, approvals and runs of workflows; those of authentications are in event-stream.ts, and in the same stream. */
export const LIFE_EVENT_TYPES = [
  'trigger.failing',
  'trigger.recovered',
  'trigger.paused',
  'trigger.resumed',
  'trigger.stalled',
  'trigger.late',
  'trigger.on_time',
  'page.dead_lettered',
  'approval.requested',
  'schedule.skipped',
  'run.failed',
  'run.succeeded',
  'run.crashed',
] as const;

export type LifeEventType = (typeof LIFE_EVENT_TYPES)[number];

/** Adds an event to the tenant's stream and tells those who listen. */
export async function emitEvent(
  ctx: Context,
  tenant: string,
  event: { type: LifeEventType; data: Record<string, unknown> },
): Promise<void> {
  const text = eventText(ctx, event);
  await ctx.redis
    .multi()
    .xadd(ctx.keys.events(tenant), 'MAXLEN', '~', MAX_EVENTS, '*', 'event', text)
    .publish(ctx.keys.eventChannel(tenant), text)
    .exec();
}

/** One event as the stream holds it, with an id of its own. */
export function eventText(
  ctx: Pick<Context, 'clock'>,
  event: { type: LifeEventType; data: Record<string, unknown> },
): string {
  const now = ctx.clock.now();
  return JSON.stringify({
    id: newId('evt', now),
    type: event.type,
    timestamp: new Date(now).toISOString(),
    data: event.data,
  });
}
