import { ConnectorError } from '../../../connector/errors.ts';
import { type Lock, tryLock } from '../../store/locks.ts';
import { changeMessage } from '../../store/record-changes.ts';
import { type Stored, toStored, transact, updateWrites, type Write } from '../../store/records.ts';
import { isRedisUnavailable } from '../../store/redis.ts';
import type { Context } from '../context.ts';
import type { TokenAnswer } from '../oauth/oauth.ts';
import { tokenRequest } from '../oauth/token-request.ts';
import { type AuthenticationRecord, type AuthenticationSecret, sealOwnerOf } from '../records/authentication-record.ts';
import { needsReauth, openSecret } from '../records/authentication-secret.ts';
import type { AccessToken } from '../records/token-cache.ts';
import { markNeedsReauth } from './authentication-status.ts';
import { type Cooldown, nextCooldown, readCooldown, writeCooldown } from './cooldown.ts';
import { endAttemptWrite, isAttemptOpen, markAttempt } from './refresh-attempt.ts';
import { acceptToken, openSharedToken, shareWrite } from './shared-token.ts';

/** What is asked of a refresh. */
export interface RefreshWish {
  /** A token that the service has just refused: any other that is known will do. */
  rejected?: string;
  /** `wait` for another process's refresh (a caller needs the token), or `try` and leave it to that process (ahead of expiry). */
  mode: 'wait' | 'try';
}

/** Somebody else is at it, or has changed the authentication meanwhile: look again. */
const BUSY = Symbol('busy');
const POLL_FIRST_MS = 25;
const POLL_MOST_MS = 400;
/** A client that is refused this often in a row is not a hiccup of the service. */
const REFUSALS_BEFORE_REAUTH = 3;
/** While Redis is unavailable a response is kept in memory: it may hold the only refresh token that still works. */
const STORE_AGAIN_MS = 250;
const STORE_LIMIT_MS = 600_000;

/**
 * An access token, got from the service at most once at a time over all processes: first what Redis holds, then the lock,
 * then Redis again, then one token request, then a write that is refused when the authentication has changed meanwhile.
 * Undefined only in mode `try`: another process is at it, or the service cools down.
 * @throws ConnectorError ERR_NEEDS_REAUTH, ERR_AUTH_FAILED, ERR_NOT_FOUND; ERR_NOT_SENT of kind `temporary` while the
 * token endpoint fails or cools down (the request that wanted the token was not sent)
 */
export function refreshToken(ctx: Context, id: string, wish: RefreshWish): Promise<AccessToken | undefined> {
  const { refreshing } = ctx.tokens;
  const key = `${wish.mode} ${id} ${wish.rejected ?? ''}`;
  const known = refreshing.get(key);
  if (known !== undefined) return known;
  const promise = refreshUntilDone(ctx, id, wish).finally(() => refreshing.delete(key));
  refreshing.set(key, promise);
  return promise;
}

async function refreshUntilDone(ctx: Context, id: string, wish: RefreshWish): Promise<AccessToken | undefined> {
  const giveUpAt = performance.now() + ctx.tokens.timings.waitMs;
  for (let pollMs = POLL_FIRST_MS; ; pollMs = Math.min(pollMs * 2, POLL_MOST_MS)) {
    const token = await refreshOnce(ctx, id, wish);
    if (token !== BUSY) {
      if (token !== undefined) ctx.tokens.accessTokens.set(id, token, JSON.stringify(token).length);
      return token;
    }
    if (wish.mode === 'try') return undefined;
    if (performance.now() > giveUpAt)
      throw notRenewed(id, { reason: 'another process has been renewing it for too long', afterMs: 1000 });
    await ctx.changes.next(id, pollMs);
  }
}

async function refreshOnce(
  ctx: Context,
  id: string,
  wish: RefreshWish,
): Promise<AccessToken | undefined | typeof BUSY> {
  const first = await lookAt(ctx, id, wish);
  if ('answer' in first) return first.answer;
  const lock = await tryLock(ctx, `refresh:${id}`, ctx.tokens.timings.lockMs);
  if (lock === undefined) return BUSY;
  try {
    // Anyone who held the lock before may have got a token since.
    const again = await lookAt(ctx, id, wish);
    if ('answer' in again) return again.answer;
    const renewal = renew(ctx, again, lock);
    ctx.tokens.renewing.add(renewal);
    try {
      return await renewal;
    } finally {
      ctx.tokens.renewing.delete(renewal);
    }
  } finally {
    await lock.release();
  }
}

interface Need {
  record: Stored<AuthenticationRecord>;
  cooldown: Cooldown | undefined;
}

/** What Redis says: an answer, or the need to ask the service. One round trip. */
async function lookAt(
  ctx: Context,
  id: string,
  wish: RefreshWish,
): Promise<Need | { answer: AccessToken | undefined }> {
  const { keys } = ctx;
  const answers = await ctx.redis
    .pipeline()
    .hmget(keys.record('authentication', id), 'json', 'version', 'sealed')
    .get(keys.accessToken(id))
    .pttl(keys.accessToken(id))
    .get(keys.refreshCooldown(id))
    .exec();
  const [fields, sealed, leftMs, cooled] = (answers ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
  const record = toStored<AuthenticationRecord>((fields ?? []) as (string | null)[], 'authentication', id);
  if (record === undefined) throw new ConnectorError('ERR_NOT_FOUND', `there is no authentication "${id}"`);
  const now = ctx.clock.now();
  const token = openSharedToken(ctx, record.value, { sealed: sealed as string | null, leftMs: Number(leftMs) });
  if (
    token !== undefined &&
    token.text !== wish.rejected &&
    now < (wish.mode === 'try' ? token.refreshAt : token.unusableAt)
  ) {
    return { answer: token };
  }
  if (record.value.status !== 'active') throw needsReauth(record.value);
  const cooldown = readCooldown(cooled as string | null);
  if (cooldown !== undefined && now < cooldown.until) {
    if (wish.mode === 'try') return { answer: undefined };
    throw notRenewed(id, { reason: cooldown.reason, afterMs: cooldown.until - now });
  }
  return { record, cooldown };
}

/** One token request and what follows from its answer, under the lock. */
async function renew(ctx: Context, need: Need, lock: Lock): Promise<AccessToken | typeof BUSY> {
  const { record } = need;
  const { id } = record.value;
  const secret = openSecret(ctx, record);
  const request = await tokenRequest(ctx, record.value, secret);
  if (request.kind === 'refresh_token') {
    if (await isAttemptOpen(ctx, record.value)) return BUSY;
    if (!(await markAttempt(ctx, record, lock))) return BUSY;
  }
  // A process that was paused here for longer than the lock's life must not send what another has sent meanwhile.
  if (!lock.isHeld()) return BUSY;
  let answer: TokenAnswer;
  try {
    answer = await request.send();
  } catch (error) {
    ctx.meters.count('penstock_token_requests_total', [
      request.kind,
      (error as Partial<ConnectorError>).code ?? 'error',
    ]);
    return await failed(ctx, need, error);
  }
  ctx.meters.count('penstock_token_requests_total', [request.kind, 'ok']);
  const isRotated = answer.refreshToken !== undefined && answer.refreshToken !== secret.refresh_token;
  const value: AuthenticationRecord = isRotated
    ? { ...record.value, secret_version: record.value.secret_version + 1, updated_at: ctx.clock.now() }
    : record.value;
  const token = acceptToken(answer.accessToken, {
    lifeMs: answer.lifeMs,
    now: ctx.clock.now(),
    secretVersion: value.secret_version,
  });
  const writes: Write[] = [
    // The new refresh token and the access token are written in one transaction, so neither is used before the other is safe.
    ...(isRotated
      ? rotationWrites(ctx, record, { value, secret: { ...secret, refresh_token: answer.refreshToken! } })
      : []),
    shareWrite(ctx, value, token, answer.lifeMs),
    ['DEL', ctx.keys.refreshCooldown(id)],
    endAttemptWrite(ctx, id),
    ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage(isRotated ? 'authentication' : 'token', id)],
  ];
  const isStored = await storeForSure(ctx, record, writes);
  ctx.changes.tell('authentication', id);
  return isStored ? token : BUSY;
}

function rotationWrites(
  ctx: Context,
  record: Stored<AuthenticationRecord>,
  next: { value: AuthenticationRecord; secret: AuthenticationSecret },
): Write[] {
  const text = ctx.keyring.seal(JSON.stringify(next.secret), sealOwnerOf(next.value));
  const sealed = {
    text,
    keyId: ctx.keyring.keyIdOf(text),
    oldKeyId: record.sealed === undefined ? undefined : ctx.keyring.keyIdOf(record.sealed),
  };
  return updateWrites(
    ctx,
    { kind: 'authentication', id: next.value.id, version: record.version },
    { value: next.value, sealed },
  );
}

/** Writes if the version is unchanged; false when it is not. Keeps trying while Redis is unavailable. */
async function storeForSure(
  ctx: Context,
  record: Stored<AuthenticationRecord>,
  writes: readonly Write[],
): Promise<boolean> {
  const check = ['version', ctx.keys.record('authentication', record.value.id), String(record.version)] as const;
  for (const limit = performance.now() + STORE_LIMIT_MS; ; ) {
    try {
      return (await transact(ctx, [[...check]], writes)) === undefined;
    } catch (error) {
      // After `end` the process is leaving, and nobody connects again.
      if (!isRedisUnavailable(error) || performance.now() > limit || ctx.redis.status === 'end') throw error;
      await new Promise((resolve) => setTimeout(resolve, STORE_AGAIN_MS));
    }
  }
}

/** Writes down what a failed token request means for everybody; throws what it means for the caller. */
async function failed(ctx: Context, need: Need, error: unknown): Promise<typeof BUSY> {
  if (!(error instanceof ConnectorError)) throw error;
  const { record } = need;
  const { id } = record.value;
  if (error.code === 'ERR_NEEDS_REAUTH') {
    // A version that changed meanwhile holds another refresh token: it, not the refused one, decides.
    if (!(await markNeedsReauth(ctx, record, error.message))) return BUSY;
    throw error;
  }
  const cooldown = nextCooldown(need.cooldown, error, ctx.clock.now());
  await Promise.all([writeCooldown(ctx, id, cooldown), ctx.redis.del(ctx.keys.refreshAttempt(id))]);
  ctx.log.warn(
    { authentication: id, code: error.code, upstream: error.upstream, failures: cooldown.failures },
    'an access token could not be renewed',
  );
  if (error.code === 'ERR_AUTH_FAILED') {
    if (cooldown.failures >= REFUSALS_BEFORE_REAUTH) await markNeedsReauth(ctx, record, error.message);
    throw error;
  }
  throw notRenewed(id, { reason: error.message, afterMs: cooldown.until - ctx.clock.now(), cause: error });
}

function notRenewed(id: string, why: { reason: string; afterMs: number; cause?: ConnectorError }): ConnectorError {
  return new ConnectorError('ERR_NOT_SENT', `the access token of ${id} could not be renewed: ${why.reason}`, {
    kind: 'temporary',
    hint: 'It is retried automatically.',
    retryAfterMs: Math.max(0, why.afterMs),
    sent: 'no',
    upstream: why.cause?.upstream,
    cause: why.cause,
  });
}
