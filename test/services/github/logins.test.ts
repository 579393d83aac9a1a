import { createEmulator } from 'emulate';
import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication } from '../../../engine/credentials/authentications/authentications.ts';
import { beginLogin } from '../../../engine/credentials/logins/logins.ts';
import { createOAuthApp } from '../../../engine/credentials/oauth/oauth-apps.ts';
import { testContext } from '../../context.ts';
import { freePort } from '../../global-setup.ts';
import { startHttpServer } from '../../servers.ts';
import { openGitHub } from './account.ts';

const actor = engineActor('default');

test('a GitHub App gets a token for its installation, and acts with it', async () => {
  const app = { app_id: 12345, slug: 'penstock', name: 'Penstock', permissions: { issues: 'write', contents: 'read' } };
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: {
      github: {
        users: [{ login: 'octocat' }],
        repos: [{ owner: 'octocat', name: 'hello-world', auto_init: true }],
        apps: [{ ...app, installations: [{ installation_id: 100, account: 'octocat' }] }],
      },
    },
  });
  onTestFinished(() => emulator.close());
  const private_key = emulator.generatedSecrets.find(({ kind }) => kind === 'github.app_private_key')!.value;
  const origin = emulator.url.replace('localhost', '127.0.0.1');
  const { run } = await openGitHub(origin, {
    // `emulate` does not list the repositories of an installation, with which a login is tested.
    authentication: { name: 'app', kind: 'app', app_id: '12345', installation_id: '100', private_key, test: false },
  });

  const done = await run('github.create_issue', { owner: 'octocat', repo: 'hello-world', title: 'From an app' });

  expect(done).toMatchObject({
    status: 'succeeded',
    output: { title: 'From an app', user: { login: 'penstock[bot]' } },
  });
});

test('an app is tested by the repositories of its installation, a person by their name', async () => {
  const seen: string[] = [];
  const server = await startHttpServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization?.slice(0, 9)}`);
    response.writeHead(200, { 'content-type': 'application/json', 'x-github-request-id': 'r1' });
    const token = { token: 'ghs_canary', expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    if (request.method === 'POST') return response.end(JSON.stringify(token));
    const body = { login: 'octocat', repositories: [{ owner: { login: 'octo-org' } }] };
    return response.end(JSON.stringify(body));
  });
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const private_key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const ctx = await testContext();
  const account = await createLinkedAccount(ctx, actor, {
    name: 'github',
    connector: 'github',
    base_url: server.origin,
  });

  const app = { name: 'app', kind: 'app', app_id: '12345', installation_id: '100', private_key };
  const first = await createAuthentication(ctx, actor, account.id, app);
  const second = await createAuthentication(ctx, actor, account.id, { name: 'me', kind: 'pat', token: 'ghp_canary' });

  expect(first).toMatchObject({ status: 'active', user_name: 'octo-org' });
  expect(second).toMatchObject({ status: 'active', user_name: 'octocat' });
  expect(seen).toEqual([
    'POST /app/installations/100/access_tokens Bearer ey',
    'GET /installation/repositories?installation_id=100&per_page=1 token ghs',
    'GET /user token ghp',
  ]);
  expect(JSON.stringify([first, second])).not.toMatch(/canary|PRIVATE/);
});

test('a person signs in at the web address of the account, of the public service unless it says another', async () => {
  const ctx = await testContext({ env: { PENSTOCK_PUBLIC_URL: 'http://127.0.0.1:3000' } });
  await createOAuthApp(ctx, actor, { template: 'github', name: 'app', client_id: 'Iv1.x', client_secret: 'canary' });
  await createLinkedAccount(ctx, actor, { name: 'github', connector: 'github' });

  const { url } = await beginLogin(ctx, actor, { oauth_app: 'app', linked_account: 'github', name: 'me' });

  expect(url).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?/);
  expect(new URL(url).searchParams.get('scope')).toBe('repo read:user');
});

test.each([
  [
    422,
    {},
    { message: 'Validation Failed', errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }] },
    'invalid',
    'Validation Failed: Issue.title missing_field',
  ],
  [404, {}, { message: 'Not Found' }, 'not_found', 'private repository'],
  [
    403,
    {},
    { message: 'Resource not accessible by personal access token' },
    'permission',
    'permission that the action requires',
  ],
  [403, {}, { message: 'Resource protected by organization SAML enforcement.' }, 'permission', 'Configure SSO'],
  [
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' },
    { message: 'API rate limit exceeded for user ID 1.' },
    'rate_limit',
    'hourly limit',
  ],
  [
    403,
    { 'retry-after': '4000' },
    { message: 'You have exceeded a secondary rate limit.' },
    'rate_limit',
    'short time',
  ],
  [410, {}, { message: 'Issues are disabled for this repo' }, 'not_found', 'turned off'],
  [404, { 'content-type': 'text/html' }, '<html><title>Page not found</title></html>', 'failed', 'Check the API URL'],
])('a refusal %i %j %j says what to do', async (status, headers, body, kind, words) => {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const { run } = await openGitHub(server.origin);

  const { error } = await run('github.create_issue', { owner: 'a', repo: 'b', title: 'x' });

  expect(error).toMatchObject({ code: 'ERR_UPSTREAM', kind });
  expect(`${error!.message} ${error!.hint}`).toContain(words);
});

test('a repository that was moved is an error that says so; its token follows no redirect', async () => {
  const server = await startHttpServer((request, response) => {
    response.writeHead(301, { location: `http://${request.headers.host}/repositories/1/issues/1` }).end();
  });
  const { run } = await openGitHub(server.origin);

  const { error } = await run('github.get_issue', { owner: 'a', repo: 'old', issue_number: 1 });

  expect(error).toMatchObject({ kind: 'not_found', hint: 'Use the current owner and name of the repository.' });
});
