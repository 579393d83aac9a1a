import { randomBytes } from 'node:crypto';
import { ConnectorError } from '../../../connector/errors.ts';
import { limitRate } from '../../access/rates.ts';
import { assertActive } from '../../access/tenant-cache.ts';
import type { Write } from '../../store/records.ts';
import type { Context } from '../context.ts';
import type { AuthenticationKind } from '../records/authentication-record.ts';
import { hashOf } from './login-state.ts';
import type { ReturnAddress } from './return-address.ts';

/** A link as it lies in Redis, sealed, under the hash of its secret. */
export interface ConnectLink {
  id: string;
  tenant: string;
  linked_account: string;
  kinds: AuthenticationKind[];
  oauth_app?: string;
  /** An authentication to be renewed instead of a new one. */
  authentication?: string;
  /** Fixed for the end user, when given. */
  host?: string;
  /** Where the browser goes afterwards. */
  return?: ReturnAddress;
  created_by: string;
  expires_at: number;
}

const SECRET_BYTES = 32;
const MINUTE_MS = 60_000;
/** Links one address may try in a minute; a right one is opened a few times, guessing needs 2^255. */
const MAX_OPENED = 60;

/** A new secret and the write that keeps its link, sealed, until it ends. */
export function newConnectLink(ctx: Context, link: ConnectLink): { secret: string; key: string; write: Write } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const hash = hashOf(secret);
  const key = ctx.keys.connectLink(hash);
  const sealed = ctx.dataKeyring.seal(JSON.stringify(link), sealOwner(hash));
  return { secret, key, write: ['SET', key, sealed, 'PX', link.expires_at - ctx.clock.now()] };
}

/** The link of a secret. @throws ConnectorError ERR_LINK_INVALID, ERR_RATE_LIMITED by address */
export async function openConnectLink(
  ctx: Context,
  secret: string,
  from: string,
): Promise<{ link: ConnectLink; hash: string }> {
  await limitRate(ctx, {
    subject: 'connect-opened',
    id: from,
    most: MAX_OPENED,
    windowMs: MINUTE_MS,
    what: 'connect links from this address',
  });
  return findConnectLink(ctx, secret);
}

/** The link of a secret, for a request that `openConnectLink` has accepted. @throws ConnectorError ERR_LINK_INVALID, ERR_TENANT_SUSPENDED */
export async function findConnectLink(ctx: Context, secret: string): Promise<{ link: ConnectLink; hash: string }> {
  const hash = hashOf(secret);
  const sealed = await ctx.redis.get(ctx.keys.connectLink(hash));
  if (sealed === null) throw invalidLink();
  const link = JSON.parse(ctx.dataKeyring.open(sealed, sealOwner(hash))) as ConnectLink;
  if (ctx.clock.now() >= link.expires_at) throw invalidLink();
  await assertActive(ctx, link.tenant);
  return { link, hash };
}

/** One sentence for unknown, used and too old alike. */
export function invalidLink(): ConnectorError {
  return new ConnectorError('ERR_LINK_INVALID', 'the connect link was used, has expired, or does not exist', {
    hint: 'Ask the sender for a new link.',
  });
}

function sealOwner(hash: string): string {
  return `connect-link/${hash}`;
}
