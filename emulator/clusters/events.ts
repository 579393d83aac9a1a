import { pageOf } from '../paging.ts';
import type { Answer } from '../router.ts';
import type { Workspace } from '../workspace.ts';

interface Event {
  cluster_id: string;
  timestamp: number;
  type: string;
}

/** What happened to clusters. */
export interface Events {
  add(cluster: string, type: string, timestamp: number): void;
  /** Answers `clusters/events`: newest first unless asked otherwise, with a ready-made `next_page` body. */
  list(cluster: string, request: Record<string, unknown>): Answer;
}

const PAGE = 50;
const MOST = 500;

/** Opens the event log of clusters; an event of the future, such as RUNNING, shows when its time has come. */
export function createEvents(workspace: Workspace): Events {
  const all = workspace.store.collection<Event>('cluster_events');
  return {
    add(cluster_id, type, timestamp) {
      all.put(String(all.size), { cluster_id, timestamp, type });
    },
    list(cluster, request) {
      const types = request.event_types as string[] | undefined;
      const end = Math.min(Number(request.end_time ?? Number.MAX_SAFE_INTEGER), workspace.now());
      const found = all
        .values()
        .filter(
          (event) =>
            event.cluster_id === cluster &&
            event.timestamp <= end &&
            event.timestamp >= Number(request.start_time ?? 0),
        )
        .filter((event) => types === undefined || types.includes(event.type))
        .sort((a, b) => a.timestamp - b.timestamp);
      if (request.order !== 'ASC') found.reverse();
      const { page_token, ...rest } = request;
      const size = Math.min(MOST, Number(request.page_size ?? request.limit ?? PAGE) || PAGE);
      const offset = Number(request.offset ?? 0);
      const { items, ...tokens } = pageOf(found, { list: `events ${cluster}`, token: page_token, size, offset });
      const more = offset + items.length < found.length && page_token === undefined;
      const next_page = more
        ? { next_page: { ...rest, cluster_id: cluster, offset: offset + items.length, limit: size } }
        : {};
      return { json: { events: items, total_count: found.length, ...next_page, ...tokens } };
    },
  };
}
