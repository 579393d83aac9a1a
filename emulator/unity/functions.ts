import { randomUUID } from 'node:crypto';
import { ApiError, invalid } from '../errors.ts';
import { route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { listPage, missing } from './answers.ts';
import { typeFacts } from './columns.ts';
import { splitFullName } from './names.ts';
import type { Meta, Unity } from './registry.ts';

interface Parameter {
  name: string;
  type_text: string;
}

const PATH = '/api/2.1/unity-catalog/functions';

/** Functions of Unity Catalog, of SQL's CREATE FUNCTION and of the API; SQL calls both. */
export function functionRoutes(workspace: Workspace, unity: Unity): Route[] {
  const all = unity.functions;
  const find = (given: unknown): Meta => {
    const parts = splitFullName(String(given), 3);
    if (parts === undefined) throw invalid(`'${given}' is not a full function name: give catalog.schema.function.`);
    const found = all.get(parts.join('.'));
    if (found === undefined)
      throw new ApiError(404, 'FUNCTION_DOES_NOT_EXIST', `Function '${parts.join('.')}' does not exist.`);
    return found;
  };
  const requireSchema = async (catalog: string, schema: string) => {
    if (!unity.catalogs.has(catalog)) throw missing('CATALOG', catalog);
    if (!(await unity.schemaNames(catalog)).includes(schema)) throw missing('SCHEMA', `${catalog}.${schema}`);
  };
  return [
    route('POST', PATH, async ({ body, identity }) => {
      const info = body.function_info as Record<string, unknown>;
      const [catalog, schema, name] = [info.catalog_name, info.schema_name, info.name].map((part) =>
        String(part).toLowerCase(),
      ) as [string, string, string];
      await requireSchema(catalog, schema);
      const full = `${catalog}.${schema}.${name}`;
      if (all.has(full)) throw new ApiError(409, 'FUNCTION_ALREADY_EXISTS', `Function '${full}' already exists`);
      const place = { catalog_name: catalog, schema_name: schema, full_name: full, function_id: randomUUID() };
      const made = { ...unity.newMeta(name, identity.userName), metastore_id: workspace.accountId };
      return { json: describe(all.put(full, { ...info, ...made, ...place })) };
    }),
    route('GET', PATH, async ({ query }) => {
      const prefix = `${String(query.catalog_name).toLowerCase()}.${String(query.schema_name).toLowerCase()}.`;
      await requireSchema(...(prefix.split('.').slice(0, 2) as [string, string]));
      const found = all
        .keys()
        .filter((key) => key.startsWith(prefix))
        .sort()
        .map((key) => all.get(key) as Meta);
      return {
        json: listPage('functions', found.map(describe), query, { list: `functions ${prefix}`, visible: () => true }),
      };
    }),
    route('GET', `${PATH}/{name}`, ({ params }) => ({ json: describe(find(params.name)) })),
    route('PATCH', `${PATH}/{name}`, ({ params, body, identity }) => {
      const old = find(params.name);
      const changed = { ...old, ...body, updated_at: workspace.now(), updated_by: identity.userName };
      return { json: describe(all.put(String(old.full_name), changed)) };
    }),
    route('DELETE', `${PATH}/{name}`, ({ params }) => {
      all.delete(String(find(params.name).full_name));
      return {};
    }),
  ];
}

// SQL keeps types as it writes them; the API has names and JSON of them too
function describe(meta: Meta): Record<string, unknown> {
  const { full_data_type, data_type } = meta as Record<string, unknown>;
  const list = (given: unknown) =>
    given === undefined
      ? undefined
      : {
          parameters: ((given as { parameters?: Parameter[] }).parameters ?? []).map((item) => ({
            ...item,
            ...typeFacts(item.type_text),
          })),
        };
  const facts =
    data_type === 'TABLE_TYPE' || full_data_type === undefined ? undefined : typeFacts(String(full_data_type));
  return {
    ...meta,
    ...(facts === undefined ? {} : { data_type: facts.type_name }),
    input_params: list(meta.input_params),
    return_params: list(meta.return_params),
  };
}
