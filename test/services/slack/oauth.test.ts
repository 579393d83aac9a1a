import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { finishLogin } from '../../../engine/credentials/logins/finish-login.ts';
import { beginLogin } from '../../../engine/credentials/logins/logins.ts';
import { createOAuthApp } from '../../../engine/credentials/oauth/oauth-apps.ts';
import { resolveAuthentication } from '../../../engine/credentials/tokens/tokens.ts';
import { testContext } from '../../context.ts';
import { readBody, startHttpServer } from '../../servers.ts';

const actor = engineActor('acme');
/** As https://docs.slack.dev/authentication/installing-with-oauth shows it. */
const ANSWER = {
  ok: true,
  access_token: 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy',
  token_type: 'bot',
  scope: 'chat:write,channels:read',
  bot_user_id: 'U0KRQLJ9H',
  app_id: 'A0KRD7HC3',
  team: { name: 'Slack Pickleball Team', id: 'T9TK3CUKW' },
  authed_user: { id: 'U1234' },
};

test('a person installs the app, and the bot token is kept as it has no end', async () => {
  const asked: { url: string; body: URLSearchParams }[] = [];
  const server = await startHttpServer(async (request, response) => {
    asked.push({ url: request.url!, body: new URLSearchParams(await readBody(request)) });
    const isTest = request.url === '/api/auth.test';
    const answer = isTest ? { ok: true, user: 'loader', team: 'Slack Pickleball Team' } : ANSWER;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const env = { PENSTOCK_ALLOWED_HOSTS: server.origin, PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000' };
  const ctx = await testContext({ env });
  const account = await createLinkedAccount(ctx, actor, {
    name: 'chat',
    connector: 'slack',
    base_url: `${server.origin}/api`,
  });
  await createOAuthApp(ctx, actor, {
    template: 'slack',
    base_url: `${server.origin}/api`,
    name: 'app',
    client_id: '1.2',
    client_secret: 'the-secret-of-the-app',
    scopes: ['chat:write', 'channels:read'],
  });

  const login = await beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'chat', name: 'bot' });
  const url = new URL(login.url);
  const params = new URLSearchParams({ code: 'c0de', state: url.searchParams.get('state')! });
  const authentication = await finishLogin(ctx, { params });
  const resolved = await resolveAuthentication(ctx, 'acme', account.id);

  expect(`${url.origin}${url.pathname}`).toBe(`${server.origin}/oauth/v2/authorize`);
  expect(url.searchParams.get('scope')).toBe('chat:write,channels:read');
  expect(asked[0]!.url).toBe('/api/oauth.v2.access');
  expect(Object.fromEntries(asked[0]!.body)).toMatchObject({ code: 'c0de', client_id: '1.2' });
  expect(authentication).toMatchObject({ kind: 'oauth', status: 'active' });
  expect(resolved.headers).toMatchObject({ authorization: `Bearer ${ANSWER.access_token}` });
  expect(JSON.stringify(authentication)).not.toContain('xoxb');
});
