import type { Access } from '../access.ts';
import { denied, invalid } from '../errors.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { checkName, commonFields, listPage, missing, notEmpty, taken } from './answers.ts';
import type { CatalogMeta, Unity } from './registry.ts';

const PATH = '/api/2.1/unity-catalog/catalogs';
/** Fields that are kept and given back as they came. */
const KEPT = [
  'options',
  'storage_root',
  'custom_max_retention_hours',
  'enable_predictive_optimization',
  'managed_encryption_settings',
  'connection_name',
  'provider_name',
  'share_name',
];

/** Routes of catalogs. */
export function catalogRoutes(workspace: Workspace, unity: Unity, access: Access): Route[] {
  const find = (name: unknown): CatalogMeta => {
    const key = String(name).toLowerCase();
    access.check('catalog', key, 'USE CATALOG');
    const meta = unity.catalogs.get(key);
    if (meta === undefined) throw missing('CATALOG', key);
    return meta;
  };
  const describe = (meta: CatalogMeta) => ({
    ...commonFields(meta),
    full_name: meta.name,
    catalog_type: meta.catalog_type,
    metastore_id: workspace.accountId,
    isolation_mode: meta.isolation_mode ?? 'OPEN',
    securable_type: 'CATALOG',
    ...Object.fromEntries(KEPT.filter((field) => meta[field] !== undefined).map((field) => [field, meta[field]])),
  });

  const create = async ({ body, identity }: Call) => {
    const name = checkName(String(body.name));
    if (unity.catalogs.has(name)) throw taken('CATALOG', name);
    if (['system', 'temp', 'memory', 'hive_metastore'].includes(name))
      throw invalid(`Catalog name '${name}' is reserved.`);
    const { name: _name, ...fields } = body;
    const foreign =
      body.connection_name !== undefined
        ? 'FOREIGN_CATALOG'
        : body.share_name !== undefined
          ? 'DELTASHARING_CATALOG'
          : 'MANAGED_CATALOG';
    return { json: describe(await unity.createCatalog(name, identity.userName, { ...fields, catalog_type: foreign })) };
  };

  const update = ({ params, body, identity }: Call) => {
    const meta = find(params.name);
    const { new_name, ...fields } = body;
    const name = new_name === undefined ? meta.name : checkName(String(new_name));
    if (name !== meta.name && unity.catalogs.has(name)) throw taken('CATALOG', name);
    const updated = {
      ...meta,
      ...fields,
      name,
      updated_at: workspace.now(),
      updated_by: identity.userName,
    } as CatalogMeta;
    if (name !== meta.name) unity.renameCatalog(meta.name, name);
    unity.catalogs.put(name, updated);
    return { json: describe(updated) };
  };

  const remove = async ({ params, query }: Call) => {
    const meta = find(params.name);
    if (meta.catalog_type === 'SYSTEM_CATALOG') throw denied(`User does not have MANAGE on Catalog '${meta.name}'.`);
    const schemas = (await unity.schemaNames(meta.name)).filter((schema) => schema !== 'default');
    const tables = await unity.tableNames(meta.name);
    if (query.force !== true && schemas.length + tables.length > 0)
      throw notEmpty('CATALOG', meta.name, `${schemas.length} schemas and ${tables.length} tables`);
    await unity.dropCatalog(meta.name);
    return {};
  };

  return [
    {
      method: 'GET',
      template: PATH,
      handle: ({ query }) => {
        const names = unity.catalogs.keys().sort();
        const visible = (name: string) => access.allows('catalog', name);
        const page = listPage('catalogs', names, query, { list: 'catalogs', visible }) as { catalogs: string[] };
        return {
          json: { ...page, catalogs: page.catalogs.map((name) => describe(unity.catalogs.get(name) as CatalogMeta)) },
        };
      },
    },
    { method: 'POST', template: PATH, handle: create },
    { method: 'GET', template: `${PATH}/{name}`, handle: ({ params }) => ({ json: describe(find(params.name)) }) },
    { method: 'PATCH', template: `${PATH}/{name}`, handle: update },
    { method: 'DELETE', template: `${PATH}/{name}`, handle: remove },
  ];
}
