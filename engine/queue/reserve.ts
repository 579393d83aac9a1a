import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';

/** Watches the slots of one worker, so that runs of others need not wait until one comes free. */
export interface SlotWatch {
  /** Executes `work` in a slot. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** A worker with few slots has as many in reserve as it needs to cancel runs. */
const MIN_RESERVED = 20;
/** Part of a worker's slots. */
const RESERVED_PART = 0.5;
const LOOK_MS = 25;
/** With more runs than this ending between two looks, whoever is next in the queue begins soon enough. */
const MAX_ENDS = 2;
/** Jobs that one look reads; those of tenants with little in flight are the first in the queue. */
const MAX_JOBS = 500;

/** Slots that a worker of this concurrency keeps for tenants with little in flight, beside the others. */
export function reservedSlots(concurrency: number): number {
  return Math.max(MIN_RESERVED, Math.ceil(concurrency * RESERVED_PART));
}

/**
 * Looks every 25 ms whether all of a worker's slots are held by runs that do not end, and then lets tenants that hold few use the
 * reserve; see engine/store/lua/parts/reserve.lua. Costs nothing while a slot is free or runs end quickly.
 */
export function watchSlots(ctx: Context, slots: number): SlotWatch {
  let held = 0;
  let ends = 0;
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    const waiting = ctx.queues.runs.toKey('prioritized');
    await callScript(ctx.redis, 'useReserve', [waiting], [ctx.keys.prefix, MAX_JOBS, Date.now()]).catch(
      (error: unknown) => {
        ctx.log.warn({ err: error }, 'waiting runs could not use the reserve; they are checked again');
      },
    );
    isLooking = false;
  };
  const timer = setInterval(() => {
    if (held >= slots && ends <= MAX_ENDS && !isLooking) void look();
    ends = 0;
  }, LOOK_MS);
  timer.unref();
  return {
    async hold(work) {
      held += 1;
      try {
        return await work();
      } finally {
        held -= 1;
        ends += 1;
      }
    },
    close: () => clearInterval(timer),
  };
}
