import type { AuthMode } from '../../../connector/auth-mode.ts';
import { ConnectorError, type ValidationError } from '../../../connector/errors.ts';
import { stringifyJson } from '../../../connector/json.ts';
import type { CompiledSchema, Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';
import { accountFields, baseUrlsOf, fieldsToRecord } from '../records/auth-account.ts';
import type {
  AuthenticationRecord,
  AuthenticationSecret,
  LinkedAccountRecord,
} from '../records/authentication-record.ts';
import { atField, checkedAddresses } from '../records/checked-host.ts';

/** A body that was understood. */
export type AuthenticationDraft = Pick<AuthenticationRecord, 'name' | 'kind' | 'host'> &
  Partial<
    Pick<AuthenticationRecord, 'host_workspace_id' | 'account_id' | 'client_id' | 'scopes' | 'expires_at' | 'fields'>
  > & {
    secret: AuthenticationSecret;
    test: boolean;
  };

/**
 * Reads the body of a new authentication: what is missing, then whether the host may receive credentials.
 * `pointer` is where the body is in the request, for the validation errors; `account` has the fields that the body leaves to it.
 * @throws ConnectorError ERR_CREDENTIALS_MISSING, ERR_HOST_MISSING, ERR_HOST_INVALID, ERR_HOST_NOT_ALLOWED, ERR_INPUT_INVALID
 */
export function readAuthentication(
  ctx: Pick<Context, 'config' | 'clock'>,
  connector: Connector,
  given: { body: unknown; pointer?: string; account?: Partial<LinkedAccountRecord> | undefined },
): AuthenticationDraft {
  const { body, pointer = '' } = given;
  const fields = (body ?? {}) as Record<string, unknown>;
  const mode = modeOfBody(connector, fields.kind, pointer);
  checkCredentials(mode, fields, { names: mode.credentials, pointer });
  const { properties = {}, required = [] } = (mode.manifest.fields ?? {}) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  const addresses = checkedAddresses(ctx, connector, { fields, schemas: properties, required, pointer });
  const value = checkShape(mode.create, body, pointer) as Record<string, never>;
  const shown: JsonObject = {};
  for (const name of mode.shown) if (value[name] !== undefined) shown[name] = value[name];
  const own = loginFields(connector, { ...shown, ...addresses }, { fields, pointer });
  const { expires_at: _, ...stored } = own;
  const record = fieldsToRecord(stored);
  const host = record.host ?? hostOf(ctx, connector, { ...given, record, pointer });
  return {
    name: value.name!,
    kind: mode.id,
    ...record,
    host,
    ...endOf(ctx, value, pointer),
    secret: secretOf(mode, value),
    test: value.test !== (false as never),
  };
}

/** Reads the body that replaces a secret. @throws ConnectorError ERR_CREDENTIALS_MISSING, ERR_INPUT_INVALID */
export function readReplacement(
  ctx: Pick<Context, 'clock'>,
  mode: AuthMode,
  body: unknown,
): { secret: AuthenticationSecret; record: Partial<AuthenticationRecord>; test: boolean } {
  const names = mode.credentials.filter((name) => mode.secrets.includes(name));
  checkCredentials(mode, (body ?? {}) as Record<string, unknown>, { names, pointer: '' });
  const value = checkShape(mode.replace, body, '') as Record<string, never>;
  const shown = mode.shown.filter((name) => value[name] !== undefined && name !== 'expires_at');
  return {
    secret: secretOf(mode, value),
    record: {
      ...fieldsToRecord(Object.fromEntries(shown.map((name) => [name, value[name]!]))),
      ...endOf(ctx, value, ''),
    },
    test: value.test !== (false as never),
  };
}

/** The ids of the modes that a body can make; the others are made by a login. */
export function bodyKinds(connector: Connector): string[] {
  return [...connector.modes.values()].filter(({ family }) => family !== 'login').map(({ id }) => id);
}

function modeOfBody(connector: Connector, kind: unknown, pointer: string): AuthMode {
  const allowed = bodyKinds(connector);
  const mode = typeof kind === 'string' ? connector.modes.get(kind) : undefined;
  if (mode?.family === 'login') {
    throw new ConnectorError('ERR_INPUT_INVALID', `an authentication of the kind "${mode.id}" is created by a login`, {
      hint: 'Use POST /v1/oauth/authorize or "penstock auth login".',
      errors: [{ pointer: `${pointer}/kind`, message: 'is created by a login', allowed }],
    });
  }
  if (mode !== undefined) return mode;
  const choice = allowed.map((id) => `"${id}"`).join(' or ');
  throw new ConnectorError(
    'ERR_INPUT_INVALID',
    allowed.length === 0
      ? `${connector.manifest.title} has no authentications`
      : `"kind" is ${kind === undefined ? 'missing' : stringifyJson(kind)}; use ${choice}`,
    { errors: [{ pointer: `${pointer}/kind`, message: `must be ${choice}`, allowed }] },
  );
}

/** What the service makes of the fields, such as a workspace that is in the address. */
function loginFields(
  connector: Connector,
  shown: JsonObject,
  { fields, pointer }: { fields: Readonly<Record<string, unknown>>; pointer: string },
): JsonObject {
  try {
    return connector.service.readLogin?.(shown, fields) ?? shown;
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.errors === undefined) throw atField(error, `${pointer}/host`);
    const { code, message, hint, errors } = error;
    const moved = errors.map((each) => ({ ...each, pointer: `${pointer}${each.pointer}` }));
    throw new ConnectorError(code, message, { hint, errors: moved, sent: 'no' });
  }
}

/** Where the account is, of a mode that has no address of its own. */
function hostOf(
  ctx: Pick<Context, 'config'>,
  connector: Connector,
  of: { account?: Partial<LinkedAccountRecord> | undefined; record: Partial<AuthenticationRecord>; pointer: string },
): string {
  const urls = baseUrlsOf(ctx, connector, accountFields(connector, of.account, of.record));
  return new URL(urls.api!).origin;
}

function secretOf(mode: AuthMode, value: Readonly<Record<string, unknown>>): AuthenticationSecret {
  const given = mode.secrets.filter((name) => value[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, value[name]])) as AuthenticationSecret;
}

function checkCredentials(
  mode: AuthMode,
  fields: Readonly<Record<string, unknown>>,
  wanted: { names: readonly string[]; pointer: string },
): void {
  const missing = wanted.names.filter(
    (field) => fields[field] === undefined || fields[field] === null || fields[field] === '',
  );
  const [first] = missing;
  if (first === undefined) return;
  const schema = (mode.manifest.fields!.properties as Record<string, JsonObject>)[first]!;
  throw new ConnectorError(
    'ERR_CREDENTIALS_MISSING',
    `${missing.map((field) => `"${field}"`).join(' and ')} must be set`,
    {
      hint: schema.description === undefined ? undefined : String(schema.description),
      errors: missing.map((field) => ({ pointer: `${wanted.pointer}/${field}`, message: 'is required' })),
      sent: 'no',
    },
  );
}

/** When a token ends; one that has ended is a slip of the keyboard, or the wrong token. */
function endOf(
  { clock }: Pick<Context, 'clock'>,
  { expires_at: text }: Readonly<Record<string, unknown>>,
  pointer: string,
): { expires_at?: number } {
  if (text === undefined) return {};
  const end = Date.parse(text as string);
  if (end > clock.now()) return { expires_at: end };
  throw new ConnectorError('ERR_INPUT_INVALID', `"expires_at" is "${text}", which is in the past`, {
    hint: 'Set the time at which the token expires, or omit it.',
    errors: [{ pointer: `${pointer}/expires_at`, message: 'must be in the future' }],
    sent: 'no',
  });
}

function checkShape(schema: CompiledSchema, body: unknown, pointer: string): unknown {
  if (pointer === '') return schema.check(body, 'the authentication');
  try {
    return schema.check(body, 'the authentication');
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const errors = error.errors?.map(
      (validationError): ValidationError => ({ ...validationError, pointer: `${pointer}${validationError.pointer}` }),
    );
    throw new ConnectorError(error.code, error.message, { hint: error.hint, errors, sent: 'no' });
  }
}
