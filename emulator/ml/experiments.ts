import { ApiError, invalid } from '../errors.ts';
import { createCounter, listAnswer, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

/** An MLflow experiment. */
export interface Experiment {
  experiment_id: string;
  name: string;
  artifact_location: string;
  lifecycle_stage: 'active' | 'deleted';
  creation_time: number;
  last_update_time: number;
  tags: { key: string; value: string }[];
}

/** Experiments, and what runs and permissions need of them. */
export interface Experiments {
  routes: Route[];
  has(id: string): boolean;
  /** @throws ApiError 404 when there is none with this id. */
  require(id: unknown): Experiment;
}

const PATH = '/api/2.0/mlflow/experiments';
const FIRST_ID = 1_700_000_000_000_001;

/** Opens MLflow experiments. */
export function createExperiments(workspace: Workspace): Experiments {
  const all = workspace.store.collection<Experiment>('experiments');
  const nextId = createCounter(workspace.store, 'experiments', FIRST_ID);
  const require = (id: unknown) => requireObject(all, id, `Node ID ${id} does not exist.`);
  const change = (experiment: Experiment, changes: Partial<Experiment>) =>
    all.put(experiment.experiment_id, { ...experiment, ...changes, last_update_time: workspace.now() });
  const checkName = (name: string) => {
    if (!name.startsWith('/'))
      throw invalid(
        `Got an invalid experiment name '${name}'. An experiment name must be an absolute path within the Databricks workspace, e.g. '/Users/<some-username>/my-experiment'.`,
      );
    if (all.values().some((item) => item.name === name && item.lifecycle_stage === 'active'))
      throw new ApiError(
        400,
        'RESOURCE_ALREADY_EXISTS',
        `Node named '${name.slice(name.lastIndexOf('/') + 1)}' already exists`,
      );
  };
  const view = (type: unknown) => {
    const stages = type === 'ALL' ? ['active', 'deleted'] : type === 'DELETED_ONLY' ? ['deleted'] : ['active'];
    return all
      .values()
      .filter((item) => stages.includes(item.lifecycle_stage))
      .reverse();
  };
  return {
    has: (id) => all.has(id),
    require,
    routes: [
      route('POST', `${PATH}/create`, ({ body, identity }) => {
        const name = String(body.name).replace(/^\/Workspace(?=\/)/, '');
        checkName(name);
        const experiment_id = String(nextId());
        const now = workspace.now();
        const own = {
          'mlflow.ownerId': identity.id,
          'mlflow.experiment.sourceName': name,
          'mlflow.experimentType': 'MLFLOW_EXPERIMENT',
        };
        const tags = [
          ...((body.tags as Experiment['tags'] | undefined) ?? []),
          ...Object.entries(own).map(([key, value]) => ({ key, value })),
        ];
        all.put(experiment_id, {
          experiment_id,
          name,
          artifact_location: String(body.artifact_location ?? `dbfs:/databricks/mlflow-tracking/${experiment_id}`),
          lifecycle_stage: 'active',
          creation_time: now,
          last_update_time: now,
          tags,
        });
        return { json: { experiment_id } };
      }),
      route('GET', `${PATH}/get`, ({ query }) => ({ json: { experiment: require(query.experiment_id) } })),
      route('GET', `${PATH}/get-by-name`, ({ query }) => {
        const name = String(query.experiment_name).replace(/^\/Workspace(?=\/)/, '');
        const found = all.values().find((item) => item.name === name);
        if (found === undefined) throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Node ${name} does not exist.`);
        return { json: { experiment: found } };
      }),
      route('GET', `${PATH}/list`, ({ query }) =>
        listAnswer('experiments', view(query.view_type), query, {
          list: `experiments ${query.view_type}`,
          size: 'max_results',
        }),
      ),
      route('POST', `${PATH}/search`, ({ body }) => {
        const match = /^\s*(?:attribute\.)?name\s*(=|!=|i?like)\s*['"]([^'"]*)['"]\s*$/i.exec(
          String(body.filter || "name LIKE '%'"),
        );
        if (match === null)
          throw invalid(`Unsupported filter '${body.filter}': the emulator knows name =, !=, LIKE and ILIKE.`);
        const [, operator = '', text = ''] = match;
        const source = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
        const pattern = /like/i.test(operator) ? source.replaceAll('%', '.*').replaceAll('_', '.') : source;
        const test = new RegExp(`^${pattern}$`, operator.toUpperCase() === 'ILIKE' ? 'i' : '');
        const found = view(body.view_type).filter((item) => test.test(item.name) === (operator !== '!='));
        return listAnswer('experiments', found, body, {
          list: `experiments ${body.filter} ${body.view_type}`,
          size: 'max_results',
        });
      }),
      route('POST', `${PATH}/update`, ({ body }) => {
        const experiment = require(body.experiment_id);
        const name = body.new_name === undefined ? experiment.name : String(body.new_name);
        if (name !== experiment.name) checkName(name);
        change(experiment, { name });
        return {};
      }),
      route('POST', `${PATH}/delete`, ({ body }) => {
        change(require(body.experiment_id), { lifecycle_stage: 'deleted' });
        return {};
      }),
      route('POST', `${PATH}/restore`, ({ body }) => {
        change(require(body.experiment_id), { lifecycle_stage: 'active' });
        return {};
      }),
      route('POST', `${PATH}/set-experiment-tag`, ({ body }) => {
        const experiment = require(body.experiment_id);
        const tag = { key: String(body.key), value: String(body.value) };
        change(experiment, { tags: [...experiment.tags.filter((item) => item.key !== tag.key), tag] });
        return {};
      }),
    ],
  };
}
