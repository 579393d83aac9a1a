import type { ListManifest } from '../connector/manifest.ts';
import type { Outcome } from '../connector/outcome.ts';
import { type BuiltRequest, buildRequest } from '../connector/request.ts';
import { readPath } from '../connector/template.ts';

/** The active operations, as far as they were read. */
export interface ActiveOperations {
  ids: Set<string>;
  pages: number;
}

/** A list that is longer is not read to its end: what is not in the part that was read is asked for itself. */
const MAX_PAGES = 20;
/** Nor are more ids kept, or longer ones than any service gives. */
const MAX_IDS = 10_000;
const MAX_ID_LENGTH = 100;

/** Reads the list of all active operations. @throws ConnectorError as `send` does */
export async function readActive(
  list: ListManifest,
  account: unknown,
  send: (request: BuiltRequest) => Promise<Outcome>,
): Promise<ActiveOperations> {
  const ids = new Set<string>();
  let next: unknown;
  let pages = 0;
  do {
    const extra = next === undefined || list.param === undefined ? {} : { [list.param]: next };
    const { body } = await send(buildRequest(list.request, { account }, extra));
    pages += 1;
    const items = readPath(body, list.items);
    for (const item of Array.isArray(items) ? items : []) {
      const id = String(readPath(item, list.key));
      if (id.length <= MAX_ID_LENGTH && ids.size < MAX_IDS) ids.add(id);
    }
    const following = list.next === undefined ? undefined : readPath(body, list.next);
    if (following === next) break;
    next = following;
  } while (next !== undefined && next !== '' && pages < MAX_PAGES && ids.size < MAX_IDS);
  return { ids, pages };
}
