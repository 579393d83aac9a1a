import type { ConnectorError } from '../../../connector/errors.ts';
import type { Context } from '../context.ts';

/** How often refreshing has failed, and until when it is not tried again. Shared by all processes. */
export interface Cooldown {
  failures: number;
  /** Epoch ms. */
  until: number;
  /** What the service said last, for the error of those who come meanwhile. */
  reason: string;
}

const FIRST_MS = 1000;
const MAX_MS = 60_000;
/** A service may ask for longer, but not forever. */
const MAX_ASKED_MS = 300_000;
/** Failures further apart are not one series. */
const REMEMBERED_MS = 600_000;

/** The cool-down after one more failure: 1 s, doubling to a minute, longer when `Retry-After` asks for it. */
export function nextCooldown(before: Cooldown | undefined, error: ConnectorError, now: number): Cooldown {
  const failures = (before?.failures ?? 0) + 1;
  const own = Math.min(FIRST_MS * 2 ** (failures - 1), MAX_MS);
  const asked = Math.min(error.retryAfterMs ?? 0, MAX_ASKED_MS);
  return { failures, until: now + Math.max(own, asked), reason: error.message };
}

/** Writes the cool-down down for all processes. */
export async function writeCooldown(ctx: Context, id: string, cooldown: Cooldown): Promise<void> {
  await ctx.redis.set(ctx.keys.refreshCooldown(id), JSON.stringify(cooldown), 'PX', REMEMBERED_MS);
}

/** Parses what `GET` of the cool-down answered. */
export function readCooldown(text: string | null): Cooldown | undefined {
  return text === null ? undefined : (JSON.parse(text) as Cooldown);
}
