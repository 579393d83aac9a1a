import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { keepChanges } from '../../engine/events/change-stream.ts';
import type { ChangeFeed, FedChange } from '../../engine/runs/change-feed.ts';
import { isStreamId } from '../../engine/store/stream-ids.ts';
import { eventStream, eventText } from './event-stream.ts';
import type { Answer, AnswerDoc, Call } from './route.ts';
import type { Serving } from './serving.ts';

/** Where a live list begins; a query parameter beside the filters of the list. */
export const LIVE_QUERY: JsonObject = {
  after: {
    title: 'After',
    type: 'string',
    pattern: '^\\d{1,20}(-\\d{1,20})?$',
    examples: ['1784930400000-0'],
    description: 'Id of an event of this stream: continue after it. Omit it for changes from now on.',
  },
};

/** What LIVE_QUERY lets through. */
export interface LiveQuery {
  after?: string;
}

export const LIVE_HEADERS = {
  'Last-Event-ID': 'Sent by a reconnecting browser; takes precedence over `after`.',
} as const;

export const LIVE_ANSWERS: Record<string, AnswerDoc> = {
  200: { description: 'A stream of events that stays open.', content: 'text/event-stream' },
};

/** How every live list behaves, for the description of its route. */
export const LIVE_TEXT =
  'The first event is `ready`: changes after it are sent, so load the list once it has arrived. Changes that follow each other within a moment are combined; the last state is always sent, and can be sent twice. A client that reconnects with `Last-Event-ID` misses nothing for ten minutes and 10,000 changes. After that, the first event is `reset`, with the `position` that the stream continues from: load the list again. Comments and bare ids keep the connection open and the id current.';

/**
 * The stream of the changes of one owner. `textOf` gives the events of a change, empty for one that the listener has not asked for.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none, ERR_QUOTA_BUSY for too many streams
 */
export function liveList<T>(
  serving: Serving,
  call: Call<LiveQuery>,
  live: { owner: string; feed: () => ChangeFeed<T>; textOf: (change: FedChange<T>) => string },
): Promise<Answer> {
  const { owner, textOf } = live;
  let position = beginOf(call);
  let told = position;
  let hasBegun = false;
  let feed: ChangeFeed<T> | undefined;
  return eventStream(serving, call, {
    // Not before: a feed goes with its last listener, and a request that is refused is none.
    listen(changed) {
      feed = live.feed();
      return feed.listen(changed);
    },
    // What was passed over moves the position as well, or a listener to rare changes would come back too late.
    idle() {
      const text = told === position ? '' : `id: ${position}\n\n`;
      told = position;
      return text;
    },
    async next() {
      if (!hasBegun) {
        hasBegun = true;
        // The stream of changes is there from here on. What is missed of an earlier one is read once the subscription stands.
        const { last } = await keepChanges(serving.ctx, owner);
        if (position !== undefined) return { text: '', isLast: false };
        position = last;
        told = last;
        return { text: eventOf('ready', last, { position }), isLast: false };
      }
      const fed = await feed!.after(position!);
      if ('missing' in fed) {
        const { last, oldest } = await keepChanges(serving.ctx, owner);
        const given = position;
        position = last;
        told = last;
        return { text: eventOf('reset', last, resetData({ given: given!, oldest, last })), isLast: false };
      }
      position = fed.position;
      return { text: fed.changes.map(textOf).join(''), isLast: false };
    },
  });
}

/** One event as text. */
export function eventOf(name: string, id: string, data: unknown): string {
  return eventText({ name, id, data: JSON.stringify(data) });
}

function resetData({ given, oldest, last }: { given: string; oldest: string; last: string }) {
  return {
    position: last,
    oldest,
    message: `Changes after ${given} are no longer kept.`,
    hint: 'Load the list again. The stream continues with changes after "position".',
  };
}

function beginOf({ query, request }: Call<LiveQuery>): string | undefined {
  const seen = String(request.headers['last-event-id'] ?? '');
  const given = seen === '' ? query.after : seen;
  if (given === undefined) return undefined;
  const name = seen === '' ? 'after' : 'Last-Event-ID';
  if (!isStreamId(given)) {
    const message = 'must be the id of an event: one or two 64-bit integers';
    throw new ConnectorError('ERR_INPUT_INVALID', `${name} ${message}; got "${given.slice(0, 100)}"`, {
      hint: 'Send the id of the last event of this stream, or omit it and load the list.',
      errors: [{ pointer: `/${name}`, message }],
    });
  }
  return given.includes('-') ? given : `${given}-0`;
}
