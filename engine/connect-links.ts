import { randomBytes } from 'node:crypto';
import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { compileSchema } from '../connector/schema.ts';
import { findAccount } from './account-records.ts';
import { type Actor, auditWrite } from './audit.ts';
import { checkedHost } from './authentication-body.ts';
import type { AuthenticationKind } from './authentication-record.ts';
import { type AuthenticationView, addAuthentication } from './authentications.ts';
import type { Context } from './context.ts';
import { newId } from './ids.ts';
import { hashOf } from './login-state.ts';
import { type BegunLogin, beginBrowserLogin } from './logins.ts';
import { findOAuthApp } from './oauth-app-record.ts';
import { connectorOf } from './oauth-client.ts';
import { limitRate } from './rates.ts';
import { transact } from './records.ts';
import type { Also } from './store-authentication.ts';
import { getTenant } from './tenants.ts';
import { toTimestamp } from './timestamps.ts';

/** A link as it lies in Redis, sealed, under the hash of its secret. */
interface ConnectLink {
  id: string;
  tenant: string;
  linked_account: string;
  kinds: AuthenticationKind[];
  oauth_app?: string;
  /** Fixed for the end user, when given. */
  host?: string;
  created_by: string;
  expires_at: number;
}

/** What the connect page shows. */
export interface ConnectLinkView {
  tenant_name: string;
  linked_account: string;
  connector: string;
  kinds: AuthenticationKind[];
  oauth_app?: string;
  host?: string;
  expires_at: string;
}

/** Body of `POST /v1/connect_links`. */
export const CONNECT_LINK_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['linked_account'],
  additionalProperties: false,
  properties: {
    linked_account: { title: 'Linked account', type: 'string' },
    oauth_app: { title: 'OAuth app', type: 'string', description: 'Offers signing in, through this app' },
    kinds: {
      title: 'Kinds',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: ['pat', 'oauth_m2m', 'oauth_u2m'] },
    },
    host: { title: 'Workspace URL', type: 'string', description: 'Given: the end user cannot choose another' },
    expires_in_seconds: { title: 'Expires in', type: 'integer', minimum: 60, maximum: 86_400, default: 3600 },
  },
});

const body = compileSchema(CONNECT_LINK_SCHEMA);
const SECRET_BYTES = 32;
const MINUTE_MS = 60_000;
/** Links one tenant may make in a minute. */
const MOST_NEW = 60;
/** Links one address may try in a minute; a right one is opened a few times, guessing needs 2^255. */
const MOST_OPENED = 60;
/** Forms one link takes: each is a test of credentials at the service. */
const MOST_SUBMITTED = 10;
const ID_SHOWN = 6;

/**
 * Makes a link for an end user who has no API key: single use, short-lived, its secret only in the answer.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_NOT_FOUND, ERR_HOST_INVALID, ERR_HOST_NOT_ALLOWED, ERR_RATE_LIMITED
 */
export async function createConnectLink(
  ctx: Context,
  caller: Actor,
  given: unknown,
): Promise<{ id: string; url: string; expires_at: string }> {
  const wish = body.check(given, 'the connect link') as {
    linked_account: string;
    oauth_app?: string;
    kinds?: AuthenticationKind[];
    host?: string;
    expires_in_seconds: number;
  };
  await limitRate(ctx, {
    subject: 'connect-links',
    id: caller.tenant,
    most: MOST_NEW,
    windowMs: MINUTE_MS,
    what: 'connect links',
  });
  const account = await findAccount(ctx, caller.tenant, wish.linked_account);
  const app = wish.oauth_app === undefined ? undefined : await findOAuthApp(ctx, caller.tenant, wish.oauth_app);
  const kinds = wish.kinds ?? (app === undefined ? ['pat', 'oauth_m2m'] : ['oauth_u2m', 'oauth_m2m', 'pat']);
  if (kinds.includes('oauth_u2m') && app === undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'a connect link that offers signing in needs "oauth_app"', {
      errors: [{ pointer: '/oauth_app', message: 'is required when kinds holds "oauth_u2m"' }],
    });
  }
  const now = ctx.clock.now();
  const lifeMs = wish.expires_in_seconds * 1000;
  const link: ConnectLink = {
    id: newId('lnk', now),
    tenant: caller.tenant,
    linked_account: account.value.id,
    kinds,
    ...(app === undefined ? {} : { oauth_app: app.value.id }),
    ...(wish.host === undefined
      ? {}
      : { host: checkedHost(ctx, connectorOf(ctx, account.value.connector), { host: wish.host, pointer: '' }) }),
    created_by: caller.keyId,
    expires_at: now + lifeMs,
  };
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const hash = hashOf(secret);
  await transact(
    ctx,
    [['absent', ctx.keys.connectLink(hash)]],
    [
      ['SET', ctx.keys.connectLink(hash), ctx.dataKeyring.seal(JSON.stringify(link), sealOwner(hash)), 'PX', lifeMs],
      auditWrite(ctx, caller, {
        action: 'connect_link.create',
        target: { kind: 'connect_link', id: link.id },
        details: { linked_account: account.value.id },
      }),
    ],
  );
  return { id: link.id, url: `${ctx.config.publicUrl}/connect/${secret}`, expires_at: toTimestamp(link.expires_at) };
}

/** What a link offers. @throws ConnectorError ERR_LINK_INVALID when it is unknown, used or too old; ERR_RATE_LIMITED by address */
export async function readConnectLink(ctx: Context, secret: string, from: string): Promise<ConnectLinkView> {
  const { link } = await openLink(ctx, secret, from);
  const [tenant, account] = await Promise.all([
    getTenant(ctx, link.tenant),
    findAccount(ctx, link.tenant, link.linked_account),
  ]);
  return {
    tenant_name: tenant.name,
    linked_account: account.value.name,
    connector: account.value.connector,
    kinds: link.kinds,
    ...(link.oauth_app === undefined ? {} : { oauth_app: link.oauth_app }),
    ...(link.host === undefined ? {} : { host: link.host }),
    expires_at: toTimestamp(link.expires_at),
  };
}

/**
 * Stores what the end user filled in and uses the link up, in one transaction; a form that is refused leaves the link for
 * another try, ten in all.
 * @throws ConnectorError ERR_LINK_INVALID, ERR_RATE_LIMITED, and as `createAuthentication`
 */
export async function submitConnectLink(
  ctx: Context,
  secret: string,
  form: { fields: Record<string, unknown>; from: string },
): Promise<AuthenticationView> {
  const { link, hash } = await openLink(ctx, secret, form.from);
  await limitRate(ctx, {
    subject: 'connect-forms',
    id: hash,
    most: MOST_SUBMITTED,
    windowMs: link.expires_at - ctx.clock.now(),
    what: 'tries with this link',
  });
  const kind = form.fields.kind;
  if (!link.kinds.includes(kind as AuthenticationKind) || kind === 'oauth_u2m') {
    throw new ConnectorError('ERR_INPUT_INVALID', 'this connect link does not offer this way of connecting', {
      errors: [{ pointer: '/kind', message: 'must be one that the link offers', allowed: link.kinds }],
    });
  }
  const key = ctx.keys.connectLink(hash);
  const also: Also = { checks: [['exists', key]], writes: [['DEL', key]], failed: invalidLink };
  return addAuthentication(ctx, endUser(link, form.from), {
    account: link.linked_account,
    // The name is ours, the test is not optional, and a host that was fixed stays.
    body: {
      ...form.fields,
      name: nameOf(kind as AuthenticationKind, link),
      test: true,
      ...(link.host === undefined ? {} : { host: link.host }),
    },
    also,
  });
}

/**
 * Begins signing in from a connect page. `binding` goes into a cookie of this browser (HttpOnly, SameSite=Lax), without which
 * the callback is refused; the link is used up when the login is finished.
 * @throws ConnectorError ERR_LINK_INVALID, ERR_RATE_LIMITED, ERR_INPUT_INVALID when the link offers no login
 */
export async function beginConnectLogin(
  ctx: Context,
  secret: string,
  from: string,
): Promise<BegunLogin & { binding: string }> {
  const { link, hash } = await openLink(ctx, secret, from);
  if (link.oauth_app === undefined || !link.kinds.includes('oauth_u2m')) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'this connect link does not offer signing in');
  }
  return beginBrowserLogin(ctx, endUser(link, from), {
    name: nameOf('oauth_u2m', link),
    oauth_app: link.oauth_app,
    linked_account: link.linked_account,
    link: hash,
  });
}

async function openLink(ctx: Context, secret: string, from: string): Promise<{ link: ConnectLink; hash: string }> {
  await limitRate(ctx, {
    subject: 'connect-opened',
    id: from,
    most: MOST_OPENED,
    windowMs: MINUTE_MS,
    what: 'connect links from this address',
  });
  const hash = hashOf(secret);
  const sealed = await ctx.redis.get(ctx.keys.connectLink(hash));
  if (sealed === null) throw invalidLink();
  const link = JSON.parse(ctx.dataKeyring.open(sealed, sealOwner(hash))) as ConnectLink;
  if (ctx.clock.now() >= link.expires_at) throw invalidLink();
  return { link, hash };
}

/** One sentence for unknown, used and too old alike. */
function invalidLink(): ConnectorError {
  return new ConnectorError('ERR_LINK_INVALID', 'the connect link was used, or has expired, or was never made', {
    hint: 'Ask whoever sent it for a new one.',
  });
}

function endUser(link: ConnectLink, from: string): Actor {
  return { tenant: link.tenant, keyId: link.id, name: 'connect link', from };
}

/** Told apart by the link's id: one account may be connected by several links. */
function nameOf(kind: AuthenticationKind, link: ConnectLink): string {
  return `${kind} by link ${link.id.slice(-ID_SHOWN)}`;
}

function sealOwner(hash: string): string {
  return `connect-link/${hash}`;
}
