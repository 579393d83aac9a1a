import { ConnectorError } from '../../../connector/errors.ts';
import type { Actor } from '../../access/actor.ts';
import { untilWritten } from '../../store/compare-and-set.ts';
import type { ListPage, PageRequest } from '../../store/list-pages.ts';
import { listRecords, readRecord, type Stored } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { findAccount } from '../records/account-records.ts';
import { modeOf } from '../records/auth-account.ts';
import type { AuthenticationRecord, LinkedAccountRecord } from '../records/authentication-record.ts';
import { readAuthentication, readReplacement } from './authentication-body.ts';
import { type AuthenticationView, toAuthenticationView } from './authentication-view.ts';
import { type Also, newAuthentication, storeAuthentication, storeNewSecret } from './store-authentication.ts';
import { tryCredentials } from './try-credentials.ts';

export type { AuthenticationView } from './authentication-view.ts';

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
  return addAuthentication(ctx, caller, { account: accountIdOrName, body });
}

/** As `createAuthentication`, with what must hold and be written along with it. @throws as `createAuthentication`, and what `also` says */
export async function addAuthentication(
  ctx: Context,
  caller: Actor,
  given: { account: string; body: unknown; also?: Also },
): Promise<AuthenticationView> {
  const account = await findAccount(ctx, caller.tenant, given.account);
  const connector = connectorOf(ctx, account.value.connector);
  const draft = readAuthentication(ctx, connector, { body: given.body, account: account.value });
  const record = newAuthentication(ctx, caller, { draft, account: account.value });
  const tried = draft.test ? await tryCredentials(ctx, record, draft.secret) : {};
  return storeAuthentication(ctx, caller, {
    account,
    record: { ...record, ...tried.found },
    secret: draft.secret,
    tried,
    also: given.also,
  });
}

/** A linked account's authentications, newest first. @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID */
export async function listAuthentications(
  ctx: Context,
  tenant: string,
  accountIdOrName: string,
  page: PageRequest & { name?: string | undefined } = {},
): Promise<ListPage<AuthenticationView>> {
  const account = await findAccount(ctx, tenant, accountIdOrName);
  const view = ({ value }: Stored<AuthenticationRecord>) => toAuthenticationView(value, ctx.clock.now());
  return listRecords(ctx, { kind: 'authentication', owner: account.value.id }, page, view);
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
 * Replaces the secret; the id stays, so that every workflow continues with it. The new secret is tested before the old one goes.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT for a login (sign in again instead), what `tryCredentials` throws
 */
export async function replaceSecret(
  ctx: Context,
  caller: Actor,
  accountIdOrName: string,
  id: string,
  body: unknown,
): Promise<AuthenticationView> {
  return renewSecret(ctx, caller, { account: accountIdOrName, id, body });
}

/** As `replaceSecret`, with what must hold and be written along with it. @throws as `replaceSecret`, and what `also` says */
export async function renewSecret(
  ctx: Context,
  caller: Actor,
  given: { account: string; id: string; body: unknown; also?: Also },
): Promise<AuthenticationView> {
  const { account, id, also } = given;
  return untilWritten(`the authentication "${id}"`, async () => {
    const { record } = await findAuthentication(ctx, { tenant: caller.tenant, account, id });
    const mode = modeOf(connectorOf(ctx, record.value.connector), record.value.kind);
    if (mode.family === 'login') {
      throw new ConnectorError(
        'ERR_CONFLICT',
        `"${record.value.name}" is a login; its secret is replaced by signing in again`,
        {
          hint: 'Use POST /v1/oauth/authorize with "authentication" set to its id.',
        },
      );
    }
    const { test, secret, record: fields } = readReplacement(ctx, mode, given.body);
    const { expires_at: _, expiry_warned_at: __, status_reason: ___, ...kept } = record.value;
    const now = ctx.clock.now();
    const value: AuthenticationRecord = {
      ...kept,
      ...fields,
      ...(fields.fields === undefined ? {} : { fields: { ...kept.fields, ...fields.fields } }),
      status: 'active',
      secret_version: record.value.secret_version + 1,
      updated_at: now,
    };
    const tried = test ? await tryCredentials(ctx, value, secret) : {};
    const stored = await storeNewSecret(ctx, caller, {
      record,
      value: { ...value, ...tried.found },
      secret,
      tried,
      also,
    });
    return stored === undefined ? undefined : { result: stored };
  });
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
