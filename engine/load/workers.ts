import { hostname } from 'node:os';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { callScript } from '../scripts.ts';
import { tendLanes } from './lanes.ts';
import type { ThrottleView } from './throttle.ts';

/** A worker process as it tells of itself. */
export interface WorkerView {
  id: string;
  host: string;
  pid: number;
  /** Runs it may have in hand at once. */
  slots: number;
  inHand: number;
  residentBytes: number;
  /** The encryption key that it seals with. */
  keyId: string;
  /** Workspaces that it asks less often than it could; left out when there are none. */
  throttles?: ThrottleView[];
  /** Epoch ms. */
  startedAt: number;
  seenAt: number;
}

const BEAT_MS = 5000;
/** A worker that was silent for three beats is gone. */
const GONE_MS = 16_000;
/** Workspaces that a beat tells of, those that wait most first. */
const MOST_THROTTLES = 20;

/** Tells the others every few seconds that this worker lives, and how many slots there are in all. */
export async function startHeartbeat(ctx: Context, inHand: () => number): Promise<{ close(): Promise<void> }> {
  const { clock, config } = ctx;
  const startedAt = clock.now();
  const id = newId('wrk', startedAt);
  const beat = async () => {
    const now = clock.now();
    const view: WorkerView = {
      id,
      host: hostname(),
      pid: process.pid,
      slots: config.concurrency,
      inHand: inHand(),
      residentBytes: process.memoryUsage.rss(),
      keyId: ctx.keyring.primaryId,
      ...throttlesOf(ctx),
      startedAt,
      seenAt: now,
    };
    return writeBeat(ctx, id, JSON.stringify(view));
  };
  if (await beat()) await tendLanes(ctx);
  const timer = setInterval(() => {
    beat().catch(() => {
      // Redis is away; the next beat comes soon.
    });
  }, BEAT_MS);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await writeBeat(ctx, id, '').catch(() => {
        // Redis is away: the worker is gone when its last beat is old.
      });
    },
  };
}

/** The workers there are. */
export async function readWorkers(ctx: Context): Promise<WorkerView[]> {
  const all = await ctx.redis.hvals(ctx.keys.workers());
  const oldest = ctx.clock.now() - GONE_MS;
  return all.map((text) => JSON.parse(text) as WorkerView).filter(({ seenAt }) => seenAt > oldest);
}

/** Writes a beat, or with an empty one takes the worker off; true when the number of slots has changed. */
async function writeBeat(ctx: Context, id: string, beat: string): Promise<boolean> {
  const { keys } = ctx;
  const oldest = ctx.clock.now() - GONE_MS;
  return (await callScript(ctx.redis, 'beatWorker', [keys.workers(), keys.slots()], [id, beat, oldest])) === 1;
}

function throttlesOf(ctx: Context): { throttles?: ThrottleView[] } {
  const slow = ctx.throttle
    .view()
    .filter(({ isLimited, waiting, stoppedMs }) => isLimited && (waiting > 0 || stoppedMs > 0))
    .sort((a, b) => b.waiting - a.waiting);
  return slow.length === 0 ? {} : { throttles: slow.slice(0, MOST_THROTTLES) };
}
