import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { readListing } from '../../../actions/listing.ts';
import type { Action } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath } from '../../../connector/template.ts';

interface ListClustersInput {
  max_items: number;
  filter_by?: Record<string, unknown>;
  sort_by?: Record<string, unknown>;
  page_size?: number;
  page_token?: string;
}

const PATH = '/api/2.1/clusters/list';
const ACTIVE = ['PENDING', 'RUNNING', 'RESTARTING', 'RESIZING', 'TERMINATING'];
const SIZE = { param: 'page_size', most: 100 };

/**
 * The pinned clusters and those that are up. The service can ask for either but not for both, so these are two lists
 * joined by id; with a filter, an order or manual paging it is the service's one list.
 */
export async function advanceListClusters(
  _action: Action,
  call: ActionCall,
  _state: ActionState,
  io: Io,
): Promise<Step> {
  const { max_items: limit, filter_by, sort_by, page_size, page_token } = call.input as ListClustersInput;
  if (page_size !== undefined || page_token !== undefined) {
    const input = withoutMissing({ filter_by, sort_by, page_size, page_token });
    const { body } = await io.send(buildRequest({ method: 'GET', path: PATH, query: '*' }, { input }), 'start');
    const next = readPath(body, 'next_page_token');
    const clusters = readPath(body, 'clusters') ?? [];
    return { kind: 'done', output: { clusters, more: Boolean(next), ...(next ? { next_page_token: next } : {}) } };
  }
  const listing = (filter: unknown) => ({
    path: PATH,
    query: withoutMissing({ filter_by: filter, sort_by }),
    items: 'clusters',
    size: SIZE,
  });
  if (filter_by !== undefined || sort_by !== undefined) {
    const { items, more } = await readListing(io, listing(filter_by), limit);
    return { kind: 'done', output: { clusters: items, more } };
  }
  const pinned = await readListing(io, listing({ is_pinned: true }), limit);
  const active = await readListing(io, listing({ cluster_states: ACTIVE }), limit);
  const byId = new Map([...pinned.items, ...active.items].map((cluster) => [readPath(cluster, 'cluster_id'), cluster]));
  const clusters = [...byId.values()];
  return {
    kind: 'done',
    output: { clusters: clusters.slice(0, limit), more: pinned.more || active.more || clusters.length > limit },
  };
}

function withoutMissing(query: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
