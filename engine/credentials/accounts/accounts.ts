import { ConnectorError } from '../../../connector/errors.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { getTenant } from '../../access/tenants.ts';
import { useOfScope } from '../../connectors/scope-use.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { pageOfMatches } from '../../store/filtered-list.ts';
import { newId } from '../../store/ids.ts';
import { type ListPage, type PageRequest, showPage } from '../../store/list-pages.ts';
import { hasMetadata, type Metadata } from '../../store/metadata.ts';
import { quotaCheck } from '../../store/quotas.ts';
import {
  type Check,
  insertWrites,
  listRecords,
  readRecords,
  readRecordsEach,
  type Stored,
  transact,
  updateWrites,
  type Write,
} from '../../store/records.ts';
import { readAuthentication } from '../authentications/authentication-body.ts';
import { type AuthenticationView, toAuthenticationView } from '../authentications/authentication-view.ts';
import { newAuthentication, newAuthenticationWrites, workspaceTaken } from '../authentications/store-authentication.ts';
import { tryCredentials } from '../authentications/try-credentials.ts';
import type { Context } from '../context.ts';
import { connectorOf } from '../oauth/oauth-client.ts';
import { findAccount } from '../records/account-records.ts';
import type { AccountLimits, AuthenticationRecord, LinkedAccountRecord } from '../records/authentication-record.ts';
import { workspaceFieldOf } from '../records/authentication-record.ts';
import { checkedAddresses } from '../records/checked-host.ts';
import { accountSchemas } from './account-schema.ts';
import { type LinkedAccountView, toAccountView } from './account-view.ts';

/**
 * Makes a linked account, with its authentication when the body holds one, in one transaction: when anything is wrong, or
 * the service refuses the credentials, nothing is stored.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_NAME_TAKEN, ERR_ACCOUNT_EXISTS, ERR_WAREHOUSE_MISSING, and what
 * `createAuthentication` throws
 */
export async function createLinkedAccount(
  ctx: Context,
  caller: Actor,
  body: unknown,
): Promise<LinkedAccountView & { authentication?: AuthenticationView }> {
  const tenant = await getTenant(ctx, caller.tenant);
  const connector = connectorOfBody(ctx, body);
  connector.service.checkAccount?.((body ?? {}) as Record<string, unknown>, {
    isNew: true,
    isDefaultRequired: tenant.require_warehouse === true,
  });
  const {
    name,
    limits,
    metadata,
    authentication,
    connector: _,
    ...given
  } = accountSchemas(connector).create.check(body, 'the linked account') as {
    name: string;
    connector: string;
    limits?: AccountLimits;
    metadata?: Metadata;
    authentication?: unknown;
  };
  const fields = connectionFields(ctx, connector, given);
  const now = ctx.clock.now();
  const account: LinkedAccountRecord = {
    id: newId('la', now),
    tenant: caller.tenant,
    name,
    connector: connector.id,
    ...fields,
    ...(limits === undefined ? {} : { limits }),
    ...(metadata === undefined ? {} : { metadata }),
    created_at: now,
    updated_at: now,
    created_by: caller.keyId,
  };
  if (authentication === undefined) {
    await storeAccount(ctx, caller, { account, more: [], workspace: undefined });
    return toAccountView(connector, account, undefined, now);
  }
  const draft = readAuthentication(ctx, connector, {
    body: withName(authentication, name),
    pointer: '/authentication',
    account,
  });
  // Said before the credentials travel, and said again, for sure, by the transaction.
  await refuseTaken(ctx, account, tenant.one_account_per_workspace === true ? workspaceFieldOf(draft) : undefined);
  const untested = newAuthentication(ctx, caller, { draft, account });
  const tried = draft.test ? await tryCredentials(ctx, untested, draft.secret, account) : {};
  const record: AuthenticationRecord = { ...untested, ...tried.found };
  const linked = { ...account, default_authentication: record.id };
  await storeAccount(ctx, caller, {
    account: linked,
    more: newAuthenticationWrites(ctx, caller, { record, secret: draft.secret, tried }),
    workspace: tenant.one_account_per_workspace === true ? workspaceFieldOf(draft) : undefined,
  });
  return { ...toAccountView(connector, linked, record, now), authentication: toAuthenticationView(record, now) };
}

/** By id or name. @throws ConnectorError ERR_NOT_FOUND, also for another tenant's */
export async function getLinkedAccount(ctx: Context, tenant: string, idOrName: string): Promise<LinkedAccountView> {
  const { value } = await findAccount(ctx, tenant, idOrName);
  const [auth] = await readRecords<AuthenticationRecord>(
    ctx,
    'authentication',
    value.default_authentication === undefined ? [] : [value.default_authentication],
  );
  return toAccountView(ctx.manifests.connectors.get(value.connector), value, auth?.value, ctx.clock.now());
}

/** A tenant's linked accounts, newest first. @throws ConnectorError ERR_INPUT_INVALID */
export async function listLinkedAccounts(
  ctx: Context,
  tenant: string,
  page: AccountPage = {},
): Promise<ListPage<LinkedAccountView>> {
  const found = await pageOfAccounts(ctx, tenant, page);
  const ids = found.items.flatMap((value) => value.default_authentication ?? []);
  const known = await readRecordsEach<AuthenticationRecord>(ctx, 'authentication', ids);
  const auths = new Map(known.items.map(({ value }) => [value.id, value]));
  return showPage(ctx, 'linked_account', found, {
    idOf: ({ id }) => id,
    read: (value) =>
      toAccountView(
        ctx.manifests.connectors.get(value.connector),
        value,
        auths.get(value.default_authentication ?? ''),
        ctx.clock.now(),
      ),
  });
}

type AccountPage = PageRequest & { name?: string | undefined; metadata?: Metadata | undefined };

async function pageOfAccounts(
  ctx: Context,
  tenant: string,
  { metadata = {}, ...page }: AccountPage,
): Promise<ListPage<LinkedAccountRecord>> {
  const matches = (account: LinkedAccountRecord) => hasMetadata(account.metadata, metadata);
  if (page.name === undefined && Object.keys(metadata).length > 0) {
    return pageOfMatches(ctx, ctx.keys.records('linked_account', tenant), page, {
      async read(ids) {
        const { items, ...rest } = await readRecordsEach<LinkedAccountRecord>(ctx, 'linked_account', ids);
        return { items: items.map(({ value }) => value), ...rest };
      },
      matches,
    });
  }
  const list = { kind: 'linked_account', owner: tenant };
  const { items, ...rest } = await listRecords(ctx, list, page, ({ value }: Stored<LinkedAccountRecord>) => value);
  return { items: items.filter(matches), ...rest };
}

/** Changes name, default warehouse, limits or default authentication. @throws ConnectorError ERR_NOT_FOUND, ERR_NAME_TAKEN, ERR_INPUT_INVALID */
export async function updateLinkedAccount(
  ctx: Context,
  caller: Actor,
  idOrName: string,
  body: unknown,
): Promise<LinkedAccountView> {
  const changed = await compareAndSet(ctx, `the linked account "${idOrName}"`, async () => {
    const account = await findAccount(ctx, caller.tenant, idOrName);
    const { id } = account.value;
    const change = readChange(ctx, account.value, body);
    if (change.default_authentication !== undefined) await ownAuthentication(ctx, id, change.default_authentication);
    const value: LinkedAccountRecord = { ...account.value, ...change, updated_at: ctx.clock.now() };
    const uniques = ctx.keys.uniques('linked_account', caller.tenant);
    return {
      checks: [unchanged(ctx, 'linked_account', id, account), ['free', uniques, `name:${value.name}`, id]],
      writes: [
        ...updateWrites(ctx, { kind: 'linked_account', id, version: account.version }, { value }),
        ...(value.name === account.value.name
          ? []
          : ([
              ['HDEL', uniques, `name:${account.value.name}`],
              ['HSET', uniques, `name:${value.name}`, id],
            ] as Write[])),
        auditWrite(ctx, caller, {
          action: 'linked_account.update',
          target: { kind: 'linked_account', id, name: value.name },
          details: { fields: Object.keys(change) },
        }),
      ],
      cached: [['linked_account', id]],
      result: id,
      refused({ check, found }) {
        if (check === 1) throw nameTaken(value.name, found);
      },
    };
  });
  return getLinkedAccount(ctx, caller.tenant, changed);
}

async function storeAccount(
  ctx: Context,
  caller: Actor,
  made: { account: LinkedAccountRecord; more: Write[]; workspace: string | undefined },
): Promise<void> {
  const { account, workspace } = made;
  const uniques = ctx.keys.uniques('linked_account', account.tenant);
  const fields = [`name:${account.name}`, ...(workspace === undefined ? [] : [workspace])];
  const use = useOfScope(ctx, connectorOf(ctx, account.connector));
  const checks: Check[] = [
    ...fields.map((field): Check => ['free', uniques, field, account.id]),
    quotaCheck(ctx, { tenant: account.tenant, name: 'linked_accounts' }),
    ...(made.more.length === 0 ? [] : [quotaCheck(ctx, { tenant: account.tenant, name: 'authentications' })]),
    ...use.checks,
  ];
  const failed = await transact(ctx, checks, [
    ...insertWrites(
      ctx,
      { kind: 'linked_account', id: account.id, createdAt: account.created_at, owners: [account.tenant] },
      { value: account },
    ),
    ...fields.map((field): Write => ['HSET', uniques, field, account.id]),
    auditWrite(ctx, caller, {
      action: 'linked_account.create',
      target: { kind: 'linked_account', id: account.id, name: account.name },
    }),
    ...made.more,
    ...use.writes,
  ]);
  // The id is new, but a miss may have been remembered.
  ctx.changes.tell('linked_account', account.id);
  if (failed === undefined) return;
  use.refuse(checks[failed.check]);
  throw failed.check === 0 ? nameTaken(account.name, failed.found) : workspaceTaken(workspace!, failed.found);
}

async function refuseTaken(ctx: Context, account: LinkedAccountRecord, workspace: string | undefined): Promise<void> {
  const uniques = ctx.keys.uniques('linked_account', account.tenant);
  const [named, connected] = await ctx.redis.hmget(uniques, `name:${account.name}`, workspace ?? '');
  if (named) throw nameTaken(account.name, named);
  if (workspace !== undefined && connected) throw workspaceTaken(workspace, connected);
}

async function ownAuthentication(ctx: Context, account: string, id: string): Promise<void> {
  const [found] = await readRecords<AuthenticationRecord>(ctx, 'authentication', [id]);
  if (found?.value.linked_account === account) return;
  throw new ConnectorError(
    'ERR_INPUT_INVALID',
    `"default_authentication" is "${id}", which is not an authentication of this linked account`,
    {
      errors: [
        { pointer: '/default_authentication', message: 'must be the id of an authentication of this linked account' },
      ],
    },
  );
}

/** The connector that a body names, else the default one. @throws ConnectorError ERR_NOT_FOUND */
function connectorOfBody(ctx: Context, body: unknown): Connector {
  const given = (body as { connector?: unknown } | null | undefined)?.connector;
  if (typeof given === 'string') return connectorOf(ctx, given);
  const usual = [...ctx.manifests.connectors.values()].find(({ manifest }) => manifest.default === true);
  return usual ?? connectorOf(ctx, '');
}

type Changed = Partial<Pick<LinkedAccountRecord, 'name' | 'default_authentication' | 'limits' | 'metadata'>>;

/** What a change is. @throws ConnectorError ERR_INPUT_INVALID, and what the service says of its fields */
function readChange(ctx: Context, account: LinkedAccountRecord, body: unknown): Changed {
  const connector = connectorOf(ctx, account.connector);
  connector.service.checkAccount?.((body ?? {}) as Record<string, unknown>, { isNew: false, isDefaultRequired: false });
  const { name, limits, metadata, default_authentication, ...given } = accountSchemas(connector).change.check(
    body,
    'the linked account',
  ) as Changed;
  return {
    ...(name === undefined ? {} : { name }),
    ...connectionFields(ctx, connector, given),
    ...(default_authentication === undefined ? {} : { default_authentication }),
    ...(limits === undefined ? {} : { limits }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** The fields that the connector declares, with its addresses as they are stored. */
function connectionFields(ctx: Context, connector: Connector, given: object): JsonObject {
  const schemas = (connector.manifest.connection.properties ?? {}) as Record<string, JsonObject>;
  const fields = given as JsonObject;
  return { ...fields, ...checkedAddresses(ctx, connector, { fields, schemas, required: [], pointer: '' }) };
}

/** An authentication in the body of an account may leave its name out. */
function withName(authentication: unknown, accountName: string): unknown {
  if (authentication === null || typeof authentication !== 'object' || 'name' in authentication) return authentication;
  return { name: accountName, ...authentication };
}

function nameTaken(taken: string, id: string): ConnectorError {
  return new ConnectorError('ERR_NAME_TAKEN', `a linked account named "${taken}" already exists (${id})`, {
    hint: 'Choose a different name.',
    errors: [{ pointer: '/name', message: 'is already in use' }],
  });
}
