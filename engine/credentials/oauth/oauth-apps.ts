import type { AuthMode } from '../../../connector/auth-mode.ts';
import { addressFields } from '../../../connector/base-urls.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';
import type { Actor } from '../../access/actor.ts';
import { auditWrite } from '../../access/audit.ts';
import { useOfScope } from '../../connectors/scope-use.ts';
import { compareAndSet, unchanged } from '../../store/compare-and-set.ts';
import { newId } from '../../store/ids.ts';
import type { ListPage, PageRequest } from '../../store/list-pages.ts';
import { quotaCheck } from '../../store/quotas.ts';
import {
  type Check,
  insertWrites,
  listRecords,
  removeWrites,
  type Stored,
  transact,
  updateWrites,
  type Write,
} from '../../store/records.ts';
import type { Context } from '../context.ts';
import { accountFields, fieldsToRecord } from '../records/auth-account.ts';
import { atField, checkedAddresses } from '../records/checked-host.ts';
import { readPrivateKey } from './assertion.ts';
import { findOAuthApp, type OAuthAppRecord } from './oauth-app-record.ts';
import { appSchema, loginConnectors, OAUTH_APP_CHANGE_SCHEMA } from './oauth-app-schema.ts';
import { type OAuthAppView, toOAuthAppView } from './oauth-app-view.ts';
import { connectorOf, loginModeOf } from './oauth-client.ts';
import { loginOrigin } from './oauth-server.ts';

const changeBody = compileSchema(OAUTH_APP_CHANGE_SCHEMA);

/** @throws ConnectorError ERR_INPUT_INVALID, ERR_NAME_TAKEN, ERR_CREDENTIALS_MISSING, ERR_HOST_MISSING, ERR_HOST_INVALID, ERR_HOST_NOT_ALLOWED */
export async function createOAuthApp(ctx: Context, caller: Actor, body: unknown): Promise<OAuthAppView> {
  refuseMissing(body);
  const connector = templateOf(ctx, (body as { template?: unknown } | null)?.template);
  const mode = loginModeOf(connector);
  const given = appSchema(connector, mode).check(body, 'the OAuth app') as {
    name: string;
    client_id: string;
    client_secret?: string;
    scopes?: string[];
    return_urls?: string[];
  };
  checkKey(mode, given.client_secret);
  const place = placeOf(ctx, connector, mode, given);
  const now = ctx.clock.now();
  const value: OAuthAppRecord = {
    id: newId('app', now),
    tenant: caller.tenant,
    name: given.name,
    template: connector.id,
    connector: connector.id,
    ...place,
    client_id: given.client_id,
    confidential: given.client_secret !== undefined,
    scopes: withMandatory(mode, given.scopes),
    ...(given.return_urls === undefined ? {} : { return_urls: given.return_urls }),
    created_at: now,
    updated_at: now,
    created_by: caller.keyId,
  };
  const uniques = ctx.keys.uniques('oauth_app', caller.tenant);
  const use = useOfScope(ctx, connector);
  const checks: Check[] = [
    ['free', uniques, `name:${value.name}`, value.id],
    quotaCheck(ctx, { tenant: caller.tenant, name: 'oauth_apps' }),
    ...use.checks,
  ];
  const failed = await transact(ctx, checks, [
    ...insertWrites(
      ctx,
      { kind: 'oauth_app', id: value.id, createdAt: now, owners: [value.tenant] },
      {
        value,
        sealed: given.client_secret === undefined ? undefined : sealAppSecret(ctx, value, given.client_secret),
      },
    ),
    ['HSET', uniques, `name:${value.name}`, value.id],
    auditWrite(ctx, caller, {
      action: 'oauth_app.create',
      target: { kind: 'oauth_app', id: value.id, name: value.name },
      details: { host: value.host },
    }),
    ...use.writes,
  ]);
  if (failed === undefined) return toOAuthAppView(ctx, value);
  use.refuse(checks[failed.check]);
  throw nameTaken(value.name, failed.found);
}

function modeOfApp(ctx: Context, { connector }: OAuthAppRecord): AuthMode {
  return loginModeOf(connectorOf(ctx, connector));
}

/** The private key of an app that signs, in PEM. @throws ConnectorError ERR_CREDENTIALS_MISSING, ERR_AUTH_FAILED, without repeating it */
function checkKey({ manifest }: AuthMode, given: string | undefined): void {
  if (manifest.client_auth !== 'private_key_jwt') return;
  if (given !== undefined) {
    readPrivateKey(given);
    return;
  }
  throw new ConnectorError('ERR_CREDENTIALS_MISSING', 'the OAuth app has no private key', {
    errors: [{ pointer: '/client_secret', message: 'is required: the private key in PEM with which the app signs' }],
  });
}

/** @throws ConnectorError ERR_NOT_FOUND */
export async function getOAuthApp(ctx: Context, tenant: string, idOrName: string): Promise<OAuthAppView> {
  return toOAuthAppView(ctx, (await findOAuthApp(ctx, tenant, idOrName)).value);
}

/** A tenant's apps, newest first. @throws ConnectorError ERR_INPUT_INVALID */
export async function listOAuthApps(
  ctx: Context,
  tenant: string,
  page: PageRequest & { name?: string | undefined } = {},
): Promise<ListPage<OAuthAppView>> {
  const view = ({ value }: Stored<OAuthAppRecord>) => toOAuthAppView(ctx, value);
  return listRecords(ctx, { kind: 'oauth_app', owner: tenant }, page, view);
}

/**
 * Changes name, scopes, return URLs or the secret; logins made through the app continue, with the new secret at their next refresh.
 * Client id and host stay: refresh tokens belong to them.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_INPUT_INVALID, ERR_NAME_TAKEN
 */
export async function updateOAuthApp(
  ctx: Context,
  caller: Actor,
  idOrName: string,
  body: unknown,
): Promise<OAuthAppView> {
  const { client_secret, ...given } = changeBody.check(body, 'the OAuth app') as {
    name?: string;
    client_secret?: string;
    scopes?: string[];
    return_urls?: string[];
  };
  return compareAndSet(ctx, `the OAuth app "${idOrName}"`, async () => {
    const app = await findOAuthApp(ctx, caller.tenant, idOrName);
    const { id } = app.value;
    if (client_secret !== undefined) checkKey(modeOfApp(ctx, app.value), client_secret);
    const value: OAuthAppRecord = {
      ...app.value,
      ...given,
      ...(given.scopes === undefined ? {} : { scopes: withMandatory(modeOfApp(ctx, app.value), given.scopes) }),
      ...(client_secret === undefined ? {} : { confidential: true }),
      updated_at: ctx.clock.now(),
    };
    const oldKeyId = app.sealed === undefined ? undefined : ctx.keyring.keyIdOf(app.sealed);
    const sealed = client_secret === undefined ? undefined : { ...sealAppSecret(ctx, value, client_secret), oldKeyId };
    const uniques = ctx.keys.uniques('oauth_app', caller.tenant);
    return {
      checks: [unchanged(ctx, 'oauth_app', id, app), ['free', uniques, `name:${value.name}`, id]],
      writes: [
        ...updateWrites(ctx, { kind: 'oauth_app', id, version: app.version }, { value, sealed }),
        ...(value.name === app.value.name
          ? []
          : ([
              ['HDEL', uniques, `name:${app.value.name}`],
              ['HSET', uniques, `name:${value.name}`, id],
            ] as Write[])),
        auditWrite(ctx, caller, {
          action: 'oauth_app.update',
          target: { kind: 'oauth_app', id, name: value.name },
          details: { fields: Object.keys(body as object) },
        }),
      ],
      cached: [['oauth_app', id]],
      result: toOAuthAppView(ctx, value),
      refused({ check, found }) {
        if (check === 1) throw nameTaken(value.name, found);
      },
    };
  });
}

/** @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT while authentications were made through it */
export async function deleteOAuthApp(ctx: Context, caller: Actor, idOrName: string): Promise<void> {
  await compareAndSet(ctx, `the OAuth app "${idOrName}"`, async () => {
    const app = await findOAuthApp(ctx, caller.tenant, idOrName);
    const { id, name } = app.value;
    const users = ctx.keys.records('authentication', id);
    const count = await ctx.redis.zcard(users);
    if (count > 0) throw inUse(name, count);
    return {
      checks: [unchanged(ctx, 'oauth_app', id, app), ['absent', users]],
      writes: [
        ...removeWrites(
          ctx,
          { kind: 'oauth_app', id, owners: [caller.tenant] },
          app.sealed === undefined ? undefined : ctx.keyring.keyIdOf(app.sealed),
        ),
        ['HDEL', ctx.keys.uniques('oauth_app', caller.tenant), `name:${name}`],
        auditWrite(ctx, caller, { action: 'oauth_app.delete', target: { kind: 'oauth_app', id, name } }),
      ],
      cached: [['oauth_app', id]],
      result: undefined,
    };
  });
}

function inUse(name: string, count: number): ConnectorError {
  return new ConnectorError(
    'ERR_CONFLICT',
    `${count} ${count === 1 ? 'authentication was' : 'authentications were'} created through "${name}"`,
    { hint: 'Delete them first. They cannot be refreshed without the app.' },
  );
}

function sealAppSecret(ctx: Context, app: OAuthAppRecord, text: string): { text: string; keyId: string } {
  const sealed = ctx.keyring.seal(text, `${app.tenant}/${app.id}`);
  return { text: sealed, keyId: ctx.keyring.keyIdOf(sealed) };
}

/** The connector of a template: the default one when none is named. @throws ConnectorError ERR_INPUT_INVALID */
function templateOf(ctx: Context, given: unknown): Connector {
  const logins = loginConnectors(ctx.manifests.connectors.values());
  const found = logins.find(({ connector }) =>
    given === undefined ? connector.manifest.default === true : connector.id === given,
  );
  if (found !== undefined) return found.connector;
  const allowed = logins.map(({ connector }) => connector.id);
  const message = `must be one of ${allowed.map((id) => JSON.stringify(id)).join(', ')}`;
  throw new ConnectorError('ERR_INPUT_INVALID', `"template" ${message}`, {
    errors: [{ pointer: '/template', message, allowed }],
  });
}

/** Where people sign in: the fields of the login, with its addresses checked. */
function placeOf(
  ctx: Context,
  connector: Connector,
  { manifest }: AuthMode,
  given: Readonly<Record<string, unknown>>,
): Pick<OAuthAppRecord, 'host'> & Partial<Pick<OAuthAppRecord, 'account_id' | 'fields'>> {
  const { properties = {}, required = [] } = (manifest.fields ?? {}) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  const ofAccounts = given.account_id === undefined ? undefined : connector.service.workspaces?.host;
  const fields: Record<string, unknown> = { ...(ofAccounts === undefined ? {} : { host: ofAccounts }), ...given };
  for (const name of addressFields(connector.manifest))
    if (typeof fields[name] === 'string') refuseShared(connector, fields[name], name);
  const addresses = checkedAddresses(ctx, connector, { fields, schemas: properties, required, pointer: '' });
  const shown = Object.keys(properties).filter((name) => fields[name] !== undefined);
  const own = fieldsToRecord({
    ...Object.fromEntries(shown.map((name) => [name, fields[name] as string])),
    ...addresses,
  });
  const host =
    own.host ?? loginOrigin({ connector, mode: manifest, account: accountFields(connector, undefined, own) });
  return { ...own, host } as Pick<OAuthAppRecord, 'host' | 'account_id' | 'fields'>;
}

function refuseShared({ service }: Connector, address: string, name: string): void {
  try {
    service.checkLoginAddress?.(address);
  } catch (error) {
    throw atField(error, `/${name}`);
  }
}

function withMandatory({ manifest }: AuthMode, given: readonly string[] | undefined): string[] {
  const { mandatory = [], default: usual = [] } = manifest.scopes ?? {};
  return [...new Set([...(given === undefined || given.length === 0 ? usual : given), ...mandatory])];
}

function refuseMissing(body: unknown): void {
  const fields = (body ?? {}) as Record<string, unknown>;
  const missing = ['client_id', 'client_secret'].filter(
    (field) => fields[field] === '' || fields[field] === null || (field === 'client_id' && fields[field] === undefined),
  );
  if (missing.length === 0) return;
  throw new ConnectorError(
    'ERR_CREDENTIALS_MISSING',
    `${missing.map((field) => `"${field}"`).join(' and ')} must be set`,
    {
      hint: 'You get them when you register the app at the service. A public app has no secret: omit "client_secret".',
      errors: missing.map((field) => ({ pointer: `/${field}`, message: 'must not be empty' })),
    },
  );
}

function nameTaken(taken: string, id: string): ConnectorError {
  return new ConnectorError('ERR_NAME_TAKEN', `an OAuth app named "${taken}" already exists (${id})`, {
    hint: 'Choose a different name.',
    errors: [{ pointer: '/name', message: 'is already in use' }],
  });
}
