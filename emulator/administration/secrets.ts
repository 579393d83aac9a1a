import { ApiError, denied, invalid, notFound } from '../errors.ts';
import { requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

interface Scope {
  name: string;
  backend_type: 'DATABRICKS' | 'AZURE_KEYVAULT';
  acls: Record<string, 'READ' | 'WRITE' | 'MANAGE'>;
  /** Base64 values by key. */
  secrets: Record<string, { value: string; last_updated_timestamp: number }>;
}

const PATH = '/api/2.0/secrets';
const NAME = /^[\w.@-]{1,128}$/;
const MAX_BYTES = 128 * 1024;

/** Secret scopes with their secrets and access lists. */
export function secretRoutes(workspace: Workspace): Route[] {
  const all = workspace.store.collection<Scope>('secret_scopes');
  const find = (name: unknown) => requireObject(all, name, `Scope ${name} does not exist!`);
  const checkName = (what: string, name: unknown) => {
    if (!NAME.test(String(name)))
      throw invalid(`${what} '${name}' must have 1 to 128 letters, digits, dashes, underscores, @ and periods only.`);
  };
  return [
    route('POST', `${PATH}/scopes/create`, ({ body, identity }) => {
      const name = String(body.scope);
      checkName('Scope name', name);
      if (all.has(name)) throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Scope ${name} already exists!`);
      const backend_type = (body.scope_backend_type as Scope['backend_type'] | undefined) ?? 'DATABRICKS';
      if (backend_type !== 'DATABRICKS') throw invalid('Azure Key Vault scopes are not available on AWS.');
      const initial = body.initial_manage_principal as string | undefined;
      if (initial !== undefined && initial !== 'users')
        throw invalid(`The initial_manage_principal must be 'users' or left out; got '${initial}'.`);
      all.put(name, { name, backend_type, acls: { [initial ?? identity.userName]: 'MANAGE' }, secrets: {} });
      return {};
    }),
    route('POST', `${PATH}/scopes/delete`, ({ body }) => {
      all.delete(find(body.scope).name);
      return {};
    }),
    route('GET', `${PATH}/scopes/list`, () => ({
      json: { scopes: all.values().map(({ name, backend_type }) => ({ name, backend_type })) },
    })),
    route('POST', `${PATH}/put`, ({ body }) => {
      const scope = find(body.scope);
      checkName('Secret key', body.key);
      const { string_value, bytes_value } = body as Record<string, string | undefined>;
      if ((string_value === undefined) === (bytes_value === undefined)) throw malformedValue();
      const value = bytes_value ?? Buffer.from(string_value ?? '').toString('base64');
      if (Buffer.from(value, 'base64').length > MAX_BYTES)
        throw new ApiError(400, 'MAX_SECRET_SIZE_EXCEEDED', `The secret is larger than ${MAX_BYTES} bytes.`);
      scope.secrets[String(body.key)] = { value, last_updated_timestamp: workspace.now() };
      all.put(scope.name, scope);
      return {};
    }),
    route('GET', `${PATH}/get`, ({ query }) => {
      const secret = find(query.scope).secrets[String(query.key)];
      if (secret === undefined)
        throw notFound(`Secret does not exist with scope: ${query.scope} and key: ${query.key}`);
      return { json: { key: query.key, value: secret.value } };
    }),
    route('POST', `${PATH}/delete`, ({ body }) => {
      const scope = find(body.scope);
      if (scope.secrets[String(body.key)] === undefined)
        throw notFound(`Secret does not exist with scope: ${body.scope} and key: ${body.key}`);
      delete scope.secrets[String(body.key)];
      all.put(scope.name, scope);
      return {};
    }),
    route('GET', `${PATH}/list`, ({ query }) => ({
      json: {
        secrets: Object.entries(find(query.scope).secrets).map(([key, { last_updated_timestamp }]) => ({
          key,
          last_updated_timestamp,
        })),
      },
    })),
    route('POST', `${PATH}/acls/put`, ({ body }) => {
      const scope = find(body.scope);
      scope.acls[String(body.principal)] = body.permission as Scope['acls'][string];
      all.put(scope.name, scope);
      return {};
    }),
    route('GET', `${PATH}/acls/get`, ({ query }) => {
      const permission = find(query.scope).acls[String(query.principal)];
      if (permission === undefined)
        throw notFound(`Failed to get secret acl for principal ${query.principal} for scope ${query.scope}.`);
      return { json: { principal: query.principal, permission } };
    }),
    route('GET', `${PATH}/acls/list`, ({ query }) => ({
      json: {
        items: Object.entries(find(query.scope).acls).map(([principal, permission]) => ({ principal, permission })),
      },
    })),
    route('POST', `${PATH}/acls/delete`, ({ body, identity }) => {
      const scope = find(body.scope);
      if (scope.acls[String(body.principal)] === undefined)
        throw notFound(`Failed to delete secret acl for principal ${body.principal} for scope ${body.scope}.`);
      if (body.principal === identity.userName && Object.keys(scope.acls).length === 1)
        throw denied('The last principal with MANAGE on a scope cannot be removed.');
      delete scope.acls[String(body.principal)];
      all.put(scope.name, scope);
      return {};
    }),
  ];
}

function malformedValue(): ApiError {
  return new ApiError(400, 'MALFORMED_REQUEST', "Exactly one of 'string_value' and 'bytes_value' must be given.");
}
