import { expect, test } from 'vitest';
import { listAudit } from '../../engine/access/audit.ts';
import { openCli } from './cli.ts';

test('prints the command that registers an app, its redirect URL, and stores nothing', async () => {
  const { penstock, ctx } = await openCli({ worker: false });
  const redirect = `${ctx.config.publicUrl}/oauth/callback`;

  const { code, out, err } = await penstock(['oauth-apps', 'create', "Bob's app", '--confidential', '--terminal']);

  expect(code).toBe(0);
  expect(out).toBe(
    `databricks account custom-app-integration create --confidential --json '{"name":"Bob'\\''s app","redirect_urls":["${redirect}","http://localhost:8020"],"scopes":["all-apis","offline_access"]}'\n`,
  );
  expect(err).toContain(redirect);
  expect((await penstock(['oauth-apps'])).out).toContain('No OAuth apps.');
});

test('the scopes that are chosen stand beside the mandatory one, custom ones too', async () => {
  const { penstock } = await openCli({ worker: false });
  const argv = ['oauth-apps', 'create', 'app', '--scope', 'sql', '--scope', 'my-scope'];

  expect((await penstock(argv)).out).toContain('"scopes":["sql","my-scope","offline_access"]');
  const stored = await penstock([...argv, '--client-id', 'abc', '--account-id', 'acc-1', '--json']);
  expect(JSON.parse(stored.out)).toMatchObject({
    scopes: ['sql', 'my-scope', 'offline_access'],
    host: 'https://accounts.cloud.databricks.com',
    confidential: false,
  });
});

test('stores, lists, shows and deletes an app; its secret is shown nowhere', async () => {
  const { penstock, emulator } = await openCli({ worker: false });
  const secret = 'canary-secret-of-an-app';
  const argv = ['oauth-apps', 'create', 'acme', '--client-id', 'abc', '--host', emulator.url, '--secret-env', 'S'];

  const stored = await penstock(argv, { env: { S: secret } });
  const shown = await penstock(['oauth-apps', 'show', 'acme']);
  const listed = await penstock(['oauth-apps', 'list']);

  expect(stored.out).toMatch(/^Stored acme \(app_\w+\), confidential\.\n/);
  expect(shown.out).toContain('/oauth/callback');
  expect(listed.out).toMatch(/acme +app_\w+ +http:\S+ +abc +confidential/);
  expect(stored.out + shown.out + listed.out).not.toContain(secret);
  expect(await penstock(['oauth-apps', 'delete', 'acme'])).toMatchObject({ code: 0, out: 'Deleted acme.\n' });
});

test('changes the secret and the scopes of an app, and keeps the rest', async () => {
  const { penstock, emulator, ctx } = await openCli({ worker: false });
  const create = ['oauth-apps', 'create', 'acme', '--client-id', 'abc', '--host', emulator.url, '--secret-env', 'S'];
  await penstock(create, { env: { S: 'old-secret' } });

  const changed = await penstock(['oauth-apps', 'update', 'acme', '--secret-env', 'S', '--scope', 'sql'], {
    env: { S: 'canary-new-secret' },
  });
  const shown = await penstock(['oauth-apps', 'show', 'acme', '--json']);
  const nothing = await penstock(['oauth-apps', 'update', 'acme']);

  expect(changed).toMatchObject({ code: 0, out: expect.stringMatching(/^Updated acme \(app_\w+\)\.\n$/) });
  expect(JSON.parse(shown.out)).toMatchObject({ client_id: 'abc', scopes: ['sql', 'offline_access'] });
  expect(changed.out + shown.out).not.toContain('canary');
  expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('no change was given') });
  const { items } = await listAudit(ctx, 'default');
  expect(items[0]).toMatchObject({ action: 'oauth_app.update', details: { fields: ['client_secret', 'scopes'] } });
});

test('names the templates there are, and asks for a host', async () => {
  const { penstock } = await openCli({ worker: false });

  expect((await penstock(['oauth-apps', 'create', 'x', '--template', 'snow'])).err).toContain(
    'Available templates: databricks, github, http, slack.',
  );
  expect(await penstock(['oauth-apps', 'create', 'x', '--client-id', 'abc'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--host or --account-id'),
  });
});
