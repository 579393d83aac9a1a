import { MAX_LOOKED_AT } from '../store/filtered-list.ts';
import { timeOfId } from '../store/ids.ts';
import {
  DEFAULT_LIMIT,
  type IndexEntry,
  type ListPage,
  type PageRequest,
  positionOf,
  readIndex,
  readPosition,
} from '../store/list-pages.ts';
import { type Readable, readEach, type Unreadable, withUnreadable } from '../store/unreadable.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { SUMMARY_FIELDS } from './run-codec.ts';
import { isOfFailed, matches, type RunFilter } from './run-filter.ts';
import { type RunSource, sourceOf } from './run-sources.ts';
import { fromFields, readFieldsOf, toRun } from './runs.ts';

/** Records that are read at once for a filter that matches little; the first batch is of the page's size. */
const BATCH = 200;
const BATCH_GROWTH = 4;
/** Ids that are looked at alone are read in larger parts, and cost a small part of a record each. */
const ID_BATCH = 2000;
const ID_COST = 1 / 25;
/** The phases of a run that has not ended; those of an ended one are in its `end`. */
const TIMED_FIELDS = [...SUMMARY_FIELDS, 'phases'] as const;
/** Clocks of processes differ. */
const CLOCKS_MS = 60_000;

/** Which page of runs is wanted. */
type RunListRequest = PageRequest & { filter: RunFilter };

/**
 * The tenant's runs, newest first; those of a page that cannot be read, whatever the filter says. A page may hold fewer than `limit`
 * (also none) and still have a `next` when the filter matches little: the work of one call is bounded.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export function listRuns(ctx: Context, tenant: string, page: RunListRequest): Promise<ListPage<Run>> {
  return listWith(ctx, tenant, page, viewMany);
}

/** As `listRuns`, the runs with SUMMARY_FIELDS only; steps and items of one run also with where their time went. */
export function listSummaries(ctx: Context, tenant: string, page: RunListRequest): Promise<ListPage<Run>> {
  return listWith(ctx, tenant, page, page.filter.parent === undefined ? viewSummaries : viewTimed);
}

async function listWith(
  ctx: Context,
  tenant: string,
  { filter, limit = DEFAULT_LIMIT, after }: RunListRequest,
  view: typeof viewMany<Run>,
): Promise<ListPage<Run>> {
  const { id_prefix: prefix } = filter;
  const largest = Math.max(BATCH, limit + 1);
  // Most filters match most of what their index has: a page then needs no more than its own rows, and one that says that there are more.
  let batch = prefix === undefined ? limit + 1 : ID_BATCH;
  const read = await readerOf(ctx, tenant, filter);
  const runs: Run[] = [];
  const bad: Unreadable[] = [];
  let last = after;
  for (let seen = 0; seen < MAX_LOOKED_AT; ) {
    const entries = await read(last, batch);
    const ids = entries.map((entry) => entry.id).filter((id) => prefix === undefined || id.startsWith(prefix));
    const { items, unreadable = [] } = await view(ctx, ids, (run) => run);
    const records = new Map(items.map((run) => [run.id, run]));
    const failures = new Map(unreadable.map((each) => [each.id, each]));
    for (const entry of entries) {
      if (runs.length + bad.length >= limit) return { ...withUnreadable(runs, bad), next: last };
      last = positionOf(entry);
      const run = records.get(entry.id);
      if (failures.has(entry.id)) bad.push(failures.get(entry.id)!);
      if (run !== undefined && run.tenant === tenant && matches(run, filter)) runs.push(run);
    }
    seen += ids.length + (prefix === undefined ? 0 : entries.length * ID_COST);
    if (entries.length < batch) return withUnreadable(runs, bad);
    if (prefix === undefined) batch = Math.min(batch * BATCH_GROWTH, largest, MAX_LOOKED_AT - seen);
  }
  return { ...withUnreadable(runs, bad), next: last };
}

/** The child runs of a workflow run, in the order they were made. @throws ConnectorError ERR_RECORD_UNREADABLE */
export async function readMany(ctx: Context, ids: string[]): Promise<(Run | undefined)[]> {
  const fields = await readAll(ctx, ids);
  return ids.map((id, i) => toRun(id, fields[i]!));
}

/** Those of the runs that are there, as `view` shows them; one that cannot be read or shown hides no other. */
export async function viewMany<V>(
  ctx: Context,
  ids: readonly string[],
  view: (run: Run) => V | undefined,
): Promise<Readable<V>> {
  const fields = await readAll(ctx, ids);
  return viewEach(ctx, ids, (i) => toRun(ids[i]!, fields[i]!), view);
}

/** As `viewMany`, the runs with SUMMARY_FIELDS only. */
export async function viewSummaries<V>(
  ctx: Context,
  ids: readonly string[],
  view: (run: Run) => V | undefined,
): Promise<Readable<V>> {
  const values = await readFieldsOf(ctx, ids, SUMMARY_FIELDS);
  return viewEach(ctx, ids, (i) => fromFields(ids[i]!, SUMMARY_FIELDS, values[i]!), view);
}

async function viewTimed<V>(
  ctx: Context,
  ids: readonly string[],
  view: (run: Run) => V | undefined,
): Promise<Readable<V>> {
  const values = await readFieldsOf(ctx, ids, TIMED_FIELDS);
  return viewEach(ctx, ids, (i) => fromFields(ids[i]!, TIMED_FIELDS, values[i]!), view);
}

function viewEach<V>(
  ctx: Context,
  ids: readonly string[],
  runAt: (index: number) => Run | undefined,
  view: (run: Run) => V | undefined,
): Readable<V> {
  return readEach(ctx, 'run', {
    records: ids.map((id, index) => ({ id, index })),
    idOf: ({ id }) => id,
    read({ index }) {
      const run = runAt(index);
      return run === undefined ? undefined : view(run);
    },
  });
}

async function readAll(ctx: Context, ids: readonly string[]): Promise<Record<string, string>[]> {
  if (ids.length === 0) return [];
  const pipeline = ctx.redis.pipeline();
  for (const id of ids) pipeline.hgetall(ctx.keys.run(id));
  return ((await pipeline.exec()) ?? []).map(([error, fields]) => {
    if (error) throw error;
    return fields as Record<string, string>;
  });
}

function indexFor(ctx: Context, tenant: string, filter: RunFilter): string {
  if (filter.workflow !== undefined) return ctx.keys.workflowRuns(filter.workflow);
  if (isOfFailed(filter)) return ctx.keys.failedRuns(tenant);
  return ctx.keys.runs(tenant);
}

type ReadEntries = (after: string | undefined, limit: number) => Promise<IndexEntry[]>;

/** How the entries of a list are read: by time, or from the record that names them. */
async function readerOf(ctx: Context, tenant: string, filter: RunFilter): Promise<ReadEntries> {
  const source = await sourceOf(ctx, tenant, filter);
  if (source !== undefined) return (after, limit) => readSource(source, after, limit);
  const index = indexFor(ctx, tenant, filter);
  const oldest = filter.id_prefix === undefined ? undefined : earliestOf(filter.id_prefix);
  const min = Math.max(filter.from ?? 0, oldest ?? 0);
  const times = { ...(min > 0 && { min }), ...(filter.to !== undefined && { max: filter.to }) };
  return (after, limit) => readIndex(ctx, index, { after, limit, ...times });
}

/** A place in a source is the `score` of a position. */
async function readSource(source: RunSource, after: string | undefined, limit: number): Promise<IndexEntry[]> {
  const last = after === undefined ? undefined : readPosition(after).score;
  const found = await source(last, limit);
  return found.map(({ id, at }) => ({ id, score: at }));
}

/** No run with such an id was created before: ids begin with a time that is not after their creation. */
function earliestOf(prefix: string): number {
  return timeOfId(`${prefix}000000000`) - CLOCKS_MS;
}
