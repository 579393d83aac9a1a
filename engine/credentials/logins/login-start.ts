import { randomBytes } from 'node:crypto';
import { limitRate } from '../../access/rates.ts';
import type { Context } from '../context.ts';
import { invalidLogin } from '../oauth/oauth-callback.ts';
import { hashOf, LOGIN_LIFE_MS } from './login-state.ts';

/** A login that waits for its browser: what goes into the browser's cookie, and where the browser goes then. Lies sealed in Redis. */
export interface LoginStart {
  /** The service's own page. */
  url: string;
  binding: string;
  begun_at: number;
}

const SECRET_BYTES = 32;
const MINUTE_MS = 60_000;
/** Start URLs that one address may open in a minute; guessing one needs 2^255. */
const MAX_OPENED = 60;

/** Writes a start down and returns the secret of its URL, which is nowhere else. */
export async function keepLoginStart(ctx: Context, start: LoginStart): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const hash = hashOf(secret);
  const sealed = ctx.dataKeyring.seal(JSON.stringify(start), sealOwner(hash));
  await ctx.redis.set(ctx.keys.loginStart(hash), sealed, 'PX', LOGIN_LIFE_MS);
  return secret;
}

/**
 * Takes the start of a URL, for the browser that opens it first; anyone who opens it later is refused.
 * @throws ConnectorError ERR_LOGIN_INVALID for a URL that is unknown, was opened or is too old; ERR_RATE_LIMITED by address
 */
export async function startLogin(ctx: Context, secret: string, from: string): Promise<LoginStart> {
  await limitRate(ctx, {
    subject: 'logins-started',
    id: from,
    most: MAX_OPENED,
    windowMs: MINUTE_MS,
    what: 'logins from this address',
  });
  const hash = hashOf(secret);
  const sealed = await ctx.redis.getdel(ctx.keys.loginStart(hash));
  if (sealed === null) throw invalidLogin('its URL was already opened, is older than 10 minutes, or does not exist');
  const start = JSON.parse(ctx.dataKeyring.open(sealed, sealOwner(hash))) as LoginStart;
  if (ctx.clock.now() - start.begun_at > LOGIN_LIFE_MS) throw invalidLogin('it was started more than 10 minutes ago');
  return start;
}

function sealOwner(hash: string): string {
  return `login-start/${hash}`;
}
