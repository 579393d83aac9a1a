import { ApiError, invalid } from '../errors.ts';
import { route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { checkName, listPage, missing } from './answers.ts';
import { splitFullName } from './names.ts';
import type { Meta, Unity } from './registry.ts';

interface Model extends Meta {
  full_name: string;
  aliases: Record<string, number>;
}

const PATH = '/api/2.1/unity-catalog/models';

/** Registered models with their aliases, and their versions, which MLflow's own API would make. */
export function modelRoutes(workspace: Workspace, unity: Unity): Route[] {
  const all = workspace.store.collection<Model>('uc_models');
  const versions = workspace.store.collection<Meta>('uc_model_versions');
  const find = (given: unknown): Model => {
    const parts = splitFullName(String(given), 3);
    if (parts === undefined) throw invalid(`'${given}' is not a full model name: give catalog.schema.model.`);
    const found = all.get(parts.join('.'));
    if (found === undefined)
      throw new ApiError(
        404,
        'REGISTERED_MODEL_DOES_NOT_EXIST',
        `Registered model '${parts.join('.')}' does not exist.`,
      );
    return found;
  };
  const findVersion = ({ params }: Call, version: unknown): Meta => {
    const model = find(params.full_name);
    const found = versions.get(`${model.full_name}/${version}`);
    if (found === undefined)
      throw new ApiError(
        404,
        'MODEL_VERSION_DOES_NOT_EXIST',
        `Model version '${version}' of '${model.full_name}' does not exist.`,
      );
    return found;
  };
  const describe = (model: Model, query: Record<string, unknown>) => {
    const { aliases, ...rest } = model;
    const list = Object.entries(aliases).map(([alias_name, version_num]) => ({ alias_name, version_num }));
    return { ...rest, ...(query.include_aliases === true ? { aliases: list } : {}), metastore_id: workspace.accountId };
  };
  const touch = ({ identity }: Call) => ({ updated_at: workspace.now(), updated_by: identity.userName });

  return [
    route('POST', PATH, async ({ body, identity }) => {
      const [catalog, schema] = [String(body.catalog_name).toLowerCase(), String(body.schema_name).toLowerCase()];
      if (body.name === undefined) throw invalid('Missing required field: name');
      if (!unity.catalogs.has(catalog)) throw missing('CATALOG', catalog);
      if (!(await unity.schemaNames(catalog)).includes(schema)) throw missing('SCHEMA', `${catalog}.${schema}`);
      const name = checkName(String(body.name));
      const full_name = `${catalog}.${schema}.${name}`;
      if (all.has(full_name))
        throw new ApiError(409, 'RESOURCE_ALREADY_EXISTS', `Registered model '${full_name}' already exists`);
      const { comment, storage_location = `s3://emulator/models/${full_name}` } = body;
      const place = { catalog_name: catalog, schema_name: schema, full_name, storage_location };
      const model = {
        ...unity.newMeta(name, identity.userName),
        ...place,
        aliases: {},
        ...(comment === undefined ? {} : { comment }),
      };
      return { json: describe(all.put(full_name, model as Model), {}) };
    }),
    route('GET', PATH, ({ query }) => {
      const [catalog, schema] = [query.catalog_name, query.schema_name].map((part) =>
        part === undefined ? undefined : String(part).toLowerCase(),
      );
      if ((catalog === undefined) !== (schema === undefined))
        throw invalid("'catalog_name' and 'schema_name' must be given together.");
      const found = all
        .values()
        .filter((model) => catalog === undefined || model.full_name.startsWith(`${catalog}.${schema}.`));
      const models = found.map((model) => describe(model, {}));
      return {
        json: listPage('registered_models', models, query, {
          list: `models ${catalog}.${schema}`,
          paged: true,
          visible: () => true,
        }),
      };
    }),
    route('GET', `${PATH}/{full_name}`, ({ params, query }) => ({ json: describe(find(params.full_name), query) })),
    route('PATCH', `${PATH}/{full_name}`, (call) => {
      const old = find(call.params.full_name);
      const { comment, owner, new_name } = call.body as Record<string, string | undefined>;
      const name = new_name === undefined ? old.name : checkName(new_name);
      const full_name = `${old.catalog_name}.${old.schema_name}.${name}`;
      const fields = { ...(comment === undefined ? {} : { comment }), ...(owner === undefined ? {} : { owner }) };
      if (full_name !== old.full_name) all.delete(old.full_name);
      return { json: describe(all.put(full_name, { ...old, ...fields, name, full_name, ...touch(call) }), {}) };
    }),
    route('DELETE', `${PATH}/{full_name}`, ({ params }) => {
      const { full_name } = find(params.full_name);
      if (versions.keys().some((key) => key.startsWith(`${full_name}/`)))
        throw new ApiError(400, 'INVALID_STATE', `Registered model '${full_name}' has versions; delete them first.`);
      all.delete(full_name);
      return {};
    }),
    route('PUT', `${PATH}/{full_name}/aliases/{alias}`, (call) => {
      const model = find(call.params.full_name);
      const version_num = Number(call.body.version_num);
      findVersion(call, version_num);
      const alias_name = String(call.params.alias);
      all.put(model.full_name, { ...model, aliases: { ...model.aliases, [alias_name]: version_num }, ...touch(call) });
      return { json: { alias_name, version_num } };
    }),
    route('DELETE', `${PATH}/{full_name}/aliases/{alias}`, (call) => {
      const model = find(call.params.full_name);
      const { [String(call.params.alias)]: _alias, ...aliases } = model.aliases;
      all.put(model.full_name, { ...model, aliases, ...touch(call) });
      return {};
    }),
    route('GET', `${PATH}/{full_name}/aliases/{alias}`, (call) => {
      const model = find(call.params.full_name);
      const version = model.aliases[String(call.params.alias)];
      if (version === undefined)
        throw new ApiError(
          404,
          'REGISTERED_MODEL_ALIAS_DOES_NOT_EXIST',
          `Alias '${call.params.alias}' of '${model.full_name}' does not exist.`,
        );
      return { json: findVersion(call, version) };
    }),
    route('GET', `${PATH}/{full_name}/versions`, ({ params, query }) => {
      const { full_name } = find(params.full_name);
      const found = versions
        .keys()
        .filter((key) => key.startsWith(`${full_name}/`))
        .map((key) => versions.get(key) as Meta);
      return {
        json: listPage('model_versions', found, query, {
          list: `versions ${full_name}`,
          paged: true,
          visible: () => true,
        }),
      };
    }),
    route('GET', `${PATH}/{full_name}/versions/{version}`, (call) => ({
      json: findVersion(call, call.params.version),
    })),
    route('PATCH', `${PATH}/{full_name}/versions/{version}`, (call) => {
      const old = findVersion(call, call.params.version);
      const key = `${String(call.params.full_name).toLowerCase()}/${call.params.version}`;
      const comment = call.body.comment === undefined ? {} : { comment: String(call.body.comment) };
      return { json: versions.put(key, { ...old, ...comment, ...touch(call) }) };
    }),
    route('DELETE', `${PATH}/{full_name}/versions/{version}`, (call) => {
      findVersion(call, call.params.version);
      versions.delete(`${String(call.params.full_name).toLowerCase()}/${call.params.version}`);
      return {};
    }),
  ];
}
