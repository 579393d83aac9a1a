import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../../engine/access/actor.ts';
import {
  createOAuthApp,
  deleteOAuthApp,
  getOAuthApp,
  listOAuthApps,
  updateOAuthApp,
} from '../../../../engine/credentials/oauth/oauth-apps.ts';
import { registrationCommand } from '../../../../services/databricks/app-registration.ts';
import { admin, oauthSetting, signIn } from './setting.ts';

const other: Caller = { ...admin, tenant: 'other' };

describe('an OAuth app', () => {
  it('shows its redirect URL and how to register it, never its secret', async () => {
    const { ctx, oidc } = await oauthSetting();

    const app = await getOAuthApp(ctx, 'acme', 'confidential');

    expect(app).toMatchObject({
      confidential: true,
      redirect_url: 'http://127.0.0.1:3000/oauth/callback',
      mandatory_scopes: ['offline_access'],
      scopes: ['all-apis', 'offline_access'],
      registration_command:
        'databricks account custom-app-integration create --confidential --json \'{"name":"confidential","redirect_urls":["http://127.0.0.1:3000/oauth/callback"],"scopes":["all-apis","offline_access"]}\'',
    });
    expect(JSON.stringify(await listOAuthApps(ctx, 'acme'))).not.toContain(oidc.clients.confidential.secret);
  });

  it('quotes its registration command for a shell', () => {
    const command = registrationCommand({
      name: "Bob's app",
      redirectUrls: ['https://x.example/cb'],
      scopes: ['sql'],
      confidential: false,
    });

    expect(command).toBe(
      `databricks account custom-app-integration create --json '{"name":"Bob'\\''s app","redirect_urls":["https://x.example/cb"],"scopes":["sql"]}'`,
    );
  });

  it('keeps the mandatory scope whatever is chosen, and takes custom ones', async () => {
    const { ctx } = await oauthSetting();

    expect((await updateOAuthApp(ctx, admin, 'public', { scopes: ['sql', 'my.custom:scope'] })).scopes).toEqual([
      'sql',
      'my.custom:scope',
      'offline_access',
    ]);
    await expect(updateOAuthApp(ctx, admin, 'public', { scopes: ['two words'] })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
  });

  it('takes the account host from an account id', async () => {
    const { ctx } = await oauthSetting();

    expect(await createOAuthApp(ctx, admin, { name: 'account', account_id: 'a1', client_id: 'x' })).toMatchObject({
      host: 'https://accounts.cloud.databricks.com',
      account_id: 'a1',
    });
  });

  it.each([
    [
      'a name that is taken',
      { name: 'public', host: 'https://x.cloud.databricks.com', client_id: 'x' },
      'ERR_NAME_TAKEN',
    ],
    ['no client id', { name: 'new', host: 'https://x.cloud.databricks.com' }, 'ERR_CREDENTIALS_MISSING'],
    [
      'an empty secret',
      { name: 'new', host: 'https://x.cloud.databricks.com', client_id: 'x', client_secret: '' },
      'ERR_CREDENTIALS_MISSING',
    ],
    ['neither host nor account', { name: 'new', client_id: 'x' }, 'ERR_HOST_MISSING'],
    ['a foreign host', { name: 'new', host: 'https://evil.example.com', client_id: 'x' }, 'ERR_HOST_NOT_ALLOWED'],
    [
      'a script as return URL',
      { name: 'new', host: 'https://x.cloud.databricks.com', client_id: 'x', return_urls: ['javascript:alert(1)'] },
      'ERR_INPUT_INVALID',
    ],
  ])('is refused with %s', async (_what, body, code) => {
    const { ctx } = await oauthSetting();

    await expect(createOAuthApp(ctx, admin, body)).rejects.toMatchObject({ code });
  });

  it('cannot be deleted while logins live on it', async () => {
    const { ctx } = await oauthSetting();
    await signIn(ctx, { name: 'me', oauth_app: 'public' });

    await expect(deleteOAuthApp(ctx, admin, 'public')).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
    await deleteOAuthApp(ctx, admin, 'confidential');

    expect((await listOAuthApps(ctx, 'acme')).items.map((app) => app.name)).toEqual(['public']);
  });

  it('is not found by another tenant', async () => {
    const { ctx } = await oauthSetting();
    const { id } = await getOAuthApp(ctx, 'acme', 'public');

    for (const idOrName of [id, 'public']) {
      await expect(getOAuthApp(ctx, 'other', idOrName)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
      await expect(updateOAuthApp(ctx, other, idOrName, { name: 'mine' })).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
      });
      await expect(deleteOAuthApp(ctx, other, idOrName)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    }
    expect((await listOAuthApps(ctx, 'other')).items).toEqual([]);
  });

  it('leaves neither name taken when it is renamed and deleted at once', async () => {
    const { ctx } = await oauthSetting();

    for (let n = 0; n < 20; n += 1) {
      const { id } = await createOAuthApp(ctx, admin, { name: 'old', account_id: 'a', client_id: 'c' });
      await Promise.allSettled([updateOAuthApp(ctx, admin, id, { name: 'new' }), deleteOAuthApp(ctx, admin, id)]);
      await deleteOAuthApp(ctx, admin, id).catch(() => undefined);
      const names = await ctx.redis.hkeys(ctx.keys.uniques('oauth_app', admin.tenant));
      expect(names.filter((name) => /^name:(old|new)$/.test(name))).toEqual([]);
    }
  });
});
