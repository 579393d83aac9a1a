import { type AuthEvent, type AuthEventType, MAX_EVENTS } from '../../events/event-stream.ts';
import { newId } from '../../store/ids.ts';
import type { Write } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { type AuthenticationRecord, type AuthenticationStatus, statusOf } from './authentication-record.ts';

/** The writes that emit an event, to be in the transaction of the change itself: neither happens without the other. */
export function authEventWrites(
  ctx: Pick<Context, 'keys' | 'clock'>,
  event: { type: AuthEventType; record: AuthenticationRecord; previous?: AuthenticationStatus },
): Write[] {
  const { record } = event;
  const now = ctx.clock.now();
  const body: AuthEvent = {
    id: newId('evt', now),
    type: event.type,
    timestamp: new Date(now).toISOString(),
    data: {
      authentication: record.id,
      linked_account: record.linked_account,
      name: record.name,
      kind: record.kind,
      status: statusOf(record, now),
      ...(event.previous === undefined ? {} : { previous_status: event.previous }),
      ...(record.status_reason === undefined ? {} : { reason: record.status_reason }),
      ...(record.expires_at === undefined ? {} : { expires_at: new Date(record.expires_at).toISOString() }),
    },
  };
  const text = JSON.stringify(body);
  return [
    ['XADD', ctx.keys.events(record.tenant), 'MAXLEN', '~', MAX_EVENTS, '*', 'event', text],
    ['PUBLISH', ctx.keys.eventChannel(record.tenant), text],
  ];
}
