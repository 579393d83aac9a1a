import type { Access } from '../access.ts';
import { denied } from '../errors.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { checkName, commonFields, listPage, missing, notEmpty, taken } from './answers.ts';
import { splitFullName } from './names.ts';
import type { Meta, Unity } from './registry.ts';

const PATH = '/api/2.1/unity-catalog/schemas';
const KEPT = ['storage_root', 'custom_max_retention_hours', 'enable_predictive_optimization'];

/** Routes of schemas. */
export function schemaRoutes(workspace: Workspace, unity: Unity, access: Access): Route[] {
  const requireCatalog = (name: string) => {
    access.check('catalog', name, 'USE CATALOG');
    if (!unity.catalogs.has(name)) throw missing('CATALOG', name);
  };
  const metaOf = (catalog: string, name: string): Meta =>
    unity.schemas.get(`${catalog}.${name}`) ??
    unity.schemas.put(`${catalog}.${name}`, unity.newMeta(name, workspace.admin.userName));
  const find = async (fullName: unknown): Promise<{ catalog: string; meta: Meta }> => {
    const parts = splitFullName(String(fullName), 2);
    if (parts === undefined) throw missing('SCHEMA', String(fullName));
    const [catalog, name] = parts as [string, string];
    requireCatalog(catalog);
    access.check('schema', `${catalog}.${name}`, 'USE SCHEMA');
    if (!(await unity.schemaNames(catalog)).includes(name)) throw missing('SCHEMA', `${catalog}.${name}`);
    return { catalog, meta: metaOf(catalog, name) };
  };
  const describe = (catalog: string, meta: Meta) => ({
    ...commonFields(meta),
    catalog_name: catalog,
    full_name: `${catalog}.${meta.name}`,
    catalog_type: unity.catalogs.get(catalog)?.catalog_type,
    metastore_id: workspace.accountId,
    ...Object.fromEntries(KEPT.filter((field) => meta[field] !== undefined).map((field) => [field, meta[field]])),
  });

  const list = async ({ query }: Call) => {
    const catalog = String(query.catalog_name).toLowerCase();
    requireCatalog(catalog);
    const names = ['information_schema', ...(await unity.schemaNames(catalog))].sort();
    const page = listPage('schemas', names, query, {
      list: `schemas ${catalog}`,
      visible: (name) => access.allows('schema', `${catalog}.${name}`),
    }) as { schemas: string[] };
    const meta = (name: string) =>
      name === 'information_schema'
        ? { ...unity.newMeta(name, 'System user'), created_at: 0, updated_at: 0 }
        : metaOf(catalog, name);
    return { json: { ...page, schemas: page.schemas.map((name) => describe(catalog, meta(name))) } };
  };

  const create = async ({ body, identity }: Call) => {
    const name = checkName(String(body.name));
    const catalog = String(body.catalog_name).toLowerCase();
    requireCatalog(catalog);
    if (catalog === 'samples') throw denied(`User does not have CREATE SCHEMA on Catalog '${catalog}'.`);
    if ((await unity.schemaNames(catalog)).includes(name) || name === 'information_schema')
      throw taken('SCHEMA', `${catalog}.${name}`);
    const { name: _name, catalog_name: _catalog, ...fields } = body;
    return { json: describe(catalog, await unity.createSchema(catalog, name, identity.userName, fields)) };
  };

  const update = async ({ params, body, identity }: Call) => {
    const { catalog, meta } = await find(params.full_name);
    const { new_name, ...fields } = body;
    const name = new_name === undefined ? meta.name : checkName(String(new_name));
    if (name !== meta.name) {
      if ((await unity.schemaNames(catalog)).includes(name)) throw taken('SCHEMA', `${catalog}.${name}`);
      await unity.renameSchema(catalog, meta.name, name);
    }
    const updated = unity.schemas.put(`${catalog}.${name}`, {
      ...meta,
      ...fields,
      name,
      updated_at: workspace.now(),
      updated_by: identity.userName,
    });
    return { json: describe(catalog, updated) };
  };

  const remove = async ({ params, query }: Call) => {
    const { catalog, meta } = await find(params.full_name);
    if (catalog === 'samples') throw denied(`User does not have MANAGE on Schema '${catalog}.${meta.name}'.`);
    const tables = await unity.tableNames(catalog, meta.name);
    const volumes = unity.volumes.keys().filter((key) => key.startsWith(`${catalog}.${meta.name}.`));
    if (query.force !== true && tables.length + volumes.length > 0) {
      throw notEmpty('SCHEMA', `${catalog}.${meta.name}`, `${tables.length} tables and ${volumes.length} volumes`);
    }
    await unity.dropSchema(catalog, meta.name);
    return {};
  };

  return [
    { method: 'GET', template: PATH, handle: list },
    { method: 'POST', template: PATH, handle: create },
    {
      method: 'GET',
      template: `${PATH}/{full_name}`,
      handle: async ({ params }) => {
        const { catalog, meta } = await find(params.full_name);
        return { json: describe(catalog, meta) };
      },
    },
    { method: 'PATCH', template: `${PATH}/{full_name}`, handle: update },
    { method: 'DELETE', template: `${PATH}/{full_name}`, handle: remove },
  ];
}
