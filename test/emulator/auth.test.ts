import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const ME = '/api/2.0/preview/scim/v2/Me';

describe('tokens', () => {
  let workspace: Client;
  let time = 1_800_000_000_000;
  beforeAll(async () => {
    workspace = await startClient({
      now: () => time,
      tokenLifetimeSeconds: 600,
      apps: [{ id: 'confidential', secret: 'app secret', redirects: ['https://app.example.com/callback'] }],
    });
  });
  afterAll(() => workspace.close());

  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  });
  const token = (form: Record<string, string>, headers: Record<string, string> = {}, path = '/oidc/v1/token') =>
    workspace.send('POST', path, new URLSearchParams(form), { authorization: '', ...headers });
  const me = (access: string) => workspace.send('GET', ME, undefined, { authorization: `Bearer ${access}` });

  it('answers who a personal access token is, with the workspace id in a header', async () => {
    const { status, headers, json } = await workspace.send('GET', ME);

    expect([status, json.userName]).toEqual([200, 'admin@example.com']);
    expect(headers.get('x-databricks-org-id')).toMatch(/^\d+$/);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['no credential', {}, 401, 'Credential was not sent or was of an unsupported type for this API.'],
    ['a wrong token', { authorization: 'Bearer nope' }, 403, 'Invalid access token.'],
    ['a forged token', { authorization: 'Bearer eyJ1c2UiOiJhY2Nlc3MifQ.AAAA' }, 403, 'Invalid access token.'],
  ])('refuses %s', async (_name, headers, status, message) => {
    const response = await fetch(workspace.url + ME, { headers: headers as Record<string, string> });

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error_code: status,
      message: expect.stringMatching(new RegExp(`^${message} \\[ReqId: `)),
    });
  });

  it('gives a service principal a token that expires', async () => {
    const { status, headers, json } = await token(
      { grant_type: 'client_credentials', scope: 'all-apis' },
      basic(workspace.clientId, workspace.clientSecret),
    );

    expect([status, json.token_type, json.expires_in, json.scope]).toEqual([200, 'Bearer', 600, 'all-apis']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json).not.toHaveProperty('refresh_token');
    expect((await me(json.access_token)).json.userName).toBe(workspace.clientId);
    time += 600_000;
    expect((await me(json.access_token)).status).toBe(403);
  });

  it.each([
    [
      'a wrong secret',
      () => basic(workspace.clientId, 'wrong'),
      { grant_type: 'client_credentials' },
      401,
      'invalid_client',
    ],
    ['an unknown client', () => basic('nobody', 'x'), { grant_type: 'client_credentials' }, 401, 'invalid_client'],
    [
      'an unknown grant',
      () => basic(workspace.clientId, workspace.clientSecret),
      { grant_type: 'password' },
      400,
      'unsupported_grant_type',
    ],
    ['no grant', () => basic(workspace.clientId, workspace.clientSecret), {}, 400, 'invalid_request'],
  ])('answers OAuth errors for %s', async (_name, header, form, status, error) => {
    const reply = await token(form as Record<string, string>, header());

    expect(reply.status).toBe(status);
    expect(reply.json).toEqual({ error, error_description: expect.any(String) });
  });

  it('serves the same token endpoint for the account, which is discoverable', async () => {
    const config = (await workspace.send('GET', '/.well-known/databricks-config')).json;
    const metadata = (
      await workspace.send('GET', `/oidc/accounts/${config.account_id}/.well-known/oauth-authorization-server`)
    ).json;
    const reply = await token(
      { grant_type: 'client_credentials' },
      basic(workspace.clientId, workspace.clientSecret),
      new URL(metadata.token_endpoint).pathname,
    );

    expect(metadata.token_endpoint).toBe(`${workspace.url}/oidc/accounts/${workspace.accountId}/v1/token`);
    expect(reply.status).toBe(200);
    expect((await workspace.send('GET', '/oidc/accounts/nope/.well-known/oauth-authorization-server')).status).toBe(
      404,
    );
    expect(
      (await workspace.send('GET', '/oidc/.well-known/oauth-authorization-server')).json
        .code_challenge_methods_supported,
    ).toEqual(['S256']);
  });

  const login = async (
    client: Record<string, string>,
    headers: Record<string, string> = {},
    scope = 'all-apis offline_access',
  ) => {
    const verifier = randomBytes(32).toString('base64url');
    const asked = {
      response_type: 'code',
      client_id: client.client_id as string,
      redirect_uri: client.redirect_uri as string,
      scope,
      state: 'st&te',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    const page = await workspace.send('GET', `/oidc/v1/authorize?${new URLSearchParams(asked)}`, undefined, {
      authorization: '',
    });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('admin@example.com')]);
    const agreed = await workspace.send(
      'POST',
      '/oidc/v1/authorize',
      new URLSearchParams({ ...asked, decision: 'allow' }),
      { authorization: '' },
    );
    const back = new URL(agreed.headers.get('location') as string);
    expect([agreed.status, back.searchParams.get('state')]).toEqual([302, 'st&te']);
    const exchange = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') as string,
      code_verifier: verifier,
      redirect_uri: asked.redirect_uri,
    };
    return {
      exchange,
      reply: await token(
        { ...exchange, ...(headers.authorization === undefined ? { client_id: asked.client_id } : {}) },
        headers,
      ),
    };
  };
  const cli = { client_id: 'databricks-cli', redirect_uri: 'http://localhost:8020' };

  it('logs a user in through a public client with PKCE, once per code', async () => {
    const { exchange, reply } = await login(cli);

    expect(reply.json).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'all-apis offline_access' });
    expect((await me(reply.json.access_token)).json.userName).toBe('admin@example.com');
    expect((await token({ ...exchange, client_id: cli.client_id })).json.error).toBe('invalid_grant');
  });

  it('rotates refresh tokens: the one that was used is dead', async () => {
    const { reply } = await login(cli);
    const first = reply.json.refresh_token;
    const renewed = await token({ grant_type: 'refresh_token', refresh_token: first, client_id: cli.client_id });
    const again = await token({ grant_type: 'refresh_token', refresh_token: first, client_id: cli.client_id });
    const next = await token({
      grant_type: 'refresh_token',
      refresh_token: renewed.json.refresh_token,
      client_id: cli.client_id,
    });

    expect(renewed.status).toBe(200);
    expect(renewed.json.refresh_token).not.toBe(first);
    expect([again.status, again.json]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Refresh token is invalid' },
    ]);
    expect(next.status).toBe(200);
  });

  it('gives no refresh token without offline_access', async () => {
    const { reply } = await login(cli, {}, 'all-apis');

    expect(reply.json).not.toHaveProperty('refresh_token');
  });

  it('revokes a login', async () => {
    const { reply } = await login(cli);
    expect(
      (await token({ token: reply.json.refresh_token, client_id: cli.client_id }, {}, '/oidc/v1/revoke')).status,
    ).toBe(200);

    expect((await me(reply.json.access_token)).status).toBe(403);
    expect(
      (await token({ grant_type: 'refresh_token', refresh_token: reply.json.refresh_token, client_id: cli.client_id }))
        .json.error,
    ).toBe('invalid_grant');
  });

  it('asks a confidential client for its secret, in the header or the form', async () => {
    const app = { client_id: 'confidential', redirect_uri: 'https://app.example.com/callback' };
    const { reply } = await login(app, basic('confidential', 'app secret'));
    expect(reply.status).toBe(200);

    const refresh = { grant_type: 'refresh_token', refresh_token: reply.json.refresh_token, client_id: 'confidential' };
    expect((await token(refresh)).json.error).toBe('invalid_client');
    expect((await token({ ...refresh, client_secret: 'app secret' })).status).toBe(200);
  });

  it('shows a page, and does not redirect, for an unknown client or address', async () => {
    const asked = {
      response_type: 'code',
      client_id: 'confidential',
      redirect_uri: 'https://evil.example.com',
      code_challenge: 'x',
      code_challenge_method: 'S256',
    };
    const wrong = await workspace.send('GET', `/oidc/v1/authorize?${new URLSearchParams(asked)}`);
    const unknown = await workspace.send(
      'GET',
      `/oidc/v1/authorize?${new URLSearchParams({ ...asked, client_id: '<nobody>' })}`,
    );

    expect([wrong.status, wrong.headers.get('location')]).toEqual([400, null]);
    expect([unknown.status, unknown.text.includes('&lt;nobody')]).toEqual([400, true]);
  });

  it.each([
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ decision: 'deny' }, 'access_denied'],
  ])('sends the error back for %j', async (change, error) => {
    const asked = {
      response_type: 'code',
      ...cli,
      state: 's',
      code_challenge: 'x',
      code_challenge_method: 'S256',
      decision: 'allow',
      ...change,
    };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined) as [string, string][];
    const reply = await workspace.send('POST', '/oidc/v1/authorize', new URLSearchParams(given));
    const back = new URL(reply.headers.get('location') as string);

    expect([back.origin, back.searchParams.get('error'), back.searchParams.get('state')]).toEqual([
      'http://localhost:8020',
      error,
      's',
    ]);
  });

  it.each([
    ['a wrong verifier', { code_verifier: 'wrong' }],
    ['another redirect address', { redirect_uri: 'http://localhost:9999' }],
  ])('refuses a code with %s', async (_name, change) => {
    const { exchange } = await login(cli);
    const reply = await token({ ...exchange, client_id: cli.client_id, ...change });

    expect(reply.json.error).toBe('invalid_grant');
  });

  it('makes, lists and deletes personal access tokens', async () => {
    const made = (await workspace.send('POST', '/api/2.0/token/create', { comment: 'test', lifetime_seconds: 60 }))
      .json;
    expect((await me(made.token_value)).status).toBe(200);
    const listed = (await workspace.send('GET', '/api/2.0/token/list')).text;
    expect([listed.includes(made.token_info.token_id), listed.includes(made.token_value)]).toEqual([true, false]);
    time += 60_000;

    expect((await me(made.token_value)).status).toBe(403);
    expect((await workspace.send('POST', '/api/2.0/token/delete', { token_id: made.token_info.token_id })).status).toBe(
      200,
    );
  });

  it('keeps secrets out of the request log', async () => {
    await token({
      grant_type: 'client_credentials',
      client_secret: workspace.clientSecret,
      client_id: workspace.clientId,
    });

    const log = JSON.stringify(workspace.requests.list());
    expect(log).not.toContain(workspace.clientSecret);
    expect(log).not.toContain(workspace.token);
  });
});
