import type { JsonObject } from '../connector/manifest.ts';
import { lastEventPosition, readEvents } from '../engine/events/auth-events.ts';
import { eventStream, eventText } from './http/event-stream.ts';
import { type Route, route } from './http/route.ts';
import type { Serving } from './http/serving.ts';

/** Events of one look; more follow at once. */
const BATCH = 100;
const POSITION = '^\\d{1,20}(-\\d{1,20})?$';

const QUERY: JsonObject = {
  after: {
    title: 'After',
    type: 'string',
    pattern: POSITION,
    examples: ['0', '1784930400000-0'],
    description: 'Id of an event; those after it come first. `0` for all that are kept. Left out, only new ones come.',
  },
};

/** `/v1/events`: what happens to authentications, triggers and approvals of the tenant, as server-sent events. */
export function eventRoutes(serving: Serving): Route[] {
  const { ctx, watcher } = serving;
  return [
    route<{ after?: string }>({
      method: 'GET',
      path: '/v1/events',
      operation: 'watch_events',
      tag: 'Events',
      summary: 'Follow what happens to authentications, triggers and approvals.',
      description:
        'Server-sent events named by their type, such as `authentication.needs_reauth`, each with its JSON: `id`, `type`, `timestamp` and `data`. A browser that reconnects misses none of the last 10,000.',
      query: QUERY,
      requestHeaders: { 'Last-Event-ID': 'What a reconnecting browser sends; goes before `after`.' },
      isStream: true,
      answers: {
        200: { description: 'A stream of events that does not end by itself.', content: 'text/event-stream' },
      },
      async handle(call) {
        const { tenant } = call.caller;
        const seen = String(call.request.headers['last-event-id'] ?? '');
        const from = new RegExp(POSITION).test(seen) ? seen : call.query.after;
        let after = from ?? (await lastEventPosition(ctx, tenant));
        return eventStream(serving, call, {
          listen: (changed) => watcher().listenTo(ctx.keys.eventChannel(tenant), changed),
          async next() {
            let text = '';
            for (let isFull = true; isFull; ) {
              const events = await readEvents(ctx, tenant, after, BATCH);
              isFull = events.length === BATCH;
              for (const { position, event } of events) {
                text += eventText({ name: event.type, id: position, data: JSON.stringify(event) });
                after = position;
              }
            }
            return { text, isLast: false };
          },
        });
      },
    }),
  ];
}
