import { stringifyAtEdge } from '../connector/json.ts';
import type { FedChange } from '../engine/runs/change-feed.ts';
import { isEnded, type Run } from '../engine/runs/run.ts';
import { isListed, type RunFilter } from '../engine/runs/run-filter.ts';
import { viewSummaries } from '../engine/runs/run-list.ts';
import { showSummary } from '../engine/runs/run-view.ts';
import { eventText } from './http/event-stream.ts';
import {
  eventOf,
  LIVE_ANSWERS,
  LIVE_HEADERS,
  LIVE_QUERY,
  LIVE_TEXT,
  type LiveQuery,
  liveList,
} from './http/live-list.ts';
import { type Route, route } from './http/route.ts';
import type { Serving } from './http/serving.ts';
import { type FilterQuery, filterOf, RUN_FILTER } from './runs.ts';

/** A run as a live list needs it: what filters look at, and what is sent. */
interface LiveRun {
  run: Run;
  json: string;
}

/** `/v1/runs/events`: the list of runs as it changes, as server-sent events. */
export function runListEventRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route<FilterQuery & LiveQuery>({
      method: 'GET',
      path: '/v1/runs/events',
      operation: 'watch_runs',
      failures: [404],
      tag: 'Runs',
      summary: 'Stream runs as they are created and change.',
      description: `Server-sent events named \`run\`, each with a run as GET /v1/runs lists it. Accepts the same filters. With a \`status\` that is not final, a run that no longer has it is sent as \`left\`, with its \`id\` and \`status\`. Deletions are not sent. ${LIVE_TEXT}`,
      query: { ...RUN_FILTER, ...LIVE_QUERY },
      requestHeaders: LIVE_HEADERS,
      isStream: true,
      answers: LIVE_ANSWERS,
      async handle(call) {
        const { tenant } = call.caller;
        const filter = await filterOf(ctx, tenant, call.query);
        const owner = filter.parent ?? tenant;
        const feed = () => serving.feed(owner, (ids) => loadRuns(serving, ids));
        return liveList(serving, call, { owner, feed, textOf: (change) => textOf(change, { tenant, filter }) });
      },
    }),
  ];
}

async function loadRuns({ ctx }: Serving, ids: readonly string[]): Promise<(LiveRun | undefined)[]> {
  const { items } = await viewSummaries(ctx, ids, (run) => ({
    // What may be large in it is in nothing that is sent or filtered by.
    run: { ...run, input: null, output: undefined, state: undefined } as Run,
    json: stringifyAtEdge(showSummary(run)),
  }));
  const known = new Map(items.map((item) => [item.run.id, item]));
  return ids.map((id) => known.get(id));
}

function textOf(
  { position, item }: FedChange<LiveRun>,
  { tenant, filter }: { tenant: string; filter: RunFilter },
): string {
  // A poll or a lookup, or gone.
  if (item === undefined || item.run.tenant !== tenant) return '';
  const { run, json } = item;
  if (isListed(run, filter)) return eventText({ name: 'run', id: position, data: json });
  const { status, ...others } = filter;
  if (status === undefined || isEnded(status) || !isListed(run, others)) return '';
  return eventOf('left', position, { id: run.id, status: run.status });
}
