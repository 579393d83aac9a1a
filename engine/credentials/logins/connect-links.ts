import { ConnectorError } from '../../../connector/errors.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';
import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { limitRate } from '../../access/rates.ts';
import { getTenant } from '../../access/tenants.ts';
import { scopeOf } from '../../connectors/scope.ts';
import { newId } from '../../store/ids.ts';
import { transact } from '../../store/records.ts';
import { toTimestamp } from '../../store/timestamps.ts';
import { bodyKinds } from '../authentications/authentication-body.ts';
import {
  type AuthenticationView,
  addAuthentication,
  findAuthentication,
  renewSecret,
} from '../authentications/authentications.ts';
import type { Also } from '../authentications/store-authentication.ts';
import type { Context } from '../context.ts';
import { findOAuthApp } from '../oauth/oauth-app-record.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { findAccount } from '../records/account-records.ts';
import type { AuthenticationKind } from '../records/authentication-record.ts';
import { atField, checkedAddress } from '../records/checked-host.ts';
import {
  type ConnectLink,
  findConnectLink,
  invalidLink,
  newConnectLink,
  openConnectLink,
} from './connect-link-record.ts';
import { CONNECT_LINK_SCHEMA } from './connect-link-schema.ts';
import { type ConnectModeView, connectModes } from './connect-modes.ts';
import { type BegunLogin, beginBrowserLogin } from './logins.ts';
import { checkReturnTo, returnAddress, returnUrl } from './return-address.ts';

/** What the connect page shows. */
export interface ConnectLinkView {
  tenant_name: string;
  linked_account: string;
  connector: string;
  connector_title: string;
  kinds: AuthenticationKind[];
  /** The same, with what is to be filled in. */
  modes: ConnectModeView[];
  oauth_app?: string;
  host?: string;
  /** Where the browser goes when the end user gives up. */
  cancel_url?: string;
  /** The link renews an authentication that is there, at its host. */
  renews: boolean;
  expires_at: string;
}

interface Wish {
  linked_account: string;
  authentication?: string;
  oauth_app?: string;
  kinds?: AuthenticationKind[];
  host?: string;
  return_to?: string;
  state?: string;
  expires_in_seconds: number;
}

const body = compileSchema(CONNECT_LINK_SCHEMA);
const MINUTE_MS = 60_000;
/** Links one tenant may make in a minute. */
const MAX_NEW = 60;
/** Forms one link takes: each is a test of credentials at the service. */
const MAX_SUBMITTED = 10;
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
  const wish = body.check(given, 'the connect link') as Wish;
  const { tenant } = caller;
  const windowMs = MINUTE_MS;
  await limitRate(ctx, { subject: 'connect-links', id: tenant, most: MAX_NEW, windowMs, what: 'connect links' });
  const account = await findAccount(ctx, tenant, wish.linked_account);
  const connector = connectorOf(ctx, account.value.connector);
  const now = ctx.clock.now();
  const offer =
    wish.authentication === undefined
      ? await offerOf(ctx, { tenant, connector }, wish)
      : await renewalOf(ctx, tenant, { account: account.value.id, id: wish.authentication });
  const link: ConnectLink = {
    id: newId('lnk', now),
    tenant,
    linked_account: account.value.id,
    ...offer,
    ...(wish.host === undefined ? {} : { host: fixedHost(ctx, connector, wish.host) }),
    ...(await returnOf(ctx, tenant, { ...wish, oauth_app: offer.oauth_app })),
    created_by: caller.keyId,
    expires_at: now + wish.expires_in_seconds * 1000,
  };
  const { secret, key, write } = newConnectLink(ctx, link);
  const target = { kind: 'connect_link', id: link.id };
  const details = { linked_account: account.value.id };
  await transact(
    ctx,
    [['absent', key]],
    [write, auditWrite(ctx, caller, { action: 'connect_link.create', target, details })],
  );
  return { id: link.id, url: `${ctx.config.publicUrl}/connect/${secret}`, expires_at: toTimestamp(link.expires_at) };
}

/**
 * Lets a form of a connect page in, before its body is read; `submitConnectLink` and `beginConnectLogin` come after it.
 * @throws ConnectorError ERR_LINK_INVALID when the link is unknown, used or expired; ERR_RATE_LIMITED by address
 */
export async function guardConnectForm(ctx: Context, secret: string, from: string): Promise<void> {
  await openConnectLink(ctx, secret, from);
}

/** What a link offers. @throws ConnectorError ERR_LINK_INVALID when it is unknown, used or too old; ERR_RATE_LIMITED by address */
export async function readConnectLink(given: Context, secret: string, from: string): Promise<ConnectLinkView> {
  const { link } = await openConnectLink(given, secret, from);
  const ctx = await scopeOf(given, link.tenant);
  const [tenant, account] = await Promise.all([
    getTenant(ctx, link.tenant),
    findAccount(ctx, link.tenant, link.linked_account),
  ]);
  // A renewal goes where the authentication is.
  const host = await hostOf(ctx, link);
  const connector = connectorOf(ctx, account.value.connector);
  return {
    tenant_name: tenant.name,
    linked_account: account.value.name,
    connector: account.value.connector,
    connector_title: connector.manifest.title,
    kinds: link.kinds,
    modes: connectModes(connector, {
      kinds: link.kinds,
      renews: link.authentication !== undefined,
      hasHost: host !== undefined,
    }),
    ...(link.oauth_app === undefined ? {} : { oauth_app: link.oauth_app }),
    ...(host === undefined ? {} : { host }),
    ...(link.return === undefined
      ? {}
      : { cancel_url: returnUrl(link.return, { status: 'canceled', account: link.linked_account }) }),
    renews: link.authentication !== undefined,
    expires_at: toTimestamp(link.expires_at),
  };
}

/**
 * Stores what the end user filled in and uses the link up, in one transaction; a form that is refused leaves the link for
 * another try, ten in all.
 * @throws ConnectorError ERR_LINK_INVALID, ERR_RATE_LIMITED, and as `createAuthentication`
 */
export async function submitConnectLink(
  given: Context,
  secret: string,
  form: { fields: Record<string, unknown>; from: string },
): Promise<{ authentication: AuthenticationView; return_to?: string }> {
  const { link, hash } = await findConnectLink(given, secret);
  const ctx = await scopeOf(given, link.tenant);
  await limitRate(ctx, {
    subject: 'connect-forms',
    id: hash,
    most: MAX_SUBMITTED,
    windowMs: link.expires_at - ctx.clock.now(),
    what: 'attempts with this link',
  });
  const kind = form.fields.kind;
  if (!link.kinds.includes(kind as AuthenticationKind) || (await isLogin(ctx, link, kind))) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'this connect link does not offer this kind of authentication', {
      errors: [{ pointer: '/kind', message: 'must be one of the kinds that the link offers', allowed: link.kinds }],
    });
  }
  const key = ctx.keys.connectLink(hash);
  const also: Also = { checks: [['exists', key]], writes: [['DEL', key]], failed: invalidLink };
  const actor = endUser(link, form.from);
  // The name is ours, the test is not optional, and a host that was fixed stays.
  const body = { ...form.fields, test: true };
  if (link.authentication !== undefined) {
    const { kind: _, host: __, name: ___, ...secretFields } = body as Record<string, unknown>;
    const renewal = { account: link.linked_account, id: link.authentication, body: secretFields, also };
    return connected(link, await renewSecret(ctx, actor, renewal));
  }
  const fixed = {
    name: nameOf(kind as AuthenticationKind, link),
    ...(link.host === undefined ? {} : { host: link.host }),
  };
  const addition = { account: link.linked_account, body: { ...body, ...fixed }, also };
  return connected(link, await addAuthentication(ctx, actor, addition));
}

function connected(link: ConnectLink, authentication: AuthenticationView) {
  if (link.return === undefined) return { authentication };
  const outcome = { status: 'connected', account: link.linked_account, authentication: authentication.id } as const;
  return { authentication, return_to: returnUrl(link.return, outcome) };
}

/**
 * Begins signing in from a connect page. `binding` goes into a cookie of this browser (HttpOnly, SameSite=Lax), without which
 * the callback is refused; the link is used up when the login is finished.
 * @throws ConnectorError ERR_LINK_INVALID, ERR_RATE_LIMITED, ERR_INPUT_INVALID when the link offers no login
 */
export async function beginConnectLogin(
  given: Context,
  secret: string,
  from: string,
): Promise<BegunLogin & { binding: string }> {
  const { link, hash } = await findConnectLink(given, secret);
  const ctx = await scopeOf(given, link.tenant);
  const login = link.oauth_app === undefined ? undefined : await loginKind(ctx, link);
  if (link.oauth_app === undefined || login === undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'this connect link does not offer sign-in');
  }
  return beginBrowserLogin(ctx, endUser(link, from), {
    ...(link.authentication === undefined ? { name: nameOf(login, link) } : { authentication: link.authentication }),
    oauth_app: link.oauth_app,
    linked_account: link.linked_account,
    link: hash,
    link_return: link.return,
  });
}

/** Where the link leads back to; checked now, because nobody who could correct it sees the page. */
async function returnOf(
  ctx: Context,
  tenant: string,
  wish: { return_to?: string; state?: string; oauth_app: string | undefined },
): Promise<Pick<ConnectLink, 'return'>> {
  const address = returnAddress(wish);
  if (address === undefined) return {};
  const app = wish.oauth_app === undefined ? undefined : await findOAuthApp(ctx, tenant, wish.oauth_app);
  const { return_urls: ofTenant = [] } = await getTenant(ctx, tenant);
  checkReturnTo(address, {
    allowed: [...(app?.value.return_urls ?? []), ...ofTenant],
    of: app === undefined ? 'the tenant' : `the OAuth app "${app.value.name}" or of the tenant`,
    hint: 'Ask an administrator to add it: "return_urls" of PATCH /v1/tenant, or of the OAuth app.',
  });
  return { return: address };
}

/** What an end user may choose from. */
async function offerOf(
  ctx: Context,
  { tenant, connector }: { tenant: string; connector: Connector },
  wish: Wish,
): Promise<Pick<ConnectLink, 'kinds' | 'oauth_app'>> {
  const app = wish.oauth_app === undefined ? undefined : await findOAuthApp(ctx, tenant, wish.oauth_app);
  if (app !== undefined && app.value.connector !== connector.id) {
    const message = `is an OAuth app of ${app.value.connector}, and the linked account belongs to ${connector.id}`;
    throw new ConnectorError('ERR_INPUT_INVALID', `"${app.value.name}" ${message}`, {
      errors: [{ pointer: '/oauth_app', message }],
    });
  }
  const all = [...connector.modes.keys()];
  const kinds = wish.kinds ?? (app === undefined ? bodyKinds(connector) : all.toReversed());
  const unknown = kinds.findIndex((kind) => !connector.modes.has(kind));
  if (unknown !== -1) {
    const message = `must be one of ${all.map((id) => JSON.stringify(id)).join(', ')}`;
    throw new ConnectorError('ERR_INPUT_INVALID', `"kinds" ${message}`, {
      errors: [{ pointer: `/kinds/${unknown}`, message, allowed: all }],
    });
  }
  const login = kinds.find((kind) => connector.modes.get(kind)!.family === 'login');
  if (login !== undefined && app === undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'a connect link that offers sign-in requires "oauth_app"', {
      errors: [{ pointer: '/oauth_app', message: `is required when kinds contains "${login}"` }],
    });
  }
  return { kinds, ...(app === undefined ? {} : { oauth_app: app.value.id }) };
}

async function connectorOfLink(ctx: Context, link: ConnectLink): Promise<Connector> {
  return connectorOf(ctx, (await findAccount(ctx, link.tenant, link.linked_account)).value.connector);
}

async function isLogin(ctx: Context, link: ConnectLink, kind: unknown): Promise<boolean> {
  return (await connectorOfLink(ctx, link)).modes.get(String(kind))?.family === 'login';
}

/** The login that a link offers. */
async function loginKind(ctx: Context, link: ConnectLink): Promise<string | undefined> {
  const { modes } = await connectorOfLink(ctx, link);
  return link.kinds.find((kind) => modes.get(kind)?.family === 'login');
}

/** An address that the end user cannot change. @throws ConnectorError ERR_INPUT_INVALID where the linked account has it */
function fixedHost(ctx: Context, connector: Connector, value: string): string {
  const schemas = [...connector.modes.values()].map(
    ({ manifest }) => (manifest.fields?.properties as Record<string, JsonObject> | undefined)?.host,
  );
  const schema = schemas.find((each) => each !== undefined);
  if (schema === undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', `"host" is not a field of the logins of ${connector.id}`, {
      errors: [{ pointer: '/host', message: 'must be left out: the linked account has the address' }],
    });
  }
  try {
    connector.service.checkLoginAddress?.(value);
  } catch (error) {
    throw atField(error, '/host');
  }
  return checkedAddress(ctx, connector, { name: 'host', value, schema, pointer: '' });
}

/** A renewal is of the kind, and through the app, of what is renewed. */
async function renewalOf(
  ctx: Context,
  tenant: string,
  of: { account: string; id: string },
): Promise<Pick<ConnectLink, 'kinds' | 'oauth_app' | 'authentication'>> {
  const { value } = (await findAuthentication(ctx, { tenant, ...of })).record;
  return {
    kinds: [value.kind],
    authentication: value.id,
    ...(value.oauth_app === undefined ? {} : { oauth_app: value.oauth_app }),
  };
}

async function hostOf(ctx: Context, link: ConnectLink): Promise<string | undefined> {
  const { tenant, linked_account: account, authentication: id } = link;
  if (id === undefined) return link.host;
  return (await findAuthentication(ctx, { tenant, account, id })).record.value.host;
}

function endUser(link: ConnectLink, from: string): Actor {
  return { tenant: link.tenant, keyId: link.id, name: 'connect link', from };
}

/** Told apart by the link's id: one account may be connected by several links. */
function nameOf(kind: AuthenticationKind, link: ConnectLink): string {
  return `${kind} by link ${link.id.slice(-ID_SHOWN)}`;
}
