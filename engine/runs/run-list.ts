import { DEFAULT_LIMIT, type ListPage, type PageRequest, positionOf, readIndex } from '../store/list-pages.ts';
import { type Readable, readEach, type Unreadable, withUnreadable } from '../store/unreadable.ts';
import type { Context } from './context.ts';
import type { Run, RunStatus } from './run.ts';
import { causeOf } from './run-cause.ts';
import { toRun } from './runs.ts';

export interface RunFilter {
  status?: RunStatus;
  action?: string;
  workflow?: string;
  linked_account?: string;
  /** Code of the error. */
  code?: string;
  /** Only those that failed for this reason; see engine/runs/run-cause.ts. */
  cause?: string;
  /** Only those whose page was dead-lettered. */
  dead_letter?: true;
  /** Epoch ms, inclusive. */
  from?: number;
  to?: number;
}

/** Records looked at for one page of answers; a rare match is found over several pages, never by one long command. */
const SCAN_LIMIT = 2000;
const BATCH = 200;

/**
 * The tenant's runs, newest first; those of a page that cannot be read, whatever the filter says. A page may hold fewer than `limit`
 * (also none) and still have a `next` when the filter matches little: the work of one call is bounded.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export async function listRuns(
  ctx: Context,
  tenant: string,
  { filter, limit = DEFAULT_LIMIT, after }: PageRequest & { filter: RunFilter },
): Promise<ListPage<Run>> {
  const index = indexFor(ctx, tenant, filter);
  const times = {
    ...(filter.from !== undefined && { min: filter.from }),
    ...(filter.to !== undefined && { max: filter.to }),
  };
  const runs: Run[] = [];
  const bad: Unreadable[] = [];
  let last = after;
  for (let seen = 0; seen < SCAN_LIMIT; ) {
    const entries = await readIndex(ctx, index, { after: last, limit: BATCH, ...times });
    const ids = entries.map((entry) => entry.id);
    const { items, unreadable = [] } = await viewMany(ctx, ids, (run) => run);
    const records = new Map(items.map((run) => [run.id, run]));
    const failures = new Map(unreadable.map((each) => [each.id, each]));
    for (const entry of entries) {
      if (runs.length + bad.length >= limit) return { ...withUnreadable(runs, bad), next: last };
      last = positionOf(entry);
      const run = records.get(entry.id);
      if (failures.has(entry.id)) bad.push(failures.get(entry.id)!);
      if (run !== undefined && run.tenant === tenant && matches(run, filter)) runs.push(run);
    }
    seen += entries.length;
    if (entries.length < BATCH) return withUnreadable(runs, bad);
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
  return readEach(ctx, 'run', {
    records: ids.map((id, i) => ({ id, fields: fields[i]! })),
    idOf: ({ id }) => id,
    read(record) {
      const run = toRun(record.id, record.fields);
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

function matches(run: Run, filter: RunFilter): boolean {
  const failed = run.error?.step;
  return (
    run.purpose !== 'step' &&
    (filter.status === undefined || run.status === filter.status) &&
    (filter.action === undefined || run.action === filter.action || failed?.action === filter.action) &&
    (filter.workflow === undefined || run.workflow === filter.workflow) &&
    (filter.dead_letter === undefined || run.dead_letter === 'open') &&
    (filter.linked_account === undefined ||
      run.linked_account === filter.linked_account ||
      failed?.linked_account === filter.linked_account) &&
    (filter.code === undefined ||
      [run.error?.code, failed?.code, run.error?.upstream?.error_code].includes(filter.code)) &&
    (filter.cause === undefined || (run.status === 'failed' && causeOf(run).id === filter.cause))
  );
}

function indexFor(ctx: Context, tenant: string, filter: RunFilter): string {
  if (filter.workflow !== undefined) return ctx.keys.workflowRuns(filter.workflow);
  if (
    filter.status === 'failed' ||
    filter.code !== undefined ||
    filter.cause !== undefined ||
    filter.dead_letter === true
  )
    return ctx.keys.failedRuns(tenant);
  return ctx.keys.runs(tenant);
}
