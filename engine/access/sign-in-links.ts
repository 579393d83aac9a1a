import { createHash, randomBytes } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { toTimestamp } from '../store/timestamps.ts';
import type { Caller } from './actor.ts';
import { callerOfKey } from './api-keys.ts';
import { auditWrite } from './audit.ts';
import type { Context } from './context.ts';
import { limitRate } from './rates.ts';
import { assertActive } from './tenant-cache.ts';

/** A link is opened at once by the person who asked for it. */
const SIGN_IN_LINK_LIFE_MS = 600_000;
const SECRET_BYTES = 32;
const MINUTE_MS = 60_000;
/** Links that one tenant may create in a minute. */
const MAX_CREATED = 60;
/** Links that one address may try in a minute. A right one needs one try; guessing needs 2^255. */
const MAX_TRIED = 30;

/**
 * Creates a link that signs one browser in with the rights of the caller's API key: single use, ten minutes. The secret stands
 * in the fragment of the URL, which browsers send to no server.
 * @throws ConnectorError ERR_FORBIDDEN for a caller with a session, ERR_RATE_LIMITED
 */
export async function createSignInLink(ctx: Context, caller: Caller): Promise<{ url: string; expires_at: string }> {
  if (caller.isSession === true) {
    throw new ConnectorError('ERR_FORBIDDEN', 'a session cannot create a sign-in link', {
      hint: 'Use the API key itself: a session would outlive its limit of 7 days by links of its own.',
    });
  }
  const { tenant } = caller;
  const windowMs = MINUTE_MS;
  await limitRate(ctx, { subject: 'sign-in-links', id: tenant, most: MAX_CREATED, windowMs, what: 'sign-in links' });
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const expiresAt = ctx.clock.now() + SIGN_IN_LINK_LIFE_MS;
  const [command, key, ...args] = auditWrite(ctx, caller, {
    action: 'sign_in_link.create',
    target: { kind: 'api_key', id: caller.keyId, name: caller.name },
  });
  const link = JSON.stringify({ key_id: caller.keyId, expires_at: expiresAt });
  await ctx.redis
    .multi()
    .set(ctx.keys.signInLink(hashOf(secret)), link, 'PX', SIGN_IN_LINK_LIFE_MS)
    .call(command, key, ...args)
    .exec();
  return { url: `${ctx.config.publicUrl}/app/login#link=${secret}`, expires_at: toTimestamp(expiresAt) };
}

/**
 * Uses a link up: of two calls at once, one gets the caller.
 * @throws ConnectorError ERR_LINK_INVALID when it is unknown, used, expired or of a deleted key; ERR_TENANT_SUSPENDED; ERR_RATE_LIMITED by address
 */
export async function useSignInLink(ctx: Context, secret: string, from: string): Promise<Caller> {
  const windowMs = MINUTE_MS;
  const what = 'sign-in links from this address';
  await limitRate(ctx, { subject: 'sign-in-tries', id: from, most: MAX_TRIED, windowMs, what });
  const stored = await ctx.redis.getdel(ctx.keys.signInLink(hashOf(secret)));
  const link = stored === null ? undefined : (JSON.parse(stored) as { key_id: string; expires_at: number });
  const caller =
    link === undefined || ctx.clock.now() >= link.expires_at ? undefined : await callerOfKey(ctx, link.key_id);
  if (caller === undefined) {
    throw new ConnectorError('ERR_LINK_INVALID', 'the sign-in link was used, has expired, or was never created', {
      hint: 'Create another one with "penstock link", or sign in with an API key.',
    });
  }
  await assertActive(ctx, caller.tenant);
  return { ...caller, from };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
