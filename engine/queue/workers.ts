import {
  describeProcess,
  type Heartbeat,
  keepHeartbeats,
  type ProcessView,
  parseHeartbeat,
  presentState,
} from '../secrets/processes.ts';
import { GONE_MS } from '../store/old-processes.ts';
import { callScript } from '../store/scripts.ts';
import { releaseBacklogs } from './account-backlog.ts';
import type { Context } from './context.ts';
import type { ThrottleView } from './place.ts';
import { reservedSlots } from './reserve.ts';

/** A worker process as it tells of itself. */
export interface WorkerView extends ProcessView {
  role: 'worker';
  /** Runs that it may execute at once. */
  slots: number;
  /** Slots beside those, for tenants that have little in flight. */
  reserved: number;
  inFlight: number;
  residentBytes: number;
  /** Workspaces that it asks less often than it could; left out when there are none. */
  throttles?: ThrottleView[];
}

/** Workspaces in a heartbeat, of each tenant and in all, those that wait most first. */
const MAX_THROTTLES_OF_TENANT = 20;
const MAX_THROTTLES = 500;

/** Tells the others every few seconds that this worker lives, and how many slots there are in all. */
export async function startHeartbeat(ctx: Context, inFlight: () => number): Promise<Heartbeat> {
  const self = describeProcess(ctx, 'worker');
  const heartbeat = async () => {
    const view = {
      ...self,
      slots: ctx.config.concurrency,
      reserved: reservedSlots(ctx.config.concurrency),
      inFlight: inFlight(),
      residentBytes: process.memoryUsage.rss(),
      ...throttlesOf(ctx),
      ...(await presentState(ctx)),
    };
    return writeHeartbeat(ctx, self.id, JSON.stringify(view));
  };
  if (await heartbeat()) await releaseBacklogs(ctx);
  return keepHeartbeats(ctx, heartbeat, () => writeHeartbeat(ctx, self.id, ''));
}

/** The workers there are. */
export async function readWorkers(ctx: Context): Promise<WorkerView[]> {
  const all = await ctx.redis.hvals(ctx.keys.workers());
  const oldest = ctx.clock.now() - GONE_MS;
  return all.flatMap((text) => parseHeartbeat<WorkerView>(text) ?? []).filter(({ seenAt }) => seenAt > oldest);
}

/** Writes a heartbeat, or removes the worker with an empty one; true when the number of slots has changed. */
async function writeHeartbeat(ctx: Context, id: string, heartbeat: string): Promise<boolean> {
  const { keys } = ctx;
  const oldest = ctx.clock.now() - GONE_MS;
  return (
    (await callScript(
      ctx.redis,
      'writeHeartbeat',
      [keys.workers(), keys.slots(), keys.reservedSlots()],
      [id, heartbeat, oldest],
    )) === 1
  );
}

function throttlesOf(ctx: Context): { throttles?: ThrottleView[] } {
  const slow = ctx.throttle
    .view()
    .filter(({ isLimited, waiting, stoppedMs }) => isLimited && (waiting > 0 || stoppedMs > 0))
    .sort((a, b) => b.waiting - a.waiting);
  const shown = [...Map.groupBy(slow, ({ tenant }) => tenant).values()].flatMap((of) =>
    of.slice(0, MAX_THROTTLES_OF_TENANT),
  );
  return slow.length === 0 ? {} : { throttles: shown.slice(0, MAX_THROTTLES) };
}
