import { ConnectorError } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';
import type { Actor } from '../../access/actor.ts';
import { limitRate } from '../../access/rates.ts';
import { toTimestamp } from '../../store/timestamps.ts';
import { findAuthentication } from '../authentications/authentications.ts';
import type { Context } from '../context.ts';
import type { AuthorizationServer } from '../oauth/oauth.ts';
import { findOAuthApp, type OAuthAppRecord, redirectUrl } from '../oauth/oauth-app-record.ts';
import { newPkce } from '../oauth/oauth-callback.ts';
import { appClient } from '../oauth/oauth-client.ts';
import { findAccount } from '../records/account-records.ts';
import type { LinkedAccountRecord } from '../records/authentication-record.ts';
import { keepLoginStart } from './login-start.ts';
import { keepLogin, LOGIN_LIFE_MS, newBinding } from './login-state.ts';
import { checkReturnTo, type ReturnAddress, returnAddress, STATE_SCHEMA } from './return-address.ts';

/** Where a browser is to go. */
export interface BegunLogin {
  url: string;
  expires_at: string;
}

/** Body of `POST /v1/oauth/authorize`. */
export const AUTHORIZE_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['oauth_app', 'linked_account'],
  additionalProperties: false,
  properties: {
    name: {
      title: 'Name',
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      format: 'label',
      description: 'Name of the new authentication',
    },
    oauth_app: { title: 'OAuth app', type: 'string' },
    linked_account: { title: 'Linked account', type: 'string' },
    authentication: { title: 'Authentication', type: 'string', description: 'Login to renew. Its id stays the same' },
    return_to: {
      title: 'Return to',
      type: 'string',
      format: 'uri',
      description:
        'Where the browser is redirected afterwards, also after a refused login, with the query parameters `status` (connected or refused), `account`, `authentication`, `error` and `state`. One of the return URLs of the app; with a browser session also /app/connected of this server',
    },
    state: STATE_SCHEMA,
    redirect_port: {
      title: 'Redirect port',
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description: 'For a terminal: the login redirects to http://localhost:PORT instead of to Penstock',
    },
    bind_browser: {
      title: 'Bind to the browser',
      type: 'boolean',
      default: false,
      description:
        'Returns a single-use URL of Penstock that sets a cookie and redirects to the service. The callback is rejected in any other browser.',
    },
  },
});

/** What AUTHORIZE_SCHEMA lets through. */
interface Wish {
  name?: string;
  oauth_app: string;
  linked_account: string;
  authentication?: string;
  return_to?: string;
  state?: string;
  redirect_port?: number;
  bind_browser?: boolean;
}

const body = compileSchema(AUTHORIZE_SCHEMA);
/** Logins that one tenant may begin in a minute; each keeps 10 minutes of memory. */
const MAX_PER_MINUTE = 120;
const MINUTE_MS = 60_000;

/**
 * Begins a login for a caller with an API key: the URL of the service's own page, good once and for 10 minutes.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_NOT_FOUND, ERR_NAME_TAKEN, ERR_CONFLICT, ERR_LOGIN_REFUSED, ERR_RATE_LIMITED
 */
export async function beginLogin(ctx: Context, caller: Actor, given: unknown): Promise<BegunLogin> {
  const wish = body.check(given, 'the login') as Wish;
  if (wish.bind_browser === true) return beginBoundLogin(ctx, caller, wish);
  const redirectUri = wish.redirect_port === undefined ? redirectUrl(ctx) : `http://localhost:${wish.redirect_port}`;
  return authorize(ctx, caller, { ...wish, redirectUri, binding: undefined, link: undefined });
}

/**
 * Begins a login for a person who is signed in with a browser session: `binding` goes into a cookie of that browser.
 * @throws ConnectorError as `beginLogin`; ERR_INPUT_INVALID for a login that would come back to a terminal
 */
export async function beginSessionLogin(
  ctx: Context,
  caller: Actor,
  given: unknown,
): Promise<BegunLogin & { binding: string }> {
  const { bind_browser: _, redirect_port: port, ...wish } = body.check(given, 'the login') as Wish;
  if (port !== undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'a login with a browser session does not come back to a terminal', {
      hint: 'Leave "redirect_port" out, or send the request with an API key.',
      errors: [{ pointer: '/redirect_port', message: 'must be left out' }],
    });
  }
  if (wish.return_to !== appReturnUrl(ctx)) return beginBrowserLogin(ctx, caller, wish);
  return beginBrowserLogin(ctx, caller, { ...wish, link_return: returnAddress(wish) });
}

/** The page of the browser app that takes what came of a login, also of a refused one. It is of this server, so every app may lead there. */
function appReturnUrl({ config }: Context): string {
  return `${config.publicUrl}/app/connected`;
}

/** The URL is that of `startLogin`: an API cannot put a cookie into the browser of a person. */
async function beginBoundLogin(
  ctx: Context,
  caller: Actor,
  wish: { oauth_app: string; linked_account: string; redirect_port?: number },
): Promise<BegunLogin> {
  if (wish.redirect_port !== undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', '"bind_browser" and "redirect_port" cannot be combined', {
      hint: 'A login that redirects to a terminal is completed with an API key. Omit one of the two.',
      errors: [{ pointer: '/bind_browser', message: 'must be omitted when "redirect_port" is set' }],
    });
  }
  const { binding, hash } = newBinding();
  const begun = await authorize(ctx, caller, {
    ...wish,
    redirectUri: redirectUrl(ctx),
    binding: hash,
    link: undefined,
  });
  const secret = await keepLoginStart(ctx, { url: begun.url, binding, begun_at: ctx.clock.now() });
  return { ...begun, url: `${ctx.config.publicUrl}/oauth/start/${secret}` };
}

/** Begins a login in the browser that holds `binding` in a cookie from here on. @throws as `beginLogin` */
export async function beginBrowserLogin(
  ctx: Context,
  actor: Actor,
  wish: Pick<Wish, 'name' | 'authentication' | 'oauth_app' | 'linked_account' | 'return_to' | 'state'> & {
    link?: string;
    /** Checked by the caller; instead of `return_to`. */
    link_return?: ReturnAddress | undefined;
  },
): Promise<BegunLogin & { binding: string }> {
  const { binding, hash } = newBinding();
  return {
    ...(await authorize(ctx, actor, { link: undefined, ...wish, redirectUri: redirectUrl(ctx), binding: hash })),
    binding,
  };
}

async function authorize(
  ctx: Context,
  actor: Actor,
  wish: {
    name?: string | undefined;
    oauth_app: string;
    linked_account: string;
    authentication?: string | undefined;
    return_to?: string | undefined;
    state?: string | undefined;
    redirectUri: string;
    binding: string | undefined;
    link: string | undefined;
    link_return?: ReturnAddress | undefined;
  },
): Promise<BegunLogin> {
  const { tenant } = actor;
  await limitRate(ctx, { subject: 'logins', id: tenant, most: MAX_PER_MINUTE, windowMs: MINUTE_MS, what: 'logins' });
  const app = await findOAuthApp(ctx, tenant, wish.oauth_app);
  const account = await findAccount(ctx, tenant, wish.linked_account);
  const name = await nameOf(ctx, tenant, { ...wish, account: account.value.id });
  const back = wish.link_return ?? wantedReturn(wish, app.value);
  if (account.value.connector !== app.value.connector) throw otherConnector(app.value, account.value);
  const { server, mode } = await appClient(ctx, app);
  checkServer(server);
  const { verifier, challenge } = await newPkce();
  const now = ctx.clock.now();
  const state = await keepLogin(ctx, {
    tenant,
    linked_account: account.value.id,
    oauth_app: app.value.id,
    name,
    ...(wish.authentication === undefined ? {} : { authentication: wish.authentication }),
    verifier,
    redirect_uri: wish.redirectUri,
    ...(wish.binding === undefined ? {} : { binding: wish.binding }),
    ...(wish.link === undefined ? {} : { link: wish.link }),
    ...(back === undefined ? {} : { link_return: back }),
    actor,
    begun_at: now,
  });
  const url = new URL(server.authorization_endpoint!);
  const params = {
    response_type: 'code',
    client_id: app.value.client_id,
    redirect_uri: wish.redirectUri,
    scope: app.value.scopes.join(mode.manifest.scopes?.separator ?? ' '),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  const more = mode.manifest.authorize_parameters ?? {};
  for (const [field, value] of Object.entries({ ...more, ...params })) url.searchParams.set(field, value);
  return { url: url.href, expires_at: toTimestamp(now + LOGIN_LIFE_MS) };
}

/** Where a login asks to be led back to. @throws ConnectorError ERR_INPUT_INVALID unless it is a return URL of the app */
function wantedReturn(wish: { return_to?: string | undefined; state?: string | undefined }, app: OAuthAppRecord) {
  const address = returnAddress(wish);
  checkReturnTo(address, {
    allowed: app.return_urls ?? [],
    of: `the OAuth app "${app.name}"`,
    hint: 'Ask an administrator to add it to the app.',
  });
  return address;
}

/** A token of one connector is never sent to the hosts of another. */
function otherConnector(app: OAuthAppRecord, account: LinkedAccountRecord): ConnectorError {
  const message = `is an OAuth app of ${app.connector}, and the linked account belongs to ${account.connector}`;
  return new ConnectorError('ERR_INPUT_INVALID', `"${app.name}" ${message}`, {
    errors: [{ pointer: '/oauth_app', message }],
    sent: 'no',
  });
}

/** A taken name is told before the person signs in, not after. */
async function nameOf(
  ctx: Context,
  tenant: string,
  wish: { name?: string | undefined; authentication?: string | undefined; account: string },
): Promise<string> {
  if (wish.authentication !== undefined) {
    const { record } = await findAuthentication(ctx, { tenant, account: wish.account, id: wish.authentication });
    if (record.value.oauth_app !== undefined) return record.value.name;
    throw new ConnectorError('ERR_CONFLICT', `"${record.value.name}" is not a login; its secret is replaced with PUT`);
  }
  if (wish.name === undefined) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'set "name", or "authentication" to renew a login', {
      errors: [{ pointer: '/name', message: 'is required' }],
    });
  }
  const taken = await ctx.redis.hget(ctx.keys.uniques('authentication', wish.account), `name:${wish.name}`);
  if (taken === null) return wish.name;
  throw new ConnectorError(
    'ERR_NAME_TAKEN',
    `the linked account already has an authentication named "${wish.name}" (${taken})`,
    {
      hint: `Choose a different name, or set "authentication" to "${taken}" to renew it.`,
      errors: [{ pointer: '/name', message: 'is already in use' }],
    },
  );
}

/** A server that says it knows PKCE but not S256 would let the challenge be downgraded (RFC 9700 section 2.1.1). */
function checkServer(server: AuthorizationServer): void {
  const methods = server.code_challenge_methods_supported;
  if (server.authorization_endpoint !== undefined && (methods === undefined || methods.includes('S256'))) return;
  throw new ConnectorError('ERR_LOGIN_REFUSED', `${server.issuer} does not support logins with PKCE S256`, {
    hint: 'Check the host of the OAuth app.',
  });
}
