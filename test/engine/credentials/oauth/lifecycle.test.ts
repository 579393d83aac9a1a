import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmulator, type Emulator } from '../../../../emulator/server.ts';
import { listAudit } from '../../../../engine/access/audit.ts';
import type { Context } from '../../../../engine/context.ts';
import { createLinkedAccount, getLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { connectWorkspace, listWorkspaces } from '../../../../engine/credentials/accounts/workspaces.ts';
import {
  createAuthentication,
  getAuthentication,
  replaceSecret,
} from '../../../../engine/credentials/authentications/authentications.ts';
import { announceExpiries } from '../../../../engine/credentials/authentications/expiry.ts';
import { testAuthentication } from '../../../../engine/credentials/authentications/test-authentication.ts';
import { refreshAuthentication, resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { readEvents } from '../../../../engine/events/event-stream.ts';
import { testClock, testContext } from '../../../context.ts';
import { ACCOUNT_ID } from './oidc-server.ts';
import { admin, oauthSetting } from './setting.ts';

const DAY_MS = 86_400_000;

async function withEmulator(): Promise<{ ctx: Context; emulator: Emulator; clock: ReturnType<typeof testClock> }> {
  const clock = testClock();
  const emulator = await createEmulator({ samples: 'none', now: clock.now });
  onTestFinished(() => emulator.close());
  const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url }, context: { clock } });
  await createLinkedAccount(ctx, admin, { name: 'main', default_warehouse_id: emulator.warehouseId });
  return { ctx, emulator, clock };
}

describe('a personal access token', () => {
  it('warns once before it ends, and needs a person afterwards', async () => {
    const { ctx, emulator, clock } = await withEmulator();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
      expires_at: new Date(clock.now() + 30 * DAY_MS).toISOString(),
    });

    expect(await announceExpiries(ctx)).toBe(0);
    clock.advance(17 * DAY_MS);
    expect([await announceExpiries(ctx), await announceExpiries(ctx)]).toEqual([1, 0]);
    expect((await getAuthentication(ctx, 'acme', 'main', made.id)).status).toBe('expiring');
    expect((await getLinkedAccount(ctx, 'acme', 'main')).status).toBe('expiring');
    clock.advance(13 * DAY_MS);
    expect([await announceExpiries(ctx), await announceExpiries(ctx)]).toEqual([1, 0]);

    expect((await getAuthentication(ctx, 'acme', 'main', made.id)).status).toBe('needs_reauth');
    const events = (await readEvents(ctx, 'acme')).map(({ event }) => [event.type, event.data.status]);
    expect(events).toEqual([
      ['authentication.created', 'active'],
      ['authentication.expiring', 'expiring'],
      ['authentication.needs_reauth', 'needs_reauth'],
    ]);
  });

  it('that ends soon tells when it was renewed, and what it was before it ended', async () => {
    const { ctx, emulator, clock } = await withEmulator();
    const soon = () => new Date(clock.now() + 10 * DAY_MS).toISOString();
    const body = { kind: 'pat', host: emulator.url, token: emulator.token };
    const renewed = await createAuthentication(ctx, admin, 'main', { ...body, name: 'a', expires_at: soon() });
    await replaceSecret(ctx, admin, 'main', renewed.id, { token: emulator.token });
    const ended = await createAuthentication(ctx, admin, 'main', { ...body, name: 'b', expires_at: soon() });
    clock.advance(10 * DAY_MS);
    await announceExpiries(ctx);
    await replaceSecret(ctx, admin, 'main', ended.id, { token: emulator.token });

    const events = (await readEvents(ctx, 'acme')).map(({ event }) => [
      event.type,
      event.data.name,
      event.data.previous_status,
    ]);
    expect(events).toEqual([
      ['authentication.created', 'a', undefined],
      ['authentication.renewed', 'a', 'expiring'],
      ['authentication.created', 'b', undefined],
      ['authentication.needs_reauth', 'b', 'expiring'],
      ['authentication.renewed', 'b', 'needs_reauth'],
    ]);
    const { items } = await listAudit(ctx, 'acme');
    expect(items.find(({ action }) => action === 'authentication.needs_reauth')).toMatchObject({
      actor: { key: 'engine' },
      target: { kind: 'authentication', id: ended.id, name: 'b' },
    });
  });

  it('that the service refuses is asked about once, then needs a person', async () => {
    const { ctx, emulator } = await withEmulator();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: 'dapi-dead',
      test: false,
    });
    const resolved = await resolveAuthentication(ctx, 'acme', made.linked_account);

    await expect(refreshAuthentication(ctx, resolved)).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });

    await expect(resolveAuthentication(ctx, 'acme', made.linked_account)).rejects.toMatchObject({
      code: 'ERR_NEEDS_REAUTH',
    });
    expect(emulator.requests.list({ path: /\/Me$/ })).toHaveLength(1);
  });

  it('that works stays active when one request was refused', async () => {
    const { ctx, emulator } = await withEmulator();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
    });
    const resolved = await resolveAuthentication(ctx, 'acme', made.linked_account);

    await expect(refreshAuthentication(ctx, resolved)).rejects.toMatchObject({ code: 'ERR_AUTH_FAILED' });

    expect((await getAuthentication(ctx, 'acme', 'main', made.id)).status).toBe('active');
  });
});

describe('a test on demand', () => {
  it('says who, where, and what is granted', async () => {
    const { ctx, emulator } = await withEmulator();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'robot',
      kind: 'oauth_m2m',
      host: emulator.url,
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
    });

    const result = await testAuthentication(ctx, 'acme', 'main', made.id);

    expect(result).toMatchObject({
      ok: true,
      status: 'active',
      user_name: made.user_name,
      workspace_id: made.workspace_id,
      missing: [],
    });
    expect(result.permissions).toContainEqual({ permission: 'scope all-apis', granted: true });
    expect(result.permissions).toContainEqual({ permission: `SQL warehouse ${emulator.warehouseId}`, granted: true });
  });

  it('names the permissions that are missing, with what to do', async () => {
    const { ctx, emulator } = await withEmulator();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: emulator.token,
    });
    emulator.faults.add({
      match: { path: '/sql/warehouses' },
      times: 0,
      fault: { status: 403, error_code: 'PERMISSION_DENIED', message: 'You do not have the entitlement' },
    });

    const result = await testAuthentication(ctx, 'acme', 'main', made.id);

    expect(result).toMatchObject({ ok: true, missing: ['SQL warehouses', `SQL warehouse ${emulator.warehouseId}`] });
    for (const { granted, hint } of result.permissions!) if (granted === false) expect(hint).toBeTruthy();
  });

  it('answers a refusal instead of failing', async () => {
    const { ctx, emulator } = await withEmulator();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'pat',
      kind: 'pat',
      host: emulator.url,
      token: 'dapi-dead',
      test: false,
    });

    expect(await testAuthentication(ctx, 'acme', 'main', made.id)).toMatchObject({
      ok: false,
      status: 'needs_reauth',
      error: { code: 'ERR_AUTH_FAILED' },
    });
  });
});

describe('an account-level service principal', () => {
  async function accountLevel() {
    const { ctx, oidc } = await oauthSetting();
    const made = await createAuthentication(ctx, admin, 'main', {
      name: 'account',
      kind: 'oauth_m2m',
      host: oidc.origin,
      account_id: ACCOUNT_ID,
      client_id: oidc.clients.service.id,
      client_secret: oidc.clients.service.secret,
    });
    return { ctx, oidc, made };
  }

  it('lists the workspaces of its account, ids exact', async () => {
    const { ctx, oidc, made } = await accountLevel();

    expect(await listWorkspaces(ctx, 'acme', { account: 'main', id: made.id })).toEqual([
      { workspace_id: '9007199254740993', name: 'production', host: oidc.origin, status: 'RUNNING' },
    ]);
  });

  it('makes an authentication for one of them', async () => {
    const { ctx, oidc, made } = await accountLevel();

    const workspace = await connectWorkspace(ctx, admin, {
      account: 'main',
      id: made.id,
      workspace_id: '9007199254740993',
    });

    expect(workspace).toMatchObject({
      kind: 'oauth_m2m',
      name: 'production',
      host: oidc.origin,
      client_id: oidc.clients.service.id,
      user_name: oidc.clients.service.id,
    });
    expect(workspace.account_id).toBeUndefined();
    await expect(
      connectWorkspace(ctx, admin, { account: 'main', id: made.id, workspace_id: '1' }),
    ).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(listWorkspaces(ctx, 'acme', { account: 'main', id: workspace.id })).rejects.toMatchObject({
      code: 'ERR_CONFLICT',
    });
  });
});
