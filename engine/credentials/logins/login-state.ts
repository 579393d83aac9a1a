import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../../access/actor.ts';
import { assertActive } from '../../access/tenant-cache.ts';
import type { Context } from '../context.ts';
import { invalidLogin } from '../oauth/oauth-callback.ts';
import type { ReturnAddress } from './return-address.ts';

/** A login that was begun and waits for its callback. Lies sealed in Redis, under the hash of its state. */
export interface Login {
  tenant: string;
  linked_account: string;
  oauth_app: string;
  /** Name of the authentication to be made. */
  name: string;
  /** An authentication to be renewed instead. */
  authentication?: string;
  /** PKCE secret; the service saw its SHA-256 only. */
  verifier: string;
  redirect_uri: string;
  /** Hash of the value that the browser holds in a cookie, where the login began in one. */
  binding?: string;
  /** Hash of the connect link it came from; used up with it. */
  link?: string;
  /** Where the browser is led back to, whatever comes of the login: of that link, or as the login asked. */
  link_return?: ReturnAddress;
  actor: Actor;
  begun_at: number;
}

/** RFC 9700 asks for short; a person may have to find a second factor. */
export const LOGIN_LIFE_MS = 600_000;
const STATE_BYTES = 32;

/** Writes a login down and returns its state, which is nowhere else. */
export async function keepLogin(ctx: Context, login: Login): Promise<string> {
  const state = randomBytes(STATE_BYTES).toString('base64url');
  const hash = hashOf(state);
  await ctx.redis.set(
    ctx.keys.login(hash),
    ctx.dataKeyring.seal(JSON.stringify(login), sealOwner(hash)),
    'PX',
    LOGIN_LIFE_MS,
  );
  return state;
}

/**
 * Takes the login of a state: a second callback with it finds nothing, whatever came of the first.
 * @throws ConnectorError ERR_LOGIN_INVALID for a state that is missing, unknown, used or too old; ERR_TENANT_SUSPENDED
 */
export async function takeLogin(ctx: Context, state: string | null): Promise<Login> {
  if (state === null || state === '') throw invalidLogin('the callback has no state');
  const hash = hashOf(state);
  const sealed = await ctx.redis.getdel(ctx.keys.login(hash));
  if (sealed === null)
    throw invalidLogin(
      'no login was started with this state, or it was already completed, or it took longer than 10 minutes',
    );
  const login = JSON.parse(ctx.dataKeyring.open(sealed, sealOwner(hash))) as Login;
  if (ctx.clock.now() - login.begun_at > LOGIN_LIFE_MS) throw invalidLogin('the login took longer than 10 minutes');
  await assertActive(ctx, login.tenant);
  return login;
}

/** Whether this browser is the one that began, where that is known. @throws ConnectorError ERR_LOGIN_INVALID when it is not */
export function checkBinding(login: Login, binding: string | undefined): void {
  if (login.binding === undefined) return;
  const given = Buffer.from(hashOf(binding ?? ''));
  if (!timingSafeEqual(given, Buffer.from(login.binding)))
    throw invalidLogin('the login was started in a different browser');
}

/** A new value for the browser's cookie, and what is kept of it. */
export function newBinding(): { binding: string; hash: string } {
  const binding = randomBytes(STATE_BYTES).toString('base64url');
  return { binding, hash: hashOf(binding) };
}

/** SHA-256 in hex: what is kept of values that only their holder may know. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sealOwner(hash: string): string {
  return `login/${hash}`;
}
