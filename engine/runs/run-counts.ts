import type { Context } from './context.ts';
import type { Run, RunEnd } from './run.ts';

/*
 * How many runs were created in each minute, hour and day, and how they ended. A run is counted in the transaction that writes it,
 * again in the one that ends it, and taken out in the one that removes it (engine/store/lua/parts/counts.lua), so each is counted once
 * whatever dies in between. Runs of a tenant's list are counted; polls, lookups, steps and items are not.
 */

/** Seconds of a bucket. */
export const COUNT_BUCKETS = [60, 3600, 86_400] as const;
export type CountBucket = (typeof COUNT_BUCKETS)[number];

/** What runs can be counted by. */
export const COUNT_BY = ['status', 'code', 'action', 'workflow', 'linked_account'] as const;
export type CountBy = (typeof COUNT_BY)[number];

/** Counts of minutes are kept for a day and an hour, so that a day can be read at any time. */
export const MINUTES_KEPT_MS = 25 * 3_600_000;
const DAY_MS = 86_400_000;
/**
 * Counts of hours and days outlive the runs that they count. A run that ends within a day of its creation finds them kept for long enough;
 * any other prolongs them.
 */
const MARGIN_MS = 10 * DAY_MS;
/** A field of several lines begins at this; see counts.lua. */
const TOGETHER = 2 ** 40;

/** A field of a bucket, before the value; see counts.lua. */
const LETTERS: Readonly<Record<Exclude<CountBy, 'status'>, string>> = Object.freeze({
  code: 'c',
  action: 'a',
  workflow: 'w',
  linked_account: 'l',
});
const ENDED = ['succeeded', 'failed', 'canceled'] as const;

/** One bucket of an answer. */
export interface RunCount {
  /** Epoch ms. */
  at: number;
  total: number;
  counts: Record<string, number>;
  /** Runs whose value is none of `counts`, since a bucket keeps 500 values and no more than 750. */
  other: number;
}

/** The keys of the buckets that a run belongs to. */
export function bucketKeys({ keys }: Pick<Context, 'keys'>, run: Pick<Run, 'tenant' | 'created_at'>): string[] {
  return COUNT_BUCKETS.map((bucket) => keys.runCounts(run.tenant, bucket, startOf(run.created_at, bucket)));
}

/** Ms that buckets of minutes are kept for, and of hours and days. */
export function keepOfBuckets({ config }: Pick<Context, 'config'>): [number, number] {
  return [MINUTES_KEPT_MS, config.retentionMs + MARGIN_MS];
}

/** What a new run is counted by; empty for one that is not. */
export function countedAtStart(run: Pick<Run, 'trigger' | 'action' | 'workflow' | 'linked_account'>): string {
  // Runs of versions that did not count have no trigger.
  if (run.trigger === undefined) return '';
  const { action, workflow, linked_account } = run;
  const fields = Object.entries({ action, workflow, linked_account }).flatMap(([by, value]) =>
    value === undefined ? [] : [`${LETTERS[by as 'action']}|${value}`],
  );
  return ['t', ...fields].join('\n');
}

/** What its end is counted by. */
export function countedAtEnd(run: Pick<Run, 'trigger'>, { status, error }: Pick<RunEnd, 'status' | 'error'>): string {
  if (run.trigger === undefined) return '';
  const code = codeOf(error);
  return code === undefined ? status : `${status}\n${LETTERS.code}|${code}`;
}

/** All that an ended run was counted by: when it was written, and when it ended. */
export function countedInAll(run: Run): [atStart: string, atEnd: string] {
  const { status, error } = run;
  const isOver = status === 'succeeded' || status === 'failed' || status === 'canceled';
  return [countedAtStart(run), isOver ? countedAtEnd(run, { status, error } as RunEnd) : ''];
}

/** Ms that counts are kept for at least when a run ends now; '' when they are, as it was created within a day. */
export function keptAtEnd(run: Pick<Run, 'created_at'>, { now, runKeptMs }: { now: number; runKeptMs: number }) {
  return now - run.created_at < DAY_MS ? '' : runKeptMs + DAY_MS;
}

/** Counts of a tenant's runs that are kept, oldest bucket first; `from` and `to` in epoch ms, to be at the starts of buckets. Reads one hash each. */
export async function readRunCounts(
  { redis, keys }: Pick<Context, 'redis' | 'keys'>,
  tenant: string,
  { by, bucket, from, to }: { by: CountBy; bucket: CountBucket; from: number; to: number },
): Promise<RunCount[]> {
  const times: number[] = [];
  for (let at = from; at < to; at += bucket * 1000) times.push(at);
  // No pipeline: ioredis copies all commands into each, and those of one turn are written together anyway.
  const answers = await Promise.all(times.map((at) => redis.hgetall(keys.runCounts(tenant, bucket, at))));
  return answers.map((fields, i) => {
    const lines = countsOfLines(fields);
    return by === 'status' ? byStatus(times[i]!, lines) : byValue(times[i]!, LETTERS[by], lines);
  });
}

/** The start of the bucket that a time is in. */
export function startOf(at: number, bucket: CountBucket): number {
  return at - (at % (bucket * 1000));
}

/** What a bucket says of each line: the sum of the fields that have it. */
function countsOfLines(fields: Record<string, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [field, text] of Object.entries(fields)) {
    const lines = field.split('\n');
    const count = Number(text) - (lines.length > 1 ? TOGETHER : 0);
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + count);
  }
  return counts;
}

function byStatus(at: number, lines: ReadonlyMap<string, number>): RunCount {
  const countOf = (line: string) => Math.max(0, lines.get(line) ?? 0);
  const total = countOf('t');
  const counts: Record<string, number> = {};
  const unfinished = Math.max(0, total - ENDED.reduce((sum, status) => sum + countOf(status), 0));
  if (unfinished > 0) counts.unfinished = unfinished;
  for (const status of ENDED) if (countOf(status) > 0) counts[status] = countOf(status);
  return { at, total, counts, other: 0 };
}

function byValue(at: number, letter: string, lines: ReadonlyMap<string, number>): RunCount {
  const counts: Record<string, number> = {};
  let other = 0;
  for (const [line, count] of lines) {
    if (!line.startsWith(`${letter}|`) || count <= 0) continue;
    const value = line.slice(2);
    if (value === '') other = count;
    else counts[value] = count;
  }
  return { at, total: Math.max(0, lines.get('t') ?? 0), counts, other };
}

/** The code of the failure; of a workflow's run, that of the step that failed. */
function codeOf(error: RunEnd['error']): string | undefined {
  return error === undefined ? undefined : (error.step?.code ?? error.code);
}
