import { ConnectorError } from '../../../connector/errors.ts';
import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { getTenant } from '../../access/tenants.ts';
import { useOfScope } from '../../connectors/scope-use.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { newId } from '../../store/ids.ts';
import { quotaCheck } from '../../store/quotas.ts';
import { changeMessage } from '../../store/record-changes.ts';
import { type Check, insertWrites, type Stored, transact, updateWrites, type Write } from '../../store/records.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { findAccount } from '../records/account-records.ts';
import { authEventWrites } from '../records/auth-event-writes.ts';
import {
  type AuthenticationRecord,
  type AuthenticationSecret,
  EXPIRING_MS,
  type LinkedAccountRecord,
  sealOwnerOf,
  statusBefore,
  workspaceFieldOf,
} from '../records/authentication-record.ts';
import { shareWrite } from '../tokens/shared-token.ts';
import type { AuthenticationDraft } from './authentication-body.ts';
import { type AuthenticationView, toAuthenticationView } from './authentication-view.ts';
import type { Tried } from './try-credentials.ts';

/** What must hold, and is written, in the same transaction: a single-use link is used up with what it was used for. */
export interface Also {
  checks: Check[];
  writes: Write[];
  /** The error when one of the checks fails. */
  failed(): ConnectorError;
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
    also?: Also | undefined;
  },
): Promise<AuthenticationView | undefined> {
  const { record, value, tried, also } = change;
  const { id, tenant, name } = value;
  const previous = statusBefore(record.value, ctx.clock.now());
  const sealed = {
    ...sealSecret(ctx, value, change.secret),
    oldKeyId: record.sealed === undefined ? undefined : ctx.keyring.keyIdOf(record.sealed),
  };
  const failed = await transact(
    ctx,
    [['version', ctx.keys.record('authentication', id), String(record.version)], ...(also?.checks ?? [])],
    [
      ...(also?.writes ?? []),
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
      ...(previous === 'active'
        ? []
        : authEventWrites(ctx, { type: 'authentication.renewed', record: value, previous })),
      ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('authentication', id)],
    ],
  );
  ctx.changes.tell('authentication', id);
  ctx.tokens.accessTokens.delete(id);
  if (failed !== undefined && failed.check > 0) throw also!.failed();
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
    also?: Also | undefined;
  },
): Promise<AuthenticationView> {
  const { record, secret, tried, also } = made;
  const id = made.account.value.id;
  let known: Stored<LinkedAccountRecord> | undefined = made.account;
  const oneEach = (await getTenant(ctx, record.tenant)).one_account_per_workspace === true;
  const accounts = ctx.keys.uniques('linked_account', record.tenant);
  const workspace = workspaceFieldOf(record);
  const use = useOfScope(ctx, connectorOf(ctx, record.connector));
  return compareAndSet(ctx, `the linked account "${id}"`, async () => {
    const account = known ?? (await findAccount(ctx, record.tenant, id));
    known = undefined;
    const insert = newAuthenticationWrites(ctx, caller, { record, secret, tried });
    const checks: Check[] = [
      unchanged(ctx, 'linked_account', id, account),
      ['free', ctx.keys.uniques('authentication', id), `name:${record.name}`, record.id],
      ['free', accounts, oneEach ? workspace : '', id],
      ...(also?.checks ?? []),
      quotaCheck(ctx, { tenant: record.tenant, name: 'authentications' }),
      ...use.checks,
    ];
    return {
      checks,
      writes: [
        ...insert,
        ...defaultWrites(ctx, account, record),
        ...(oneEach ? [['HSET', accounts, workspace, id] as Write] : []),
        ...(also?.writes ?? []),
        ...use.writes,
      ],
      cached: [['linked_account', id]],
      result: toAuthenticationView(record, ctx.clock.now()),
      refused({ check, found }) {
        use.refuse(checks[check]);
        if (check === 1) throw nameTaken(record.name, found);
        if (check === 2) throw workspaceTaken(record.host, found);
        if (check > 2) throw also!.failed();
      },
    };
  });
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

/** The writes that store a new authentication, to be in one transaction with its linked account's. */
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
  const { linked_account, tenant, oauth_app } = record;
  return oauth_app === undefined ? [linked_account, tenant] : [linked_account, tenant, oauth_app];
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
  return updateWrites(
    ctx,
    { kind: 'linked_account', id, version: account.version },
    { value: { ...account.value, default_authentication: record.id, updated_at: ctx.clock.now() } },
  );
}

function expiryWrites(ctx: Context, record: AuthenticationRecord): Write[] {
  const key = ctx.keys.expiries();
  if (record.expires_at === undefined) return [['ZREM', key, record.id]];
  return [['ZADD', key, Math.max(0, record.expires_at - EXPIRING_MS), record.id]];
}

function nameTaken(name: string, id: string): ConnectorError {
  return new ConnectorError(
    'ERR_NAME_TAKEN',
    `the linked account already has an authentication named "${name}" (${id})`,
    {
      hint: 'Choose a different name, or replace the secret of the existing authentication.',
      errors: [{ pointer: '/name', message: 'is already in use' }],
    },
  );
}

/** The error of a second linked account for a workspace where the tenant allows one. */
export function workspaceTaken(origin: string, id: string): ConnectorError {
  return new ConnectorError('ERR_ACCOUNT_EXISTS', `${origin} is already connected by the linked account ${id}`, {
    hint: 'This tenant allows one linked account per workspace. Use that one, or delete it first.',
    errors: [{ pointer: '/authentication/host', message: 'is already connected' }],
  });
}
