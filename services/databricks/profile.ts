import { ConnectorError } from '../../connector/errors.ts';

/** What a profile or the environment says, as the body of an authentication, and where each field came from. */
export interface ImportedAuthentication {
  /** Ready for `POST .../authentications` but for its name. */
  body:
    | { kind: 'pat'; host: string; workspace_id?: string; token: string }
    | {
        kind: 'oauth_m2m';
        host: string;
        workspace_id?: string;
        client_id: string;
        client_secret: string;
        account_id?: string;
        scopes?: string[];
      };
  warehouse_id?: string;
  /** Field -> `profile NAME` or the name of the variable. Holds no values. */
  sources: Record<string, string>;
}

/** Field in the file -> variable (databricks-sdk-py config.py, databricks-sdk-go config/config.go). */
const VARIABLES = Object.freeze({
  host: 'DATABRICKS_HOST',
  account_id: 'DATABRICKS_ACCOUNT_ID',
  workspace_id: 'DATABRICKS_WORKSPACE_ID',
  token: 'DATABRICKS_TOKEN',
  username: 'DATABRICKS_USERNAME',
  password: 'DATABRICKS_PASSWORD',
  client_id: 'DATABRICKS_CLIENT_ID',
  client_secret: 'DATABRICKS_CLIENT_SECRET',
  auth_type: 'DATABRICKS_AUTH_TYPE',
  warehouse_id: 'DATABRICKS_WAREHOUSE_ID',
  azure_client_id: 'ARM_CLIENT_ID',
});
/** Reserved for the CLI's own settings; never a profile of credentials. */
const SETTINGS = '__settings__';

/** No variable gives it. */
const FILE_ONLY = ['scopes'] as const;
/** Given by the environment, any of these keeps the file from being read. */
const DECIDING = ['host', 'token', 'username', 'password', 'client_id', 'client_secret', 'azure_client_id'] as const;

type Field = keyof typeof VARIABLES | (typeof FILE_ONLY)[number];

/**
 * Reads credentials in the order of Databricks' unified authentication: environment first, then the profile file, which is
 * read only if a profile is named or the environment gives neither host nor credentials. The profile is the named one, else
 * `default_profile` of `[__settings__]`, else `DEFAULT`.
 * @throws ConnectorError ERR_CONFIG naming the file's line, the profile or the field, and what to do; never a value
 */
export function importAuthentication(given: {
  env: Readonly<Record<string, string | undefined>>;
  /** Text of `.databrickscfg`; undefined when there is no such file. */
  file: string | undefined;
  profile?: string | undefined;
}): ImportedAuthentication {
  const { env } = given;
  const values = new Map<Field, { value: string; source: string }>();
  for (const [field, variable] of Object.entries(VARIABLES) as [Field, string][]) {
    const value = env[variable];
    if (value !== undefined && value !== '') values.set(field, { value, source: variable });
  }
  if (needsProfile(env, given.profile)) {
    const found = readProfile(given.file, profileOf(env, given.profile));
    for (const [field, value] of found) if (!values.has(field)) values.set(field, value);
  }
  return choose(values);
}

/** Whether the profile file is read at all. */
export function needsProfile(env: Readonly<Record<string, string | undefined>>, profile?: string): boolean {
  return profileOf(env, profile) !== undefined || !DECIDING.some((field) => env[VARIABLES[field]]);
}

function profileOf(env: Readonly<Record<string, string | undefined>>, profile?: string): string | undefined {
  return profile ?? (env.DATABRICKS_CONFIG_PROFILE || undefined);
}

/** Which family of credentials: the one that is named, or the only one that is there. */
function choose(values: Map<Field, { value: string; source: string }>): ImportedAuthentication {
  const take = (field: Field) => values.get(field)?.value;
  const type = take('auth_type');
  const host = take('host');
  const isM2M = values.has('client_id') && values.has('client_secret');
  if (host === undefined) throw wrong('no host was found', 'Set "host" in the profile, or DATABRICKS_HOST.');
  if (type === undefined && values.has('token') && isM2M) {
    throw wrong(
      'both a token and a client secret were found',
      'Set auth_type to "pat" or "oauth-m2m", or remove one of them.',
    );
  }
  if (type !== undefined && type !== 'pat' && type !== 'oauth-m2m') {
    throw wrong(
      `auth_type is "${type}", which cannot be imported`,
      'Only "pat" and "oauth-m2m" can be imported. For a login, use "penstock auth login".',
    );
  }
  const token = take('token');
  const workspace = values.has('workspace_id') && !isAccountHost(host) ? { workspace_id: take('workspace_id')! } : {};
  const sources = (fields: Field[]) =>
    Object.fromEntries(fields.flatMap((field) => (values.has(field) ? [[field, values.get(field)!.source]] : [])));
  const workspaceSource = workspace.workspace_id === undefined ? [] : (['workspace_id'] as const);
  const warehouse = values.has('warehouse_id') ? { warehouse_id: take('warehouse_id')! } : {};
  if (type === 'pat' || (type === undefined && token !== undefined)) {
    if (token === undefined)
      throw wrong('auth_type is "pat" but no token was found', 'Set "token" in the profile, or DATABRICKS_TOKEN.');
    return {
      body: { kind: 'pat', host, ...workspace, token },
      ...warehouse,
      sources: sources(['host', ...workspaceSource, 'token', 'warehouse_id']),
    };
  }
  if (isM2M) {
    const scopes = take('scopes')
      ?.split(/[\s,]+/)
      .filter((scope) => scope !== '');
    const account = values.has('account_id') && isAccountHost(host) ? { account_id: take('account_id')! } : {};
    return {
      body: {
        kind: 'oauth_m2m',
        host,
        ...workspace,
        client_id: take('client_id')!,
        client_secret: take('client_secret')!,
        ...account,
        ...(scopes === undefined ? {} : { scopes }),
      },
      ...warehouse,
      sources: sources([
        'host',
        ...workspaceSource,
        'client_id',
        'client_secret',
        ...(account.account_id === undefined ? [] : ['account_id' as const]),
        'scopes',
        'warehouse_id',
      ]),
    };
  }
  if (values.has('username'))
    throw wrong(
      'a user name and password were found, which cannot be imported',
      'Databricks no longer supports basic authentication. Create a token or a service principal.',
    );
  if (values.has('azure_client_id'))
    throw wrong(
      'Azure credentials were found, which cannot be imported',
      'Create an OAuth secret for the service principal in Databricks, and set "client_id" and "client_secret".',
    );
  throw wrong(
    'no credentials were found',
    'Set "token", or "client_id" and "client_secret", in the profile or as DATABRICKS_ variables. For a login, use "penstock auth login".',
  );
}

function readProfile(
  file: string | undefined,
  named: string | undefined,
): Map<Field, { value: string; source: string }> {
  if (file === undefined) {
    if (named !== undefined)
      throw wrong(
        `there is no file to read the profile "${named}" from`,
        'Set DATABRICKS_CONFIG_FILE, or create ~/.databrickscfg with "databricks configure".',
      );
    return new Map();
  }
  const sections = parseIni(file);
  const name = named ?? sections.get(SETTINGS)?.get('default_profile') ?? 'DEFAULT';
  const section = name === SETTINGS ? undefined : sections.get(name);
  if (section === undefined) {
    if (named === undefined) return new Map();
    const known = [...sections.keys()].filter((each) => each !== SETTINGS);
    throw wrong(
      `there is no profile "${name}"`,
      known.length === 0 ? 'The file contains no profiles.' : `The file contains: ${known.join(', ')}.`,
    );
  }
  const values = new Map<Field, { value: string; source: string }>();
  for (const field of [...(Object.keys(VARIABLES) as Field[]), ...FILE_ONLY]) {
    const value = section.get(field);
    if (value !== undefined && value !== '') values.set(field, { value, source: `profile ${name}` });
  }
  return values;
}

/** The form Go's and Python's parsers share: sections, `key = value`, comments that begin a line. Values are taken whole. */
function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[(.+)\]$/.exec(line)?.[1]?.trim();
    if (header !== undefined) {
      section = sections.get(header) ?? new Map();
      sections.set(header, section);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 1 || section === undefined) {
      throw wrong(
        `line ${index + 1} of the profile file is neither "[profile]" nor "key = value"`,
        'Correct the line. Its text is not shown because it can contain a secret.',
      );
    }
    section.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return sections;
}

function isAccountHost(host: string): boolean {
  return /^(https:\/\/)?accounts(-dod)?\./.test(host);
}

function wrong(what: string, hint: string): ConnectorError {
  return new ConnectorError('ERR_CONFIG', `cannot import an authentication: ${what}`, { hint });
}
