import { ApiError, invalid } from '../errors.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';

interface Version {
  name: string;
  version: string;
  current_stage: string;
  status: 'READY';
  source: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  user_id: string;
  tags: { key: string; value: string }[];
  [other: string]: unknown;
}

interface Model {
  id: string;
  name: string;
  description?: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  user_id: string;
  tags: { key: string; value: string }[];
  next: number;
  versions: Version[];
}

/** The workspace's own model registry, and what permissions need of it. */
export interface ModelRegistry {
  routes: Route[];
  has(id: string): boolean;
}

const PATH = '/api/2.0/mlflow';
const STAGES = ['None', 'Staging', 'Production', 'Archived'];

/** Opens the workspace's model registry: models, versions, stages, tags. Webhooks, comments and requests for a stage are not there. */
export function createModelRegistry(workspace: Workspace): ModelRegistry {
  const all = workspace.store.collection<Model>('registry_models');
  const find = (name: unknown) => requireObject(all, name, `Registered Model with name=${name} not found.`);
  const findVersion = ({ name, version }: Record<string, unknown>): [Model, Version] => {
    const model = find(name);
    const found = model.versions.find((item) => item.version === String(version));
    if (found === undefined)
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Model Version (name=${name}, version=${version}) not found.`);
    return [model, found];
  };
  const latestOf = (model: Model, stages: string[] = STAGES) =>
    stages.flatMap((stage) => model.versions.filter((item) => item.current_stage === stage).slice(-1));
  const describe = ({ id: _id, next: _next, versions: _versions, ...model }: Model) => model;
  const brief = (model: Model) => ({ ...describe(model), latest_versions: latestOf(model) });
  const save = (model: Model) => all.put(model.name, { ...model, last_updated_timestamp: workspace.now() });
  const change = (model: Model, version: Version, changes: Partial<Version>): Version => {
    Object.assign(version, changes, { last_updated_timestamp: workspace.now() });
    save(model);
    return version;
  };
  const withTag = <T extends { key: string }>(tags: T[], tag: T) => [
    ...tags.filter((item) => item.key !== tag.key),
    tag,
  ];
  const named = (filter: unknown, key: string): ((name: string) => boolean) => {
    const match = new RegExp(`^\\s*${key}\\s*(=|I?LIKE)\\s*'([^']*)'\\s*$`, 'i').exec(
      String(filter || `${key} LIKE '%'`),
    );
    if (match === null) throw invalid(`Unsupported filter '${filter}': the emulator knows ${key} =, LIKE and ILIKE.`);
    const source = (match[2] ?? '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*');
    const pattern = new RegExp(`^${source}$`, match[1]?.toUpperCase() === 'ILIKE' ? 'i' : '');
    return (name) => pattern.test(name);
  };

  const modelRoutes = [
    route('POST', `${PATH}/registered-models/create`, ({ body, identity }) => {
      const name = String(body.name);
      if (name === '' || /[/:]/.test(name))
        throw invalid(`Registered model name '${name}' must not be empty, and has no slash and no colon.`);
      if (all.has(name))
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
      const now = workspace.now();
      const made = { creation_timestamp: now, last_updated_timestamp: now, user_id: identity.userName };
      const model = { tags: [], ...body, name, id: hexId(32), ...made, next: 1, versions: [] } as Model;
      return { json: { registered_model: describe(all.put(name, model)) } };
    }),
    route('GET', `${PATH}/databricks/registered-models/get`, ({ query }) => {
      const model = find(query.name);
      return {
        json: { registered_model_databricks: { ...brief(model), id: model.id, permission_level: 'CAN_MANAGE' } },
      };
    }),
    route('GET', `${PATH}/registered-models/list`, ({ query }) =>
      listAnswer('registered_models', all.values().map(brief), query, { list: 'models', size: 'max_results' }),
    ),
    route('GET', `${PATH}/registered-models/search`, ({ query }) => {
      const test = named(query.filter, 'name');
      const found = all
        .values()
        .filter((model) => test(model.name))
        .map(brief);
      return listAnswer('registered_models', found, query, { list: `models ${query.filter}`, size: 'max_results' });
    }),
    route('PATCH', `${PATH}/registered-models/update`, ({ body }) => ({
      json: { registered_model: describe(save({ ...find(body.name), description: String(body.description ?? '') })) },
    })),
    route('POST', `${PATH}/registered-models/rename`, ({ body }) => {
      const model = find(body.name);
      const name = String(body.new_name);
      if (all.has(name))
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
      all.delete(model.name);
      const versions = model.versions.map((version) => ({ ...version, name }));
      return { json: { registered_model: brief(save({ ...model, name, versions })) } };
    }),
    route('DELETE', `${PATH}/registered-models/delete`, ({ query }) => {
      const model = find(query.name);
      const busy = model.versions.find((version) => ['Staging', 'Production'].includes(version.current_stage));
      if (busy !== undefined)
        throw new ApiError(
          400,
          'INVALID_STATE',
          `Model '${model.name}' has version ${busy.version} in stage ${busy.current_stage}; archive it first.`,
        );
      all.delete(model.name);
      return {};
    }),
    route('POST', `${PATH}/registered-models/set-tag`, ({ body }) => {
      const model = find(body.name);
      save({ ...model, tags: withTag(model.tags, { key: String(body.key), value: String(body.value) }) });
      return {};
    }),
    route('DELETE', `${PATH}/registered-models/delete-tag`, ({ query }) => {
      const model = find(query.name);
      save({ ...model, tags: model.tags.filter((tag) => tag.key !== query.key) });
      return {};
    }),
    route('POST', `${PATH}/registered-models/get-latest-versions`, ({ body }) => ({
      json: { model_versions: latestOf(find(body.name), body.stages as string[] | undefined) },
    })),
  ];

  const versionRoutes = [
    route('POST', `${PATH}/model-versions/create`, ({ body, identity }) => {
      const model = find(body.name);
      const now = workspace.now();
      const made = { creation_timestamp: now, last_updated_timestamp: now, user_id: identity.userName };
      const version = {
        tags: [],
        ...body,
        version: String(model.next),
        current_stage: 'None',
        status: 'READY',
        ...made,
      } as unknown as Version;
      save({ ...model, next: model.next + 1, versions: [...model.versions, version] });
      return { json: { model_version: version } };
    }),
    route('GET', `${PATH}/model-versions/get`, ({ query }) => ({ json: { model_version: findVersion(query)[1] } })),
    route('GET', `${PATH}/model-versions/get-download-uri`, ({ query }) => ({
      json: { artifact_uri: findVersion(query)[1].source },
    })),
    route('GET', `${PATH}/model-versions/search`, ({ query }) => {
      const test = named(query.filter, 'name');
      const found = all
        .values()
        .flatMap((model) => model.versions)
        .filter((version) => test(version.name));
      return listAnswer('model_versions', found, query, { list: `versions ${query.filter}`, size: 'max_results' });
    }),
    route('PATCH', `${PATH}/model-versions/update`, ({ body }) => {
      const [model, version] = findVersion(body);
      return { json: { model_version: change(model, version, { description: body.description }) } };
    }),
    route('DELETE', `${PATH}/model-versions/delete`, ({ query }) => {
      const [model, version] = findVersion(query);
      if (['Staging', 'Production'].includes(version.current_stage))
        throw new ApiError(
          400,
          'INVALID_STATE',
          `Version ${version.version} is in stage ${version.current_stage}; archive it first.`,
        );
      save({ ...model, versions: model.versions.filter((item) => item !== version) });
      return {};
    }),
    route('POST', `${PATH}/model-versions/set-tag`, ({ body }) => {
      const [model, version] = findVersion(body);
      change(model, version, { tags: withTag(version.tags, { key: String(body.key), value: String(body.value) }) });
      return {};
    }),
    route('DELETE', `${PATH}/model-versions/delete-tag`, ({ query }) => {
      const [model, version] = findVersion(query);
      change(model, version, { tags: version.tags.filter((tag) => tag.key !== query.key) });
      return {};
    }),
    route('POST', `${PATH}/databricks/model-versions/transition-stage`, ({ body }) => {
      const [model, version] = findVersion(body);
      const stage = STAGES.find((item) => item.toLowerCase() === String(body.stage).toLowerCase());
      if (stage === undefined)
        throw invalid(`Invalid Model Version stage: ${body.stage}. Value must be one of ${STAGES.join(', ')}.`);
      if (body.archive_existing_versions === true)
        for (const other of model.versions)
          if (other !== version && other.current_stage === stage) other.current_stage = 'Archived';
      return { json: { model_version_databricks: change(model, version, { current_stage: stage }) } };
    }),
  ];
  return { routes: [...modelRoutes, ...versionRoutes], has: (id) => all.values().some((model) => model.id === id) };
}
