import type { Caller } from '../../../../engine/access/actor.ts';
import type { Context } from '../../../../engine/context.ts';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import type { AuthenticationView } from '../../../../engine/credentials/authentications/authentications.ts';
import { finishLogin } from '../../../../engine/credentials/logins/finish-login.ts';
import { beginLogin } from '../../../../engine/credentials/logins/logins.ts';
import { createOAuthApp } from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { testClock, testContext } from '../../../context.ts';
import { browse, type OidcServer, startOidcServer } from './oidc-server.ts';

export const admin: Caller = { tenant: 'acme', keyId: 'key_1', name: 'tests', role: 'admin', from: '192.0.2.1' };

export interface OAuthSetting {
  ctx: Context;
  oidc: OidcServer;
  clock: ReturnType<typeof testClock>;
  /** Id of the linked account `main`. */
  account: string;
  env: Record<string, string>;
  /** Another process's view of the same Redis. */
  another(): Promise<Context>;
}

/** A linked account `main` and two OAuth apps at an OAuth server that rotates refresh tokens. */
export async function oauthSetting(): Promise<OAuthSetting> {
  const clock = testClock();
  const oidc = await startOidcServer();
  const env = { PENSTOCK_ALLOWED_HOSTS: oidc.origin, PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000' };
  const ctx = await testContext({ env, context: { clock } });
  const { id } = await createLinkedAccount(ctx, admin, { name: 'main' });
  await createOAuthApp(ctx, admin, {
    name: 'public',
    host: oidc.origin,
    client_id: oidc.clients.public,
    scopes: ['all-apis', 'openid'],
  });
  await createOAuthApp(ctx, admin, {
    name: 'confidential',
    host: oidc.origin,
    client_id: oidc.clients.confidential.id,
    client_secret: oidc.clients.confidential.secret,
    scopes: ['all-apis'],
    return_urls: ['https://app.example.com/done'],
  });
  return {
    ctx,
    oidc,
    clock,
    account: id,
    env,
    another: () => testContext({ env, context: { clock }, prefix: ctx.keys.prefix }),
  };
}

/** Signs in from begin to end. */
export async function signIn(
  ctx: Context,
  wish: { oauth_app: string; name?: string; authentication?: string },
): Promise<AuthenticationView> {
  const { url } = await beginLogin(ctx, admin, { linked_account: 'main', ...wish });
  return finishLogin(ctx, { params: (await browse(url)).searchParams });
}
