import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { listEvents, matchesEvent } from '../engine/events/event-list.ts';
import { AUTH_EVENT_TYPES, lastEventPosition, oldestAfterLoss, readEvents } from '../engine/events/event-stream.ts';
import { LIFE_EVENT_TYPES } from '../engine/events/life-events.ts';
import type { PageRequest } from '../engine/store/list-pages.ts';
import { isStreamId } from '../engine/store/stream-ids.ts';
import { eventStream, eventText } from './http/event-stream.ts';
import { answerPage } from './http/list-route.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, listOf, object, PAGING, type Paging, TEXT, TIME, TIME_FILTER, timesOf } from './http/schemas.ts';
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
    description:
      'Id of an event: the stream starts after it. `0` starts at the oldest stored event. Omit it for new events only.',
  },
  type: {
    title: 'Type',
    type: 'string',
    enum: [...AUTH_EVENT_TYPES, ...LIFE_EVENT_TYPES],
    description: 'Only events of this type.',
  },
  workflow: { title: 'Workflow', type: 'string', maxLength: 200, description: 'Only events about this workflow (id).' },
  linked_account: {
    title: 'Linked account',
    type: 'string',
    maxLength: 200,
    description: 'Only events about this linked account (id).',
  },
  authentication: {
    title: 'Authentication',
    type: 'string',
    maxLength: 200,
    description: 'Only events about this authentication (id).',
  },
  run: { title: 'Run', type: 'string', maxLength: 300, description: 'Only events about this run.' },
  ...TIME_FILTER,
  ...PAGING,
};

interface Query extends Paging {
  after?: string;
  type?: string;
  workflow?: string;
  linked_account?: string;
  authentication?: string;
  run?: string;
  from?: string;
  to?: string;
}

export const eventSchemas: JsonObject = {
  Event: object({ id: TEXT, type: TEXT, timestamp: TIME, data: ANY_OBJECT }),
};

/** `/v1/events`: what happens to authentications, triggers, approvals and runs of the tenant, as a stream or as a list. */
export function eventRoutes(serving: Serving): Route[] {
  const { ctx, watcher } = serving;
  return [
    route<Query>({
      method: 'GET',
      path: '/v1/events',
      operation: 'watch_events',
      tag: 'Events',
      summary: 'Stream or list the events of authentications, triggers, approvals and runs.',
      description:
        'By default, a stream of server-sent events named by their type, such as `authentication.needs_reauth`. Each carries JSON with `id`, `type`, `timestamp` and `data`. A client that reconnects misses none of the last 10,000 events. When some after its position are no longer kept, the first event is `reset`, with the `oldest` that is: the stream continues there. With `Accept: application/json`, a page of the stored events, newest first. Use `after` for the stream, `limit` and `cursor` for the list.',
      query: QUERY,
      requestHeaders: {
        Accept: '`application/json` for a list. Omit it for a stream.',
        'Last-Event-ID': 'Sent by a reconnecting browser; takes precedence over `after`.',
      },
      isStream: true,
      answers: {
        200: {
          description: 'A stream of events that stays open, or a page of events.',
          content: 'text/event-stream',
          json: listOf('Event'),
        },
      },
      async handle(call) {
        const { tenant } = call.caller;
        const { type, workflow, linked_account, authentication, run } = call.query;
        const filter = { type, workflow, linked_account, authentication, run, ...timesOf(call.query) };
        if (wantsJson(call.request.headers.accept)) {
          const read = (page: PageRequest) => listEvents(ctx, tenant, { ...filter, ...page });
          return { status: 200, body: await answerPage(call, 'watch_events', read) };
        }
        if (call.query.after !== undefined) requireStreamId('after', call.query.after);
        const seen = String(call.request.headers['last-event-id'] ?? '');
        if (seen !== '') requireStreamId('Last-Event-ID', seen);
        const from = seen === '' ? call.query.after : seen;
        let after = from ?? (await lastEventPosition(ctx, tenant));
        const oldest = from === undefined ? undefined : await oldestAfterLoss(ctx, tenant, from);
        let reset = oldest === undefined ? '' : resetText({ given: after, oldest });
        return eventStream(serving, call, {
          listen: (changed) => watcher().listenTo(ctx.keys.eventChannel(tenant), changed),
          async next() {
            let text = reset;
            reset = '';
            for (let isFull = true; isFull; ) {
              const events = await readEvents(ctx, tenant, after, BATCH);
              isFull = events.length > 0;
              for (const { position, event } of events) {
                after = position;
                if (!matchesEvent(event, filter)) continue;
                text += eventText({ name: event.type, id: position, data: JSON.stringify(event) });
              }
            }
            return { text, isLast: false };
          },
        });
      },
    }),
  ];
}

/** Tells a reader that was away for long; what is kept follows. Its id asks for that again, if the connection ends before. */
function resetText({ given, oldest }: { given: string; oldest: string }): string {
  const data = {
    oldest,
    message: `Some events after ${given} are no longer kept.`,
    hint: 'Read the objects themselves. The stream continues with "oldest", the oldest event that is kept.',
  };
  return eventText({ name: 'reset', id: '0', data: JSON.stringify(data) });
}

/** Only a request that names JSON and no stream wants a list: clients that ask for nothing in particular get the stream. */
function wantsJson(accept: string | undefined): boolean {
  return accept?.includes('application/json') === true && !accept.includes('text/event-stream');
}

/** @throws ConnectorError ERR_INPUT_INVALID */
function requireStreamId(name: string, given: string): void {
  if (isStreamId(given)) return;
  const message = 'must be the id of an event: one or two 64-bit integers';
  throw new ConnectorError('ERR_INPUT_INVALID', `${name} ${message}; got "${given.slice(0, 100)}"`, {
    hint: 'Send an event id from the stream or the list, or omit it.',
    errors: [{ pointer: `/${name}`, message }],
  });
}
