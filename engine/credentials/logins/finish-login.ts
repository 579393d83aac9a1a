import type { AuthMode } from '../../../connector/auth-mode.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Actor } from '../../access/actor.ts';
import { scopeOf } from '../../connectors/scope.ts';
import { changedByOthers } from '../../store/compare-and-set.ts';
import type { Check, Stored, Write } from '../../store/records.ts';
import { type AuthenticationView, findAuthentication } from '../authentications/authentications.ts';
import {
  type Also,
  newAuthentication,
  storeAuthentication,
  storeNewSecret,
} from '../authentications/store-authentication.ts';
import type { Context } from '../context.ts';
import { requestToken, type TokenAnswer } from '../oauth/oauth.ts';
import { findOAuthApp, type OAuthAppRecord } from '../oauth/oauth-app-record.ts';
import { checkCallback, invalidLogin } from '../oauth/oauth-callback.ts';
import { appClient, connectorOf } from '../oauth/oauth-client.ts';
import { findAccount } from '../records/account-records.ts';
import { accountFields, baseUrlsOf } from '../records/auth-account.ts';
import type {
  AuthenticationRecord,
  AuthenticationSecret,
  LinkedAccountRecord,
} from '../records/authentication-record.ts';
import { credentialOf } from '../tokens/credential.ts';
import { type Identity, probe } from '../tokens/probe.ts';
import { acceptToken } from '../tokens/shared-token.ts';
import { checkBinding, type Login, takeLogin } from './login-state.ts';
import { returnUrl } from './return-address.ts';

/** What came of a login in a browser, and where that is sent; checked when the login began. Without `return_to` it succeeded and stays. */
export type BrowserLogin =
  | { authentication: AuthenticationView; return_to?: string }
  | { refused: true; return_to: string };

/** What comes with a callback. */
export interface Callback {
  /** The query, as it arrived. */
  params: URLSearchParams;
  /** The cookie, when the browser has one. */
  binding?: string | undefined;
  /** Where the login came back to a terminal: anyone who posts it. */
  caller?: Actor | undefined;
  /** Network address, for the audit log. */
  from?: string | undefined;
}

/**
 * Finishes a login: takes its state, checks issuer and browser, exchanges the code, asks who signed in, and stores the
 * authentication. A state is good for one callback, also when that fails.
 * @throws ConnectorError ERR_LOGIN_INVALID, ERR_LOGIN_REFUSED, ERR_NAME_TAKEN, ERR_NOT_FOUND when the account is gone, and as `requestToken`
 */
export async function finishLogin(ctx: Context, callback: Callback): Promise<AuthenticationView> {
  return finish(ctx, await takeChecked(ctx, callback), callback);
}

/**
 * Finishes a login in a browser. One with `return_to` leads back there also when it is refused; where it is bound to a browser,
 * only that one is sent there. @throws as `finishLogin`
 */
export async function finishBrowserLogin(ctx: Context, callback: Callback): Promise<BrowserLogin> {
  const taken = await takeChecked(ctx, callback);
  const { link_return: back, linked_account: account } = taken.login;
  if (back === undefined) return { authentication: await finish(ctx, taken, callback) };
  try {
    const authentication = await finish(ctx, taken, callback);
    const outcome = { status: 'connected', account, authentication: authentication.id } as const;
    return { authentication, return_to: returnUrl(back, outcome) };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === 'unavailable') throw error;
    ctx.log.info({ linked_account: account, code: error.code }, 'a login was refused');
    return { refused: true, return_to: returnUrl(back, { status: 'refused', account, error: error.code }) };
  }
}

async function takeChecked(ctx: Context, callback: Callback): Promise<{ login: Login; state: string }> {
  const states = callback.params.getAll('state');
  const login = await takeLogin(ctx, states.length === 1 ? states[0]! : null);
  if (callback.caller !== undefined && callback.caller.tenant !== login.tenant)
    throw invalidLogin('it was started by a different tenant');
  if (callback.caller === undefined && login.redirect_uri.startsWith('http://localhost:'))
    throw invalidLogin('it was started in a terminal');
  checkBinding(login, callback.binding);
  return { login, state: states[0]! };
}

async function finish(
  given: Context,
  { login, state }: { login: Login; state: string },
  { params, from }: Callback,
): Promise<AuthenticationView> {
  const ctx = await scopeOf(given, login.tenant);
  const app = await findOAuthApp(ctx, login.tenant, login.oauth_app);
  const { server, mode, call } = await appClient(ctx, app);
  const checked = checkCallback(server, { clientId: call.client.id, params, state });
  const answer = await requestToken(ctx, server, {
    ...call,
    grant: { kind: 'authorization_code', callback: checked, redirectUri: login.redirect_uri, verifier: login.verifier },
  }).catch((error: unknown) => {
    throw refusedCode(error);
  });
  // A grant whose storing fails is not revoked: services may keep one grant per user and app, and it may serve another
  // authentication. Nobody holds its refresh token.
  return store(ctx, login, { app, mode, answer, from });
}

async function store(
  ctx: Context,
  login: Login,
  made: { app: Stored<OAuthAppRecord>; mode: AuthMode; answer: TokenAnswer; from: string | undefined },
): Promise<AuthenticationView> {
  const { answer, app, mode } = made;
  const isLasting = answer.refreshToken === undefined && !answer.hasEnd;
  if (answer.refreshToken === undefined && (mode.manifest.refresh_token === 'required' || !isLasting)) {
    throw new ConnectorError(
      'ERR_LOGIN_REFUSED',
      'the service returned no refresh token, so the login would expire with its first access token',
      {
        hint: 'Allow the scope offline_access for the app at the service.',
      },
    );
  }
  const actor: Actor = { ...login.actor, ...(made.from === undefined ? {} : { from: made.from }) };
  const account = await findAccount(ctx, login.tenant, login.linked_account);
  const place = placeOf(ctx, mode, { app: app.value, account: account.value });
  const identity = await whoSignedIn(ctx, account.value, { record: { ...place, kind: mode.id }, answer });
  const found = {
    ...identity,
    ...(answer.scope === undefined ? {} : { granted_scopes: answer.scope.split(' ') }),
    tested_at: ctx.clock.now(),
  };
  const secret: AuthenticationSecret = isLasting
    ? { access_token: answer.accessToken }
    : { refresh_token: answer.refreshToken! };
  if (login.authentication !== undefined) {
    const { record } = await findAuthentication(ctx, {
      tenant: login.tenant,
      account: login.linked_account,
      id: login.authentication,
    });
    const { status_reason: _, lasting: __, ...kept } = record.value;
    const value: AuthenticationRecord = {
      ...kept,
      ...place,
      ...(isLasting ? { lasting: true as const } : {}),
      ...found,
      status: 'active',
      secret_version: record.value.secret_version + 1,
      updated_at: ctx.clock.now(),
    };
    const token = acceptToken(answer.accessToken, {
      lifeMs: answer.lifeMs,
      now: ctx.clock.now(),
      secretVersion: value.secret_version,
    });
    const also = alsoOf(ctx, login, record.value);
    const view = await storeNewSecret(ctx, actor, {
      record,
      value,
      secret,
      tried: isLasting ? { found } : { found, token, lifeMs: answer.lifeMs },
      also,
    });
    if (view === undefined) throw changedByOthers(`the authentication "${record.value.id}"`);
    return view;
  }
  const draft = { name: login.name, kind: mode.id, ...place, secret, test: true };
  const record: AuthenticationRecord = {
    ...newAuthentication(ctx, actor, { draft, account: account.value }),
    ...(isLasting ? { lasting: true as const } : {}),
    ...found,
  };
  const token = acceptToken(answer.accessToken, {
    lifeMs: answer.lifeMs,
    now: ctx.clock.now(),
    secretVersion: record.secret_version,
  });
  const also = alsoOf(ctx, login, undefined);
  return storeAuthentication(ctx, actor, {
    account,
    record,
    secret,
    tried: isLasting ? { found } : { found, token, lifeMs: answer.lifeMs },
    also,
  });
}

/** What a login takes over from its app. A connector whose address is the account's has that of the account. */
function placeOf(
  ctx: Context,
  mode: AuthMode,
  { app, account }: { app: OAuthAppRecord; account: LinkedAccountRecord },
) {
  const own = {
    ...(app.account_id === undefined ? {} : { account_id: app.account_id }),
    ...(app.fields === undefined ? {} : { fields: app.fields }),
    client_id: app.client_id,
    oauth_app: app.id,
    scopes: app.scopes,
  };
  const isOfApp = mode.shown.includes('host');
  const connector = connectorOf(ctx, app.connector);
  const host = isOfApp
    ? app.host
    : new URL(baseUrlsOf(ctx, connector, accountFields(connector, account, own)).api!).origin;
  return { host, ...own };
}

/** The app must still be there and gets the renewed authentication into its list; a connect link is used up. */
function alsoOf(ctx: Context, login: Login, renewed: AuthenticationRecord | undefined): Also {
  const checks: Check[] = [['exists', ctx.keys.record('oauth_app', login.oauth_app)]];
  const writes: Write[] = [];
  if (renewed !== undefined && renewed.oauth_app !== login.oauth_app) {
    writes.push(['ZREM', ctx.keys.records('authentication', renewed.oauth_app!), renewed.id]);
    writes.push(['ZADD', ctx.keys.records('authentication', login.oauth_app), renewed.created_at, renewed.id]);
  }
  if (login.link !== undefined) {
    checks.push(['exists', ctx.keys.connectLink(login.link)]);
    writes.push(['DEL', ctx.keys.connectLink(login.link)]);
  }
  return { checks, writes, failed: () => invalidLogin('its OAuth app or connect link was deleted') };
}

/** The service's word on who signed in. It may be away for a moment; the grant is good all the same. */
async function whoSignedIn(
  ctx: Context,
  account: LinkedAccountRecord,
  of: { record: Partial<AuthenticationRecord> & { kind: string }; answer: TokenAnswer },
): Promise<Identity> {
  const said = of.answer.userName === undefined ? {} : { user_name: of.answer.userName };
  try {
    const connector = connectorOf(ctx, account.connector);
    const token = of.answer.accessToken;
    const credential = credentialOf(ctx, { connector, account, record: of.record, secret: {}, token });
    return { ...said, ...(await probe(ctx, credential)) };
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'temporary') return said;
    throw error;
  }
}

function refusedCode(error: unknown): unknown {
  if (!(error instanceof ConnectorError) || error.code !== 'ERR_NEEDS_REAUTH') return error;
  return new ConnectorError(
    'ERR_LOGIN_REFUSED',
    `the service does not accept the code (${error.upstream?.message ?? 'invalid_grant'})`,
    {
      hint: 'Start the login again.',
      upstream: error.upstream,
    },
  );
}
