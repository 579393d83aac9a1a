import type { Write } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { type AuthenticationRecord, sealOwnerOf } from '../records/authentication-record.ts';
import type { AccessToken } from '../records/token-cache.ts';

/** As common SDKs do: from half the life on, and never earlier than 20 minutes before the end. */
const AHEAD_MOST_MS = 1_200_000;
/** Azure refuses a token in its last 30 s; the rest is for clocks that differ and for requests under way. */
const MARGIN_MOST_MS = 60_000;
/** For short-lived tokens the margin is a tenth of the life. */
const MARGIN_SHARE = 10;

interface SharedToken {
  text: string;
  expires_at: number;
  life_ms: number;
  secret_version: number;
}

/** A token just got, with the times at which it is renewed and given up. */
export function acceptToken(text: string, life: { lifeMs: number; now: number; secretVersion: number }): AccessToken {
  return timed({ text, expires_at: life.now + life.lifeMs, life_ms: life.lifeMs, secret_version: life.secretVersion });
}

/** The write that shares a token with every process, sealed, until it ends. */
export function shareWrite(ctx: Context, record: AuthenticationRecord, token: AccessToken, lifeMs: number): Write {
  const shared: SharedToken = {
    text: token.text,
    expires_at: token.expiresAt,
    life_ms: lifeMs,
    secret_version: token.secretVersion,
  };
  const sealed = ctx.keyring.seal(JSON.stringify(shared), sealOwnerOf(record));
  return ['SET', ctx.keys.accessToken(record.id), sealed, 'PX', Math.max(1, Math.ceil(lifeMs))];
}

/**
 * The token another process shared; undefined when there is none, or it belongs to an older secret, or its key is gone
 * (it is then got again, which costs one request and harms nothing). `leftMs` is Redis' own count, so that a machine whose
 * clock is behind does not serve it too long.
 */
export function openSharedToken(
  ctx: Context,
  record: AuthenticationRecord,
  held: { sealed: string | null; leftMs: number },
): AccessToken | undefined {
  if (held.sealed === null) return undefined;
  let shared: SharedToken;
  try {
    shared = JSON.parse(ctx.keyring.open(held.sealed, sealOwnerOf(record))) as SharedToken;
  } catch (error) {
    ctx.log.warn(
      { authentication: record.id, code: (error as { code?: string }).code },
      'a shared access token cannot be decrypted; a new one is requested',
    );
    return undefined;
  }
  if (shared.secret_version !== record.secret_version) return undefined;
  return timed({ ...shared, expires_at: Math.min(shared.expires_at, ctx.clock.now() + held.leftMs) });
}

function timed(shared: SharedToken): AccessToken {
  const { expires_at: expiresAt, life_ms: lifeMs } = shared;
  return {
    text: shared.text,
    expiresAt,
    refreshAt: expiresAt - Math.min(lifeMs / 2, AHEAD_MOST_MS),
    unusableAt: expiresAt - Math.min(lifeMs / MARGIN_SHARE, MARGIN_MOST_MS),
    secretVersion: shared.secret_version,
  };
}
