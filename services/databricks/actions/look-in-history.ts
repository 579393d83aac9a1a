import type { ActionCall, Io } from '../../../actions/call.ts';
import type { Action } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath } from '../../../connector/template.ts';
import { carriesTag, QUERY_TAG } from './effect.ts';

/** The run is over but for this; an operator can look, too. */
const TIMEOUT_MS = 10_000;
const PAGE = 100;
const MAX_PAGES = 3;
/** The clock of the service may be behind ours. */
const SKEW_MS = 60_000;

/**
 * Whether the query history shows a statement whose answer was lost, as a sentence for an operator. Undefined where there is nothing to
 * look for, or the history cannot be read.
 */
export async function lookInHistory(
  run: { action: Action; call: ActionCall; io: Io },
  sentAt: number,
): Promise<string | undefined> {
  const { action, call, io } = run;
  if (!carriesTag(action, call.input)) return undefined;
  try {
    const found = await findTagged(call, io, sentAt);
    if (found === undefined) return 'The query history does not show it yet. Check again in a minute.';
    const { query_id, status } = found;
    return `The query history shows it: query ${query_id}, ${status}. It ran, so check its effect before you run it again.`;
  } catch {
    // Whatever keeps the history from being read (rights, the outage itself, a cancel), what is to be done has been said.
    return undefined;
  }
}

async function findTagged(
  call: ActionCall,
  io: Io,
  sentAt: number,
): Promise<{ query_id: unknown; status: unknown } | undefined> {
  const { warehouse_id } = (call.input ?? {}) as { warehouse_id?: string };
  const filter_by = {
    query_start_time_range: { start_time_ms: Math.max(0, sentAt - SKEW_MS) },
    ...(warehouse_id === undefined ? {} : { warehouse_ids: [warehouse_id] }),
  };
  let page_token: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const input = { filter_by, max_results: PAGE, ...(page_token === undefined ? {} : { page_token }) };
    const request = buildRequest({ method: 'GET', path: '/api/2.0/sql/history/queries', query: '*' }, { input });
    const { body } = await io.send({ ...request, timeoutMs: TIMEOUT_MS }, 'poll');
    const queries = (readPath(body, 'res') ?? []) as { query_id: unknown; status: unknown; query_tags?: unknown }[];
    const found = queries.find(({ query_tags }) => isTagged(query_tags, call.run.id));
    if (found !== undefined) return found;
    page_token = readPath(body, 'next_page_token');
    if (page_token === undefined) return undefined;
  }
  return undefined;
}

function isTagged(tags: unknown, run: string): boolean {
  return (
    Array.isArray(tags) && tags.some((tag) => readPath(tag, 'key') === QUERY_TAG && readPath(tag, 'value') === run)
  );
}
