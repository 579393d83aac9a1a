import type { Redis } from 'ioredis';
import type { Run, RunEnd } from '../../../engine/runs/run.ts';
import { decodeRun, encodeEndedNew } from '../../../engine/runs/run-codec.ts';
import { bucketKeys, countedInAll } from '../../../engine/runs/run-counts.ts';
import { newId } from '../../../engine/store/ids.ts';
import type { Keys } from '../../../engine/store/redis-keys.ts';

/** Where the runs go: a store that Penstock has opened before. */
export interface Store {
  redis: Redis;
  keys: Keys;
}

const BATCH = 1000;
/** So many are as many as fill the two days that the histogram shows. */
const APART_MS = 1500;
/** One run in so many is like the failed one. */
const FAILED_SHARE = 20;

/**
 * Fills a store with finished runs like those given, with their entries in lists and counts, as the engine writes them, the newest a minute
 * old: what reading them costs does not depend on how they came there, and running 100,000 takes minutes.
 */
export async function keepRuns(
  store: Store,
  like: { succeeded: string; failed: string },
  count: number,
): Promise<void> {
  const [succeeded, failed] = [await read(store, like.succeeded), await read(store, like.failed)];
  const last = Date.now() - 60_000;
  const counts = new Map<string, Map<string, number>>();
  for (let done = 0; done < count; done += BATCH) {
    const pipeline = store.redis.pipeline();
    for (let each = done; each < Math.min(count, done + BATCH); each += 1) {
      const run = movedTo(each % FAILED_SHARE === 0 ? failed : succeeded, last - each * APART_MS);
      writeEnded(pipeline, store, run);
      countIn(counts, store, run);
    }
    await pipeline.exec();
  }
  const pipeline = store.redis.pipeline();
  for (const [key, lines] of counts) for (const [line, sum] of lines) pipeline.hincrby(key, line, sum);
  await pipeline.exec();
}

/** Writes one finished run like another, with changes, and gives its id. */
export async function keepRun(store: Store, like: string, change: (id: string) => Partial<Run>): Promise<string> {
  const run = movedTo(await read(store, like), Date.now());
  const pipeline = store.redis.pipeline();
  writeEnded(pipeline, store, { ...run, ...change(run.id) } as Run);
  await pipeline.exec();
  return run.id;
}

async function read({ redis, keys }: Store, id: string): Promise<Run> {
  const run = decodeRun(id, await redis.hgetall(keys.run(id)));
  if (run?.finished_at === undefined) throw new Error(`the run ${id} has not ended`);
  return run;
}

/** The same run, created at another time. */
function movedTo(run: Run, at: number): Run {
  const later = (time: number | undefined) => (time === undefined ? undefined : time - run.created_at + at);
  return {
    ...run,
    id: newId('run', at),
    created_at: at,
    started_at: later(run.started_at),
    finished_at: later(run.finished_at),
  } as Run;
}

function writeEnded(pipeline: ReturnType<Redis['pipeline']>, { keys }: Store, run: Run): void {
  const { id, tenant, created_at: createdAt, finished_at: finishedAt } = run;
  const { status, output, artifact, error, launches, attempts, segments, ...made } = run;
  const end = { status, output, artifact, error, launches, attempts, segments } as unknown as RunEnd;
  pipeline.hset(keys.run(id), ...encodeEndedNew(made as never, end, finishedAt!));
  pipeline.zadd(keys.runs(tenant), createdAt, id);
  pipeline.zadd(keys.endedRuns(tenant), finishedAt!, id);
  if (status === 'failed') pipeline.zadd(keys.failedRuns(tenant), createdAt, id);
  if (run.purpose === 'workflow') pipeline.zadd(keys.workflowRuns(run.workflow), createdAt, id);
}

function countIn(counts: Map<string, Map<string, number>>, { keys }: Store, run: Run): void {
  const lines = countedInAll(run).flatMap((text) => text.split('\n'));
  for (const key of bucketKeys({ keys }, run)) {
    const bucket = counts.get(key) ?? new Map<string, number>();
    counts.set(key, bucket);
    for (const line of lines) bucket.set(line, (bucket.get(line) ?? 0) + 1);
  }
}
