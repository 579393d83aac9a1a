import { denied, notFound } from '../errors.ts';
import { listAnswer, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

const PATH = '/api/2.1/unity-catalog';
/** Schemas of the catalog `system` that can be turned on; none of them is filled. */
const SYSTEM_SCHEMAS = ['access', 'billing', 'compute', 'lakeflow', 'query', 'serving', 'storage'];

/** The one metastore that the workspace is assigned to. */
export function metastoreRoutes(workspace: Workspace): Route[] {
  const all = workspace.store.collection<Record<string, unknown>>('metastore');
  const enabled = workspace.store.collection<boolean>('system_schemas');
  const id = workspace.accountId;
  const created = all.get('made') ?? all.put('made', { created_at: workspace.now() });
  const describe = () => ({
    metastore_id: id,
    global_metastore_id: `aws:us-west-2:${id}`,
    name: 'emulator',
    cloud: 'aws',
    region: 'us-west-2',
    owner: workspace.admin.userName,
    privilege_model_version: '1.0',
    storage_root: `s3://emulator/metastore/${id}`,
    delta_sharing_scope: 'INTERNAL',
    external_access_enabled: false,
    created_at: created.created_at,
    created_by: workspace.admin.userName,
    updated_at: created.created_at,
    updated_by: workspace.admin.userName,
    ...all.get('changes'),
  });
  const require = (given: unknown) => {
    if (given !== id) throw notFound(`Metastore '${given}' does not exist.`);
  };
  const accountOnly = () => {
    throw denied('User is not an account admin: metastores are made, assigned and deleted by account admins.');
  };
  return [
    route('GET', `${PATH}/current-metastore-assignment`, () => ({
      json: { metastore_id: id, workspace_id: Number(workspace.id), default_catalog_name: 'main' },
    })),
    route('GET', `${PATH}/metastore_summary`, () => ({ json: describe() })),
    route('GET', `${PATH}/metastores`, ({ query }) =>
      listAnswer('metastores', [describe()], query, { list: 'metastores', size: 'max_results' }),
    ),
    route('GET', `${PATH}/metastores/{id}`, ({ params }) => {
      require(params.id);
      return { json: describe() };
    }),
    route('PATCH', `${PATH}/metastores/{id}`, ({ params, body, identity }) => {
      require(params.id);
      const { new_name, ...fields } = body;
      const name = new_name === undefined ? {} : { name: new_name };
      const changed = { updated_at: workspace.now(), updated_by: identity.userName };
      all.put('changes', { ...all.get('changes'), ...fields, ...name, ...changed });
      return { json: describe() };
    }),
    route('POST', `${PATH}/metastores`, accountOnly),
    route('DELETE', `${PATH}/metastores/{id}`, accountOnly),
    route('PUT', `${PATH}/workspaces/{workspace_id}/metastore`, accountOnly),
    route('DELETE', `${PATH}/workspaces/{workspace_id}/metastore`, accountOnly),
    route('GET', `${PATH}/metastores/{metastore_id}/systemschemas`, ({ params, query }) => {
      require(params.metastore_id);
      const schemas = SYSTEM_SCHEMAS.map((schema) => ({
        schema,
        state: enabled.get(schema) ? 'ENABLE_COMPLETED' : 'AVAILABLE',
      }));
      return listAnswer('schemas', schemas, query, { list: 'system schemas', size: 'max_results' });
    }),
    ...(['PUT', 'DELETE'] as const).map((method) =>
      route(method, `${PATH}/metastores/{metastore_id}/systemschemas/{schema_name}`, ({ params }) => {
        require(params.metastore_id);
        const name = String(params.schema_name);
        if (!SYSTEM_SCHEMAS.includes(name)) throw notFound(`System schema '${name}' does not exist.`);
        if (method === 'PUT') enabled.put(name, true);
        else enabled.delete(name);
        return {};
      }),
    ),
  ];
}
