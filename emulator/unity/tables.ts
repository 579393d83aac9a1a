import type { Access } from '../access.ts';
import { denied, invalid } from '../errors.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { commonFields, listPage, missing } from './answers.ts';
import { columnsOf } from './columns.ts';
import { type FullName, fullNameText, splitFullName } from './names.ts';
import type { Unity } from './registry.ts';

const PATH = '/api/2.1/unity-catalog/tables';
const SUMMARIES = '/api/2.1/unity-catalog/table-summaries';

type Found = FullName & { view: boolean };

/** Routes of tables and views; their columns are DuckDB's own. */
export function tableRoutes(
  workspace: Workspace,
  unity: Unity,
  access: Access,
  forget: (full: FullName) => Promise<void>,
): Route[] {
  const requireParent = async (catalog: string, schema: string | undefined) => {
    access.check('catalog', catalog, 'USE CATALOG');
    if (!unity.catalogs.has(catalog)) throw missing('CATALOG', catalog);
    if (schema === undefined) return;
    access.check('schema', `${catalog}.${schema}`, 'USE SCHEMA');
    if (!(await unity.schemaNames(catalog)).includes(schema)) throw missing('SCHEMA', `${catalog}.${schema}`);
  };
  const find = async (fullName: unknown): Promise<Found> => {
    const parts = splitFullName(String(fullName), 3);
    if (parts === undefined) throw invalid(`'${fullName}' is not a full table name: give catalog.schema.table.`);
    const [catalog, schema, name] = parts as [string, string, string];
    await requireParent(catalog, schema);
    const full = { catalog, schema, name };
    const kind = await unity.kindOf(full);
    if (kind === undefined) throw missing('TABLE', fullNameText(full));
    access.check('table', fullNameText(full), 'SELECT');
    return { ...full, view: kind === 'view' };
  };

  const describe = async (full: Found, omit: { columns: boolean; properties: boolean }) => {
    const meta = unity.tableMeta(full, full.view);
    const { properties: _properties, ...common } = commonFields(meta) as Record<string, unknown>;
    return {
      ...common,
      catalog_name: full.catalog,
      schema_name: full.schema,
      full_name: fullNameText(full),
      table_type: meta.table_type,
      table_id: meta.table_id,
      metastore_id: workspace.accountId,
      ...(meta.data_source_format === undefined ? {} : { data_source_format: meta.data_source_format }),
      ...(meta.storage_location === undefined ? {} : { storage_location: meta.storage_location }),
      ...(meta.table_constraints === undefined ? {} : { table_constraints: meta.table_constraints }),
      ...(meta.view_definition === undefined ? {} : { view_definition: meta.view_definition }),
      ...(omit.properties ? {} : { properties: meta.properties ?? {} }),
      ...(omit.columns ? {} : { columns: await columnsOf(workspace, unity, full) }),
    };
  };

  const list = async ({ query }: Call) => {
    const catalog = String(query.catalog_name).toLowerCase();
    const schema = String(query.schema_name).toLowerCase();
    await requireParent(catalog, schema);
    const found = await unity.tableNames(catalog, schema);
    const page = listPage('tables', found, query, {
      list: `tables ${catalog}.${schema}`,
      visible: (item) => access.allows('table', fullNameText(item)),
    }) as { tables: Found[] };
    const omit = { columns: query.omit_columns === true, properties: query.omit_properties === true };
    const tables: object[] = [];
    for (const item of page.tables) tables.push(await describe(item, omit));
    return { json: { ...page, tables } };
  };

  const summaries = async ({ query }: Call) => {
    const catalog = String(query.catalog_name).toLowerCase();
    await requireParent(catalog, undefined);
    const [schemas, names] = [like(query.schema_name_pattern), like(query.table_name_pattern)];
    const found = (await unity.tableNames(catalog)).filter(
      (item) => schemas.test(item.schema) && names.test(item.name),
    );
    const key = `summaries ${catalog} ${query.schema_name_pattern ?? ''} ${query.table_name_pattern ?? ''}`;
    const page = listPage('tables', found, query, {
      list: key,
      paged: true,
      visible: (item) => access.allows('table', fullNameText(item)),
    }) as { tables: Found[] };
    return {
      json: {
        ...page,
        tables: page.tables.map((item) => ({
          full_name: fullNameText(item),
          table_type: unity.tableMeta(item, item.view).table_type,
        })),
      },
    };
  };

  const exists = async ({ params }: Call) => {
    try {
      await find(params.full_name);
      return { json: { table_exists: true } };
    } catch (error) {
      if ((error as { code?: string }).code === 'TABLE_DOES_NOT_EXIST') return { json: { table_exists: false } };
      throw error;
    }
  };

  const update = async ({ params, body, identity }: Call) => {
    const full = await find(params.full_name);
    const meta = unity.tableMeta(full, full.view);
    const changed = { updated_at: workspace.now(), updated_by: identity.userName };
    unity.tables.put(fullNameText(full), { ...meta, ...body, ...changed });
    return {};
  };

  const remove = async ({ params }: Call) => {
    const full = await find(params.full_name);
    if (full.catalog === 'samples') throw denied(`User does not have MANAGE on Table '${fullNameText(full)}'.`);
    await workspace.database.run(`DROP ${full.view ? 'VIEW' : 'TABLE'} ${unity.duckTable(full)}`);
    if (!full.view) await forget(full);
    unity.forgetTable(full);
    return {};
  };

  return [
    { method: 'GET', template: PATH, handle: list },
    { method: 'GET', template: SUMMARIES, handle: summaries },
    { method: 'GET', template: `${PATH}/{full_name}/exists`, handle: exists },
    {
      method: 'GET',
      template: `${PATH}/{full_name}`,
      handle: async ({ params }) => ({
        json: await describe(await find(params.full_name), { columns: false, properties: false }),
      }),
    },
    { method: 'PATCH', template: `${PATH}/{full_name}`, handle: update },
    { method: 'DELETE', template: `${PATH}/{full_name}`, handle: remove },
  ];
}

// SQL LIKE: % for any text, _ for one character
function like(pattern: unknown): RegExp {
  if (pattern === undefined) return /(?:)/;
  const source = String(pattern)
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, 'i');
}
