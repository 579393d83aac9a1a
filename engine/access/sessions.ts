import { createHash, randomBytes } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { changeMessage } from '../store/record-changes.ts';
import { type Caller, withAddress } from './actor.ts';
import { callerOfKey } from './api-keys.ts';
import { audit } from './audit.ts';
import type { Context } from './context.ts';
import { assertActive } from './tenant-cache.ts';

/** A session as Redis keeps it, under the SHA-256 of its token. Times in epoch ms. */
interface StoredSession {
  key_id: string;
  created_at: number;
  used_at: number;
}

/** A session ends when it was not used for this long. */
const SESSION_IDLE_MS = 12 * 3_600_000;
/** A session ends after this long, used or not: then a person signs in again. */
export const SESSION_LIFE_MS = 7 * 24 * 3_600_000;
/** As for API keys: what this process knows of a session holds this long without a round trip. */
const KNOWN_MS = 5000;
const TOKEN_BYTES = 32;

/**
 * Starts a browser session with the rights of an API key. The token is in the answer and nowhere else; it is worth as much as
 * the key and stops working with it. Each call starts another session.
 */
export async function createSession(ctx: Context, caller: Caller): Promise<{ token: string; expiresAt: number }> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const now = ctx.clock.now();
  const session: StoredSession = { key_id: caller.keyId, created_at: now, used_at: now };
  await ctx.redis.set(ctx.keys.session(hashOf(token)), JSON.stringify(session), 'PX', SESSION_IDLE_MS);
  await audit(ctx, caller, {
    action: 'session.create',
    target: { kind: 'api_key', id: caller.keyId, name: caller.name },
  });
  return { token, expiresAt: now + SESSION_LIFE_MS };
}

/**
 * The caller of a session: tenant, name and role are those that its API key has now. Each use moves the idle limit.
 * @throws ConnectorError ERR_UNAUTHORIZED when the session is unknown, idle for 12 hours, older than 7 days, or its key is
 * deleted or expired; ERR_TENANT_SUSPENDED
 */
export async function authenticateSession(ctx: Context, token: string, from?: string): Promise<Caller> {
  const hash = hashOf(token);
  const now = ctx.clock.now();
  const known = ctx.apiKeys.get(hash);
  if (known !== undefined && now < known.until) {
    await assertActive(ctx, known.caller.tenant);
    return withAddress(known.caller, from);
  }
  ctx.apiKeys.delete(hash);
  const key = ctx.keys.session(hash);
  const stored = await ctx.redis.get(key);
  if (stored === null) throw ended();
  const session = JSON.parse(stored) as StoredSession;
  const endsAt = Math.min(session.created_at + SESSION_LIFE_MS, session.used_at + SESSION_IDLE_MS);
  const caller = now < endsAt ? await callerOfKey(ctx, session.key_id) : undefined;
  if (caller === undefined) {
    await ctx.redis.del(key);
    throw ended();
  }
  await assertActive(ctx, caller.tenant);
  const lifeMs = Math.min(session.created_at + SESSION_LIFE_MS - now, SESSION_IDLE_MS);
  // XX: a session that was ended meanwhile stays ended.
  await ctx.redis.set(key, JSON.stringify({ ...session, used_at: now }), 'PX', lifeMs, 'XX');
  const found: Caller = { ...caller, isSession: true };
  ctx.apiKeys.remember(hash, { caller: found, until: now + Math.min(KNOWN_MS, lifeMs) });
  return withAddress(found, from);
}

/** Ends a session in every process; one that is unknown or over is left as it is. */
export async function endSession(ctx: Context, token: string): Promise<void> {
  const hash = hashOf(token);
  await ctx.redis
    .multi()
    .del(ctx.keys.session(hash))
    .publish(ctx.keys.authenticationChannel(), changeMessage('session', hash))
    .exec();
  ctx.changes.tell('session', hash);
}

/** Prefixed, since sessions and API keys share one cache. */
function hashOf(token: string): string {
  return createHash('sha256').update(`session ${token}`).digest('hex');
}

function ended(): ConnectorError {
  return new ConnectorError('ERR_UNAUTHORIZED', 'the session has ended', { hint: 'Sign in again.' });
}
