import { ConnectorError } from '../../connector/errors.ts';
import { type Readable, readEach, type Unreadable } from '../store/unreadable.ts';
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

export interface RunPage {
  runs: Run[];
  /** Runs of this page that cannot be read, whatever the filter says; left out when there are none. */
  unreadable?: Unreadable[];
  next_cursor: string | null;
}

/** Records looked at for one page of answers; a rare match is found over several pages, never by one long command. */
const SCAN_LIMIT = 2000;
const BATCH = 200;

/**
 * The tenant's runs, newest first. A page may hold fewer than `limit` (also none) and still have a `next_cursor`
 * when the filter matches little: the work of one call is bounded.
 * @throws ConnectorError ERR_INPUT_INVALID for a cursor that was not given out here.
 */
export async function listRuns(
  ctx: Context,
  tenant: string,
  request: { filter: RunFilter; limit: number; cursor?: string | undefined },
): Promise<RunPage> {
  const { filter, limit } = request;
  const index = indexFor(ctx, tenant, filter);
  const from = filter.from ?? '-inf';
  let position = request.cursor === undefined ? undefined : decodeCursor(request.cursor);
  const runs: Run[] = [];
  const bad: Unreadable[] = [];
  const page = (next_cursor: string | null): RunPage => ({
    runs,
    ...(bad.length === 0 ? {} : { unreadable: bad }),
    next_cursor,
  });
  for (let seen = 0; seen < SCAN_LIMIT; ) {
    const max = position === undefined ? (filter.to ?? '+inf') : position.score;
    const entries = await readEntries(ctx, index, { max, min: from, skip: position?.skip ?? 0, limit: BATCH });
    if (entries.length === 0) return page(null);
    const ids = entries.map((entry) => entry.id);
    const { items, unreadable = [] } = await viewMany(ctx, ids, (run) => run);
    const records = new Map(items.map((run) => [run.id, run]));
    const failures = new Map(unreadable.map((each) => [each.id, each]));
    for (const entry of entries) {
      position = advancePosition(position, entry.score);
      const run = records.get(entry.id);
      if (failures.has(entry.id)) bad.push(failures.get(entry.id)!);
      if (run !== undefined && run.tenant === tenant && matches(run, filter)) runs.push(run);
      if (runs.length + bad.length >= limit) return page(encodeCursor(position));
    }
    seen += entries.length;
    if (entries.length < BATCH) return page(null);
  }
  return page(position === undefined ? null : encodeCursor(position));
}

/**
 * One page of an index of runs by time, newest first.
 * @throws ConnectorError ERR_INPUT_INVALID for a cursor that was not given out here
 */
export async function scorePage(
  ctx: Context,
  index: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ entries: { id: string; score: number }[]; next_cursor: string | null }> {
  let position = cursor === undefined ? undefined : decodeCursor(cursor);
  const from = { max: position?.score ?? '+inf', min: '-inf', skip: position?.skip ?? 0, limit };
  const entries = await readEntries(ctx, index, from);
  for (const { score } of entries) position = advancePosition(position, score);
  return { entries, next_cursor: entries.length < limit ? null : encodeCursor(position!) };
}

/** Members with the score `max` were partly seen; they come again and the first `skip` are passed over. */
async function readEntries(
  ctx: Context,
  index: string,
  { max, min, skip, limit }: { max: number | string; min: number | string; skip: number; limit: number },
): Promise<{ id: string; score: number }[]> {
  return scored(await ctx.redis.zrevrangebyscore(index, max, min, 'WITHSCORES', 'LIMIT', skip, limit));
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

/** Where a listing stands: a score and how many members of that score were seen. */
interface Position {
  score: number;
  skip: number;
}

function advancePosition(position: Position | undefined, score: number): Position {
  return position !== undefined && position.score === score ? { score, skip: position.skip + 1 } : { score, skip: 1 };
}

function encodeCursor(position: Position): string {
  return Buffer.from(`${position.score}.${position.skip}`).toString('base64url');
}

function decodeCursor(cursor: string): Position {
  const [score, skip] = Buffer.from(cursor, 'base64url').toString().split('.').map(Number);
  if (!Number.isSafeInteger(score) || !Number.isSafeInteger(skip) || skip! < 0) {
    throw new ConnectorError('ERR_INPUT_INVALID', `cursor "${cursor}" is not valid for this list`, {
      hint: 'Send the next_cursor of the previous page, or omit it to start at the first page.',
      errors: [
        { pointer: '/cursor', message: 'is not a cursor of this list; send the next_cursor of the previous page' },
      ],
    });
  }
  return { score: score!, skip: skip! };
}

function scored(flat: string[]): { id: string; score: number }[] {
  const entries: { id: string; score: number }[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push({ id: flat[i]!, score: Number(flat[i + 1]) });
  return entries;
}
