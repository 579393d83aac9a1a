import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../emulator/server.ts';
import { readEvents } from '../../engine/events/event-stream.ts';
import { until } from '../context.ts';
import { ACCOUNT_ID, startOidcServer } from '../engine/credentials/oauth/oidc-server.ts';
import { startTestApi } from './client.ts';

test('registers, shows, changes and deletes an OAuth app, and never shows its secret', async () => {
  const { send, emulator } = await openOAuth();
  const body = { name: 'app', host: emulator.url, client_id: 'c1', client_secret: 'very-secret', scopes: ['sql'] };

  const made = await send('POST', '/v1/oauth_apps', { body });
  const answers = [
    made,
    await send('GET', '/v1/oauth_apps/app'),
    await send('GET', '/v1/oauth_apps'),
    await send('PATCH', '/v1/oauth_apps/app', { body: { name: 'renamed' } }),
  ];

  expect(made).toMatchObject({
    status: 201,
    body: {
      confidential: true,
      redirect_url: expect.stringMatching(/\/oauth\/callback$/),
      registration_command: expect.stringContaining('databricks'),
    },
  });
  expect(made.body.scopes).toEqual(expect.arrayContaining(['offline_access', 'sql']));
  expect(answers.map(({ text }) => text).join()).not.toContain('very-secret');
  expect(answers[3]!.body.name).toBe('renamed');
  expect((await send('DELETE', `/v1/oauth_apps/${made.body.id}`)).status).toBe(204);
  expect((await send('GET', '/v1/oauth_apps/renamed')).status).toBe(404);
});

test('begins a login with a URL of the service, and refuses what comes back with a wrong state', async () => {
  const { send, emulator } = await openOAuth();
  await send('POST', '/v1/oauth_apps', { body: { name: 'app', host: emulator.url, client_id: 'databricks-cli' } });
  await send('POST', '/v1/linked_accounts', { body: { name: 'me' } });

  const begun = await send('POST', '/v1/oauth/authorize', {
    body: { oauth_app: 'app', linked_account: 'me', name: 'login', redirect_port: 8020 },
  });
  const completed = await send('POST', '/v1/oauth/complete', { body: { query: '?code=x&state=wrong' } });

  const url = new URL(begun.body.url);
  expect(url.origin).toBe(emulator.url);
  expect(url.searchParams.get('redirect_uri')).toBe('http://localhost:8020');
  expect(completed).toMatchObject({ status: 400, body: { code: 'ERR_LOGIN_INVALID' } });
});

test('tells the life of authentications as it happens, and what was missed', async () => {
  const { ctx, origin, keyOf, send, emulator } = await openOAuth();
  const authorization = `Bearer ${await keyOf('viewer')}`;
  await send('POST', '/v1/linked_accounts', {
    body: { name: 'a', authentication: { kind: 'pat', host: emulator.url, token: emulator.token } },
  });
  const stream = await fetch(`${origin}/v1/events`, { headers: { authorization } });
  const seen = collect(stream);
  await until('the stream has begun', () => seen.text.includes('begun'));

  await send('POST', '/v1/linked_accounts', {
    body: { name: 'b', authentication: { kind: 'pat', host: emulator.url, token: emulator.token } },
  });
  await until('the event came', () => seen.text.includes('event: authentication.created'));
  const missed = collect(await fetch(`${origin}/v1/events`, { headers: { authorization, 'last-event-id': '0' } }));
  await until('both came', () => missed.text.match(/event: authentication.created/g)?.length === 2);

  expect(seen.text.match(/event: /g)).toHaveLength(1);
  expect(seen.text + missed.text).not.toContain(emulator.token);
  const last = (await readEvents(ctx, 'default')).at(-1)!;
  expect(seen.text).toContain(`id: ${last.position}\ndata: {"id":"${last.event.id}"`);
});

test('withdraws an authentication and keeps its record', async () => {
  const { send, emulator } = await openOAuth();
  const { body: account } = await send('POST', '/v1/linked_accounts', {
    body: { name: 'a', authentication: { kind: 'pat', host: emulator.url, token: emulator.token } },
  });
  const where = `/v1/linked_accounts/a/authentications/${account.default_authentication}`;

  const revoked = await send('POST', `${where}/revoke`);

  expect(revoked).toMatchObject({ status: 200, body: { status: 'revoked', revocation: 'not_possible' } });
  expect((await send('GET', where)).body.status).toBe('revoked');
  expect((await send('GET', `${where}/workspaces`)).body).toMatchObject({ code: 'ERR_CONFLICT' });
});

test('an account-level authentication lists its workspaces, and makes an authentication of one', async () => {
  const oidc = await startOidcServer();
  const { send } = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: oidc.origin } });
  const { id: client_id, secret: client_secret } = oidc.clients.service;
  const authentication = { name: 'account', kind: 'oauth_m2m', host: oidc.origin, account_id: ACCOUNT_ID };
  const { body: account } = await send('POST', '/v1/linked_accounts', {
    body: { name: 'a', authentication: { ...authentication, client_id, client_secret } },
  });
  const where = `/v1/linked_accounts/a/authentications/${account.default_authentication}/workspaces`;

  const listed = await send('GET', where);
  const connected = await send('POST', where, { body: { workspace_id: listed.body.items[0].workspace_id } });

  expect(listed.body.items).toMatchObject([{ workspace_id: '9007199254740993', name: 'production' }]);
  expect(connected).toMatchObject({ status: 201, body: { name: 'production', kind: 'oauth_m2m', client_id } });
  expect(JSON.stringify(connected.body)).not.toContain(client_secret);
});

function collect(stream: Response): { text: string } {
  const seen = { text: '' };
  const read = async () => {
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) seen.text += chunk;
  };
  // The server ends it when it closes.
  read().catch(() => {});
  return seen;
}

async function openOAuth() {
  const emulator = await createEmulator({ samples: 'none' });
  onTestFinished(() => emulator.close());
  const api = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url } });
  return { ...api, emulator };
}
