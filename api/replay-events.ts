import { stringifyAtEdge } from '../connector/json.ts';
import { replaysOf } from '../engine/replay/bulk-replay-results.ts';
import { viewBatches } from '../engine/replay/bulk-replays.ts';
import { eventText } from './http/event-stream.ts';
import { LIVE_ANSWERS, LIVE_HEADERS, LIVE_QUERY, LIVE_TEXT, type LiveQuery, liveList } from './http/live-list.ts';
import { type Route, route } from './http/route.ts';
import type { Serving } from './http/serving.ts';
import { summarizeReplay } from './replays.ts';

/** `/v1/replays/events`: bulk replays as they progress, as server-sent events. */
export function replayEventRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route<LiveQuery>({
      method: 'GET',
      path: '/v1/replays/events',
      operation: 'watch_bulk_replays',
      tag: 'Runs',
      summary: 'Stream bulk replays as they start, progress and end.',
      description: `Server-sent events named \`replay\`, each with a bulk replay as GET /v1/replays lists it. ${LIVE_TEXT}`,
      query: LIVE_QUERY,
      requestHeaders: LIVE_HEADERS,
      isStream: true,
      answers: LIVE_ANSWERS,
      handle(call) {
        const { tenant } = call.caller;
        const owner = replaysOf(tenant);
        const load = async (ids: readonly string[]) => {
          const known = new Map((await viewBatches(ctx, ids)).items.map((batch) => [batch.id, batch]));
          return ids.map((id) => {
            const batch = known.get(id);
            return batch?.tenant === tenant ? stringifyAtEdge(summarizeReplay(batch)) : undefined;
          });
        };
        return liveList<string>(serving, call, {
          owner,
          feed: () => serving.feed(owner, load),
          textOf: ({ position, item }) =>
            item === undefined ? '' : eventText({ name: 'replay', id: position, data: item }),
        });
      },
    }),
  ];
}
