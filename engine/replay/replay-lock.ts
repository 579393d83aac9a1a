import type { Context } from '../runs/context.ts';
import { type Lock, tryLock } from '../store/locks.ts';

/** Longer than a replay takes to be submitted; it is prolonged while it is. */
const LOCK_MS = 10_000;

/** Lets one replay of a run begin at a time, so that each sees the one before it; undefined while another begins. */
export function lockReplay(ctx: Context, run: string): Promise<Lock | undefined> {
  return tryLock(ctx, `replay:${run}`, LOCK_MS);
}
