import { ConnectorError } from '../connector/errors.ts';
import { findAccount } from './account-records.ts';
import { type Actor, auditWrite } from './audit.ts';
import { authEventWrites } from './auth-events.ts';
import { type AuthenticationDraft, readAuthentication, readReplacement } from './authentication-body.ts';
import {
  type AuthenticationRecord,
  type AuthenticationSecret,
  type LinkedAccountRecord,
  sealOwnerOf,
} from './authentication-record.ts';
import { type AuthenticationView, toAuthenticationView } from './authentication-view.ts';
import type { Context } from './context.ts';
import { newId } from './ids.ts';
import { connectorOf } from './oauth-client.ts';
import {
  insertWrites,
  listRecords,
  type Page,
  readRecord,
  type Stored,
  transact,
  updateWrites,
  type Write,
} from './records.ts';
import { shareWrite } from './shared-token.ts';
import { changeMessage } from './token-cache.ts';
import { type Tried, tryCredentials } from './try-credentials.ts';

export type { AuthenticationView } from './authentication-view.ts';

/** Writes lost to another change of the same record are made again this often. */
const MAX_CONFLICTS = 5;

/**
 * Stores an authentication of a linked account; the first one becomes the account's default. Nothing is stored when the
 * service refuses the credentials, unless the body says `test: false`.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_NAME_TAKEN, ERR_ACCOUNT_EXISTS, what `readAuthentication` and `tryCredentials` throw
 */
export async function createAuthentication(
  ctx: Context,
  caller: Actor,
  accountIdOrName: string,
  body: unknown,
): Promise<AuthenticationView> {
  const account = await findAccount(ctx, caller.tenant, accountIdOrName);
  const connector = connectorOf(ctx, account.value.connector);
  const draft = readAuthentication(ctx, connector, { body });
  const record = newAuthentication(ctx, caller, { draft, account: account.value });
  const tried = draft.test ? await tryCredentials(ctx, record, draft.secret) : {};
  return storeAuthentication(ctx, caller, {
    account,
    record: { ...record, ...tried.found },
    secret: draft.secret,
    tried,
  });
}

/** A linked account's authentications, newest first. @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID */
export async function listAuthentications(
  ctx: Context,
  tenant: string,
  accountIdOrName: string,
  page: { limit?: number; cursor?: string } = {},
): Promise<Page<AuthenticationView>> {
  const account = await findAccount(ctx, tenant, accountIdOrName);
  const found = await listRecords<AuthenticationRecord>(ctx, { kind: 'authentication', owner: account.value.id }, page);
  return { ...found, items: found.items.map(({ value }) => toAuthenticationView(value, ctx.clock.now())) };
}

/** One authentication, never its secret. @throws ConnectorError ERR_NOT_FOUND */
export async function getAuthentication(
  ctx: Context,
  tenant: string,
  accountIdOrName: string,
  id: string,
): Promise<AuthenticationView> {
  const { record } = await findAuthentication(ctx, { tenant, account: accountIdOrName, id });
  return toAuthenticationView(record.value, ctx.clock.now());
}

/**
 * Replaces the secret; the id stays, so that every workflow goes on with it. The new secret is tested before the old one goes.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a login (sign in again instead), what `tryCredentials` throws
 */
export async function replaceSecret(
  ctx: Context,
  caller: Actor,
  accountIdOrName: string,
  id: string,
  body: unknown,
): Promise<AuthenticationView> {
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    const { record } = await findAuthentication(ctx, { tenant: caller.tenant, account: accountIdOrName, id });
    if (record.value.kind === 'oauth_u2m') {
      throw new ConnectorError(
        'ERR_CONFLICT',
        `"${record.value.name}" is a login; its secret is replaced by signing in again`,
        {
          hint: 'POST /v1/oauth/authorize with "authentication": its id.',
        },
      );
    }
    const { test, secret, ...given } = readReplacement(record.value.kind, body);
    const { expires_at: _, expiry_warned_at: __, status_reason: ___, ...kept } = record.value;
    const now = ctx.clock.now();
    const value: AuthenticationRecord = {
      ...kept,
      ...given,
      status: 'active',
      secret_version: record.value.secret_version + 1,
      updated_at: now,
    };
    const tried = test ? await tryCredentials(ctx, value, secret) : {};
    const stored = await storeNewSecret(ctx, caller, { record, value: { ...value, ...tried.found }, secret, tried });
    if (stored !== undefined) return stored;
  }
  throw conflict(id);
}

/** Puts a new secret in place of the old one; undefined when the record has changed since it was read. */
export async function storeNewSecret(
  ctx: Context,
  caller: Actor,
  change: {
    record: Stored<AuthenticationRecord>;
    value: AuthenticationRecord;
    secret: AuthenticationSecret;
    tried: Tried;
  },
): Promise<AuthenticationView | undefined> {
  const { record, value, tried } = change;
  const { id, tenant, name } = value;
  const sealed = {
    ...sealSecret(ctx, value, change.secret),
    oldKeyId: record.sealed === undefined ? undefined : ctx.keyring.keyIdOf(record.sealed),
  };
  const failed = await transact(
    ctx,
    [['version', ctx.keys.record('authentication', id), String(record.version)]],
    [
      ...updateWrites(ctx, { kind: 'authentication', id, version: record.version }, { value, sealed }),
      ['DEL', ctx.keys.refreshCooldown(id)],
      ['DEL', ctx.keys.refreshAttempt(id)],
      tried.token === undefined
        ? ['DEL', ctx.keys.accessToken(id)]
        : shareWrite(ctx, value, tried.token, tried.lifeMs!),
      ...expiryWrites(ctx, value),
      auditWrite(
        ctx,
        { ...caller, tenant },
        { action: 'authentication.replace_secret', target: { kind: 'authentication', id, name } },
      ),
      ...(record.value.status === 'active'
        ? []
        : authEventWrites(ctx, { type: 'authentication.renewed', record: value, previous: record.value.status })),
      ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('authentication', id)],
    ],
  );
  ctx.tokens.forget('authentication', id);
  ctx.tokens.accessTokens.delete(id);
  return failed === undefined ? toAuthenticationView(value, ctx.clock.now()) : undefined;
}

/** Stores what was read and tried, and makes it the default of an account that has none. */
export async function storeAuthentication(
  ctx: Context,
  caller: Actor,
  made: {
    account: Stored<LinkedAccountRecord>;
    record: AuthenticationRecord;
    secret: AuthenticationSecret;
    tried: Tried;
  },
): Promise<AuthenticationView> {
  const { record, secret, tried } = made;
  let { account } = made;
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    const insert = newAuthenticationWrites(ctx, caller, { record, secret, tried });
    const failed = await transact(
      ctx,
      [
        ['version', ctx.keys.record('linked_account', account.value.id), String(account.version)],
        ['free', ctx.keys.uniques('authentication', account.value.id), `name:${record.name}`, record.id],
      ],
      [...insert, ...defaultWrites(ctx, account, record)],
    );
    ctx.tokens.forget('linked_account', account.value.id);
    if (failed === undefined) return toAuthenticationView(record, ctx.clock.now());
    if (failed.check === 1) throw nameTaken(record.name, failed.found);
    account = await findAccount(ctx, record.tenant, account.value.id);
  }
  throw conflict(account.value.id);
}

/** The record of a draft, not stored yet. */
export function newAuthentication(
  ctx: Context,
  caller: Actor,
  made: { draft: AuthenticationDraft; account: Pick<LinkedAccountRecord, 'id' | 'tenant' | 'connector'> },
): AuthenticationRecord {
  const { draft, account } = made;
  const now = ctx.clock.now();
  const { secret: _, test: __, ...fields } = draft;
  return {
    id: newId('auth', now),
    tenant: account.tenant,
    linked_account: account.id,
    connector: account.connector,
    ...fields,
    secret_version: 1,
    status: 'active',
    created_at: now,
    updated_at: now,
    created_by: caller.keyId,
  };
}

/** The writes that store a new authentication, to stand in one transaction with its linked account's. */
export function newAuthenticationWrites(
  ctx: Context,
  caller: Actor,
  made: { record: AuthenticationRecord; secret: AuthenticationSecret; tried: Tried },
): Write[] {
  const { record, tried } = made;
  const { id, name, kind } = record;
  return [
    ...insertWrites(
      ctx,
      { kind: 'authentication', id, createdAt: record.created_at, owners: ownersOf(record) },
      { value: record, sealed: sealSecret(ctx, record, made.secret) },
    ),
    ['HSET', ctx.keys.uniques('authentication', record.linked_account), `name:${name}`, id],
    ...(tried.token === undefined ? [] : [shareWrite(ctx, record, tried.token, tried.lifeMs!)]),
    ...expiryWrites(ctx, record),
    auditWrite(
      ctx,
      { ...caller, tenant: record.tenant },
      {
        action: 'authentication.create',
        target: { kind: 'authentication', id, name },
        details: { kind, host: record.host, linked_account: record.linked_account, tested: tried.found !== undefined },
      },
    ),
    ...authEventWrites(ctx, { type: 'authentication.created', record }),
  ];
}

/** Whose lists show an authentication: its linked account, and the OAuth app it was made with. */
export function ownersOf(record: AuthenticationRecord): string[] {
  return record.oauth_app === undefined ? [record.linked_account] : [record.linked_account, record.oauth_app];
}

/** An authentication with its account. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function findAuthentication(
  ctx: Context,
  wanted: { tenant: string; account: string; id: string },
): Promise<{ account: Stored<LinkedAccountRecord>; record: Stored<AuthenticationRecord> }> {
  const account = await findAccount(ctx, wanted.tenant, wanted.account);
  const record = await readRecord<AuthenticationRecord>(ctx, 'authentication', wanted.id);
  if (
    record === undefined ||
    record.value.tenant !== wanted.tenant ||
    record.value.linked_account !== account.value.id
  ) {
    throw new ConnectorError(
      'ERR_NOT_FOUND',
      `the linked account "${account.value.name}" has no authentication "${wanted.id}"`,
    );
  }
  return { account, record };
}

function sealSecret(
  ctx: Context,
  record: AuthenticationRecord,
  secret: AuthenticationSecret,
): { text: string; keyId: string } {
  const text = ctx.keyring.seal(JSON.stringify(secret), sealOwnerOf(record));
  return { text, keyId: ctx.keyring.keyIdOf(text) };
}

function defaultWrites(ctx: Context, account: Stored<LinkedAccountRecord>, record: AuthenticationRecord): Write[] {
  if (account.value.default_authentication !== undefined) return [];
  const { id } = account.value;
  return [
    ...updateWrites(
      ctx,
      { kind: 'linked_account', id, version: account.version },
      { value: { ...account.value, default_authentication: record.id, updated_at: ctx.clock.now() } },
    ),
    ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('linked_account', id)],
  ];
}

function expiryWrites(ctx: Context, record: AuthenticationRecord): Write[] {
  const key = ctx.keys.expiries();
  return [record.expires_at === undefined ? ['ZREM', key, record.id] : ['ZADD', key, record.expires_at, record.id]];
}

function nameTaken(name: string, id: string): ConnectorError {
  return new ConnectorError('ERR_NAME_TAKEN', `the linked account has an authentication "${name}" already (${id})`, {
    hint: 'Choose another name, or replace the secret of the one that is there.',
    errors: [{ pointer: '/name', message: 'is taken' }],
  });
}

function conflict(id: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `${id} is being changed by others`, { hint: 'Try again.' });
}
