import type { AuthMode } from '../../../connector/auth-mode.ts';
import { type AuthScopes, firstFilled } from '../../../connector/auth-text.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { checkHost, withoutSlashes } from '../../../connector/hosts.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';
import type { AuthenticationRecord, LinkedAccountRecord } from './authentication-record.ts';

/** Fields of modes that are members of the record; the others are in its `fields`. */
const OWN_FIELDS = ['host', 'host_workspace_id', 'account_id', 'client_id', 'scopes', 'expires_at'] as const;

/** The mode of an authentication. @throws ConnectorError ERR_NOT_FOUND when the connector no longer has it */
export function modeOf(connector: Connector, kind: string): AuthMode {
  const mode = connector.modes.get(kind);
  if (mode !== undefined) return mode;
  throw new ConnectorError('ERR_NOT_FOUND', `the connector "${connector.id}" has no kind of authentication "${kind}"`, {
    errors: [{ pointer: '/kind', message: 'is not a kind of the connector', allowed: [...connector.modes.keys()] }],
    sent: 'no',
  });
}

/** The fields of a linked account that its connector declares, with their defaults. */
export function connectionOf(connector: Connector, account: Partial<LinkedAccountRecord> | undefined): JsonObject {
  const properties = (connector.manifest.connection.properties ?? {}) as Record<string, JsonObject>;
  const stored = (account ?? {}) as Record<string, never>;
  const found: JsonObject = {};
  for (const name of Object.keys(properties)) {
    const value = stored[name] ?? properties[name]!.default;
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The fields of a record as its mode declares them: `known` as members of the record, the rest under `fields`. */
export function fieldsToRecord(fields: JsonObject): Partial<AuthenticationRecord> {
  const known: Record<string, unknown> = {};
  const others: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if ((OWN_FIELDS as readonly string[]).includes(name)) known[name] = value;
    else others[name] = value;
  }
  return { ...known, ...(Object.keys(others).length === 0 ? {} : { fields: others }) };
}

/** The public fields of an authentication, as texts of manifests name them; an address with its scheme. */
export function fieldsOf(record: Partial<AuthenticationRecord>): JsonObject {
  const found: JsonObject = { ...record.fields };
  for (const name of OWN_FIELDS) {
    const value = record[name];
    if (value !== undefined) found[name] = value as never;
  }
  return found;
}

/** What the texts of base URLs and logins read as `{account.x}`: the account's fields, and over them those of the authentication. */
export function accountFields(
  connector: Connector,
  account: Partial<LinkedAccountRecord> | undefined,
  record: Partial<AuthenticationRecord>,
): JsonObject {
  const fields: JsonObject = { ...connectionOf(connector, account), ...fieldsOf(record) };
  return record.host === undefined ? fields : { ...fields, origin: record.host };
}

/**
 * The base URLs of an account by name, without a slash at the end; each is at a host that may receive credentials.
 * Those that miss a value are left out. @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_HOST_INVALID when there is none named `api`
 */
export function baseUrlsOf(
  ctx: Pick<Context, 'config'>,
  connector: Connector,
  account: JsonObject,
): Readonly<Record<string, string>> {
  const scopes: AuthScopes = { account };
  const found: Record<string, string> = {};
  for (const { name, urls } of connector.baseUrls.values()) {
    const url = firstFilled(urls, scopes);
    if (url === undefined) continue;
    if (!URL.canParse(url)) throw noBase(connector, name);
    checkHost(new URL(url).origin, { connector, base: name, allowedHosts: ctx.config.allowedHosts });
    found[name] = withoutSlashes(url);
  }
  if (found.api === undefined) throw noBase(connector, 'api');
  return Object.freeze(found);
}

function noBase(connector: Connector, name: string): ConnectorError {
  return new ConnectorError(
    'ERR_HOST_INVALID',
    `the account has no base URL "${name}" of ${connector.manifest.title}`,
    {
      hint: 'Set the fields of the linked account that the connector requires.',
      sent: 'no',
    },
  );
}
