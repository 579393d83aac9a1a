import { ConnectorError, type ValidationError } from '../../../connector/errors.ts';
import { workspaceOfHost } from '../../../connector/hosts.ts';
import { stringifyJson } from '../../../connector/json.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import { compileSchema } from '../../../connector/schema.ts';
import type { Context } from '../context.ts';
import type { AuthenticationKind, AuthenticationSecret } from '../records/authentication-record.ts';
import { checkedHost } from '../records/checked-host.ts';

const name: JsonObject = {
  title: 'Name',
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '\\S',
  format: 'label',
};
const host: JsonObject = {
  title: 'Workspace URL',
  type: 'string',
  examples: ['https://dbc-a1b2345c-d6e7.cloud.databricks.com'],
};
const workspaceId: JsonObject = {
  title: 'Workspace id',
  type: 'string',
  pattern: '^[0-9]{1,20}$',
  description:
    'For a host that serves several workspaces. It is sent with each request. It can also be given as ?o= in the host.',
};
const test: JsonObject = { title: 'Test before storing', type: 'boolean', default: true };
const accountId: JsonObject = {
  title: 'Account id',
  type: 'string',
  pattern: '^[A-Za-z0-9-]{1,64}$',
  description: 'Set it if the credential is for the account host.',
};
const secretText = (title: string): JsonObject => ({
  title,
  type: 'string',
  minLength: 1,
  maxLength: 4096,
  writeOnly: true,
});
/** RFC 6749 section 3.3. */
const scope: JsonObject = { type: 'string', pattern: '^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$' };
const end: JsonObject = { title: 'Expires at', type: 'string', format: 'date-time' };

/** Bodies of `POST .../authentications`, by kind; `oauth_u2m` is made by a login, not by a body. JSON Schema, for OpenAPI too. */
export const AUTHENTICATION_SCHEMAS = Object.freeze({
  pat: object(['name', 'kind', 'host', 'token'], {
    name,
    kind: { const: 'pat' },
    host,
    workspace_id: workspaceId,
    token: secretText('Token'),
    expires_at: end,
    test,
  }),
  oauth_m2m: object(['name', 'kind', 'host', 'client_id', 'client_secret'], {
    name,
    kind: { const: 'oauth_m2m' },
    host,
    workspace_id: workspaceId,
    client_id: { title: 'Client id', type: 'string', minLength: 1, maxLength: 200 },
    client_secret: secretText('Client secret'),
    account_id: accountId,
    scopes: { title: 'Scopes', type: 'array', items: scope, minItems: 1, maxItems: 50 },
    test,
  }),
}) satisfies Record<string, JsonObject>;

/** Bodies of `PUT .../authentications/{id}`, by kind. */
export const SECRET_SCHEMAS = Object.freeze({
  pat: object(['token'], { token: secretText('Token'), expires_at: end, test }),
  oauth_m2m: object(['client_secret'], {
    client_id: { title: 'Client id', type: 'string', minLength: 1, maxLength: 200 },
    client_secret: secretText('Client secret'),
    test,
  }),
}) satisfies Record<string, JsonObject>;

const compiled = Object.freeze({
  create: {
    pat: compileSchema(AUTHENTICATION_SCHEMAS.pat),
    oauth_m2m: compileSchema(AUTHENTICATION_SCHEMAS.oauth_m2m),
  },
  replace: { pat: compileSchema(SECRET_SCHEMAS.pat), oauth_m2m: compileSchema(SECRET_SCHEMAS.oauth_m2m) },
});

/** A body that was understood. */
export interface AuthenticationDraft {
  name: string;
  kind: AuthenticationKind;
  host: string;
  /** Of a host that serves several workspaces. */
  host_workspace_id?: string;
  account_id?: string;
  client_id?: string;
  scopes?: string[];
  /** Epoch ms. */
  expires_at?: number;
  secret: AuthenticationSecret;
  test: boolean;
}

/**
 * Reads the body of a new authentication: what is missing, then whether the host may receive credentials.
 * `pointer` is where the body is in the request, for the validation errors.
 * @throws ConnectorError ERR_CREDENTIALS_MISSING, ERR_HOST_MISSING, ERR_HOST_INVALID, ERR_HOST_NOT_ALLOWED, ERR_INPUT_INVALID
 */
export function readAuthentication(
  ctx: Pick<Context, 'config' | 'clock'>,
  connector: Connector,
  given: { body: unknown; pointer?: string },
): AuthenticationDraft {
  const { body, pointer = '' } = given;
  const fields = (body ?? {}) as Record<string, unknown>;
  const kind = fields.kind;
  if (kind === 'oauth_u2m') {
    throw new ConnectorError('ERR_INPUT_INVALID', 'an authentication of the kind "oauth_u2m" is created by a login', {
      hint: 'Use POST /v1/oauth/authorize or "penstock auth login".',
      errors: [{ pointer: `${pointer}/kind`, message: 'is created by a login', allowed: ['pat', 'oauth_m2m'] }],
    });
  }
  if (kind !== 'pat' && kind !== 'oauth_m2m') {
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `"kind" is ${kind === undefined ? 'missing' : stringifyJson(kind)}; use "pat" or "oauth_m2m"`,
      {
        errors: [
          { pointer: `${pointer}/kind`, message: 'must be "pat" or "oauth_m2m"', allowed: ['pat', 'oauth_m2m'] },
        ],
      },
    );
  }
  checkCredentials(fields, { names: kind === 'pat' ? ['token'] : ['client_id', 'client_secret'], pointer });
  const origin = checkedHost(ctx, connector, { host: fields.host, pointer, takesWorkspace: true });
  const value = checkShape(compiled.create[kind], body, pointer) as Record<string, unknown>;
  return {
    name: value.name as string,
    kind,
    host: origin,
    ...workspaceOf(fields.host, value.workspace_id as string | undefined, pointer),
    ...optional(value, ['account_id', 'client_id', 'scopes']),
    ...endOf(ctx, value, pointer),
    secret: kind === 'pat' ? { token: value.token as string } : { client_secret: value.client_secret as string },
    test: value.test !== false,
  };
}

function workspaceOf(
  host: unknown,
  given: string | undefined,
  pointer: string,
): Pick<AuthenticationDraft, 'host_workspace_id'> {
  const ofHost = workspaceOfHost(String(host));
  if (given !== undefined && ofHost !== undefined && given !== ofHost) {
    const message = `is ${given}, and the host names the workspace ${ofHost}`;
    throw new ConnectorError('ERR_INPUT_INVALID', `"workspace_id" ${message}`, {
      errors: [{ pointer: `${pointer}/workspace_id`, message }],
    });
  }
  const id = given ?? ofHost;
  return id === undefined ? {} : { host_workspace_id: id };
}

/** Reads the body that replaces a secret. @throws ConnectorError ERR_CREDENTIALS_MISSING, ERR_INPUT_INVALID */
export function readReplacement(
  ctx: Pick<Context, 'clock'>,
  kind: 'pat' | 'oauth_m2m',
  body: unknown,
): { secret: AuthenticationSecret; client_id?: string; expires_at?: number; test: boolean } {
  checkCredentials((body ?? {}) as Record<string, unknown>, {
    names: [kind === 'pat' ? 'token' : 'client_secret'],
    pointer: '',
  });
  const value = checkShape(compiled.replace[kind], body, '') as Record<string, unknown>;
  return {
    secret: kind === 'pat' ? { token: value.token as string } : { client_secret: value.client_secret as string },
    ...optional(value, ['client_id']),
    ...endOf(ctx, value, ''),
    test: value.test !== false,
  };
}

function checkCredentials(fields: Record<string, unknown>, wanted: { names: string[]; pointer: string }): void {
  const missing = wanted.names.filter(
    (field) => fields[field] === undefined || fields[field] === null || fields[field] === '',
  );
  if (missing.length === 0) return;
  throw new ConnectorError(
    'ERR_CREDENTIALS_MISSING',
    `${missing.map((field) => `"${field}"`).join(' and ')} must be set`,
    {
      hint:
        missing[0] === 'client_id'
          ? 'It is the application id of the service principal, shown under Settings > Identity and access.'
          : 'Databricks shows a secret only once. Generate a new one if it is lost.',
      errors: missing.map((field) => ({ pointer: `${wanted.pointer}/${field}`, message: 'is required' })),
      sent: 'no',
    },
  );
}

/** When a token ends; one that has ended is a slip of the keyboard, or the wrong token. */
function endOf(
  { clock }: Pick<Context, 'clock'>,
  { expires_at: text }: Record<string, unknown>,
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

function checkShape(schema: ReturnType<typeof compileSchema>, body: unknown, pointer: string): unknown {
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

function optional<K extends string>(value: Record<string, unknown>, names: readonly K[]): { [name in K]?: never } {
  return Object.fromEntries(
    names.filter((field) => value[field] !== undefined).map((field) => [field, value[field]]),
  ) as { [name in K]?: never };
}

function object(required: string[], properties: JsonObject): JsonObject {
  return { type: 'object', required, additionalProperties: false, properties };
}
