import { tryChange, unchanged } from '../../store/compare-and-set.ts';
import { tryItem } from '../../store/each-item.ts';
import { readRecord, updateWrites } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { authEventWrites } from '../records/auth-event-writes.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
import { markNeedsReauth } from '../tokens/authentication-status.ts';

/** Looked at in one round; the rest in the next. */
const MAX_PER_ROUND = 500;

/**
 * Warns once of every personal access token that ends within 14 days, and marks those that have ended. Called now and then by
 * one worker; called twice, or by two at once, each warning is given once. Returns how many authentications were told of.
 */
export async function announceExpiries(ctx: Context): Promise<number> {
  const now = ctx.clock.now();
  const ids = await ctx.redis.zrangebyscore(ctx.keys.expiries(), '-inf', now, 'LIMIT', 0, MAX_PER_ROUND);
  let told = 0;
  for (const item of ids) if (await tryItem(ctx, { loop: 'expiries', item }, () => announce(ctx, item, now))) told += 1;
  return told;
}

async function announce(ctx: Context, id: string, now: number): Promise<boolean> {
  const record = await readRecord<AuthenticationRecord>(ctx, 'authentication', id);
  const expiresAt = record?.value.expires_at;
  if (record === undefined || expiresAt === undefined || record.value.status !== 'active') {
    await ctx.redis.zrem(ctx.keys.expiries(), id);
    return false;
  }
  if (now >= expiresAt) return markNeedsReauth(ctx, record, `it expired on ${new Date(expiresAt).toISOString()}`);
  if (record.value.expiry_warned_at !== undefined) {
    await ctx.redis.zadd(ctx.keys.expiries(), expiresAt, id);
    return false;
  }
  const value: AuthenticationRecord = { ...record.value, expiry_warned_at: now };
  const failed = await tryChange(ctx, {
    checks: [unchanged(ctx, 'authentication', id, record)],
    writes: [
      ...updateWrites(ctx, { kind: 'authentication', id, version: record.version }, { value }),
      ['ZADD', ctx.keys.expiries(), expiresAt, id],
      ...authEventWrites(ctx, { type: 'authentication.expiring', record: value, previous: 'active' }),
    ],
    cached: [['authentication', id]],
  });
  return failed === undefined;
}
