import { invalid } from '../errors.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';
import type { Experiments } from './experiments.ts';
import { latestMetrics, type MlRun } from './ml-run.ts';
import { parseRunFilter } from './run-filter.ts';

const PATH = '/api/2.0/mlflow/runs';

/** Runs of experiments with their metrics, parameters and tags; artifacts are not kept. */
export function mlRunRoutes(workspace: Workspace, experiments: Experiments): Route[] {
  const all = workspace.store.collection<MlRun>('ml_runs');
  const find = (body: Record<string, unknown>) => {
    const id = body.run_id ?? body.run_uuid;
    return requireObject(all, id, `Run '${id}' not found.`);
  };
  const save = (run: MlRun) => void all.put(run.run_id, run);
  const info = (run: MlRun) => {
    const { metrics: _metrics, params: _params, tags: _tags, ...facts } = run;
    const { artifact_location } = experiments.require(run.experiment_id);
    return { ...facts, run_uuid: run.run_id, artifact_uri: `${artifact_location}/${run.run_id}/artifacts` };
  };
  const pairs = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
  const describe = (run: MlRun) => ({
    info: info(run),
    data: { metrics: latestMetrics(run), params: pairs(run.params), tags: pairs(run.tags) },
    inputs: { dataset_inputs: [] },
  });
  const setParam = (run: MlRun, key: string, value: string) => {
    if (run.params[key] !== undefined && run.params[key] !== value)
      throw invalid(
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${run.params[key]}' for run ID='${run.run_id}'. Attempted logging new value '${value}'.`,
      );
    run.params[key] = value;
  };
  const addMetric = (run: MlRun, metric: Record<string, unknown>) => {
    if (metric.key === undefined || metric.value === undefined) throw invalid("A metric needs 'key' and 'value'.");
    run.metrics.push({
      key: String(metric.key),
      value: Number(metric.value),
      timestamp: Number(metric.timestamp ?? workspace.now()),
      step: Number(metric.step ?? 0),
    });
  };
  const requireActive = (run: MlRun) => {
    if (run.lifecycle_stage !== 'active')
      throw invalid(`The run ${run.run_id} must be in the 'active' state. Current state is deleted.`);
    return run;
  };

  return [
    route('POST', `${PATH}/create`, ({ body, identity }) => {
      const { experiment_id } = experiments.require(body.experiment_id);
      const run_id = hexId(32);
      const given = Object.fromEntries(
        ((body.tags as { key: string; value: string }[] | undefined) ?? []).map((tag) => [tag.key, tag.value]),
      );
      const run_name = String(body.run_name ?? given['mlflow.runName'] ?? `run-${run_id.slice(0, 6)}`);
      const run: MlRun = {
        run_id,
        experiment_id,
        run_name,
        user_id: String(body.user_id ?? identity.userName),
        status: 'RUNNING',
        start_time: Number(body.start_time ?? workspace.now()),
        lifecycle_stage: 'active',
        metrics: [],
        params: {},
        tags: { ...given, 'mlflow.runName': run_name, 'mlflow.user': identity.userName },
      };
      save(run);
      return { json: { run: describe(run) } };
    }),
    route('GET', `${PATH}/get`, ({ query }) => ({ json: { run: describe(find(query)) } })),
    route('POST', `${PATH}/update`, ({ body }) => {
      const run = requireActive(find(body));
      const { status, end_time, run_name } = body as Record<string, unknown>;
      if (status !== undefined) run.status = String(status);
      if (end_time !== undefined) run.end_time = Number(end_time);
      if (run_name !== undefined) {
        run.run_name = String(run_name);
        run.tags['mlflow.runName'] = String(run_name);
      }
      save(run);
      return { json: { run_info: info(run) } };
    }),
    route('POST', `${PATH}/delete`, ({ body }) => {
      save({ ...find(body), lifecycle_stage: 'deleted' });
      return {};
    }),
    route('POST', `${PATH}/restore`, ({ body }) => {
      save({ ...find(body), lifecycle_stage: 'active' });
      return {};
    }),
    route('POST', `${PATH}/log-metric`, ({ body }) => {
      const run = requireActive(find(body));
      addMetric(run, body);
      save(run);
      return {};
    }),
    route('POST', `${PATH}/log-parameter`, ({ body }) => {
      const run = requireActive(find(body));
      setParam(run, String(body.key), String(body.value));
      save(run);
      return {};
    }),
    route('POST', `${PATH}/log-batch`, ({ body }) => {
      const run = structuredClone(requireActive(find(body)));
      const { metrics = [], params = [], tags = [] } = body as Record<string, Record<string, string>[] | undefined>;
      for (const metric of metrics) addMetric(run, metric);
      for (const { key, value } of params) setParam(run, String(key), String(value));
      for (const { key, value } of tags) run.tags[String(key)] = String(value);
      save(run);
      return {};
    }),
    route('POST', `${PATH}/set-tag`, ({ body }) => {
      const run = find(body);
      run.tags[String(body.key)] = String(body.value);
      save(run);
      return {};
    }),
    route('POST', `${PATH}/delete-tag`, ({ body }) => {
      const run = find(body);
      delete run.tags[String(body.key)];
      save(run);
      return {};
    }),
    route('POST', `${PATH}/search`, ({ body }) => {
      const ids = (body.experiment_ids as string[] | undefined) ?? [];
      const stages = { ALL: ['active', 'deleted'], DELETED_ONLY: ['deleted'] }[String(body.run_view_type)] ?? [
        'active',
      ];
      const test = parseRunFilter(String(body.filter ?? ''));
      const found = all
        .values()
        .filter((run) => ids.includes(run.experiment_id) && stages.includes(run.lifecycle_stage) && test(run));
      found.sort((a, b) => b.start_time - a.start_time);
      const options = { list: `runs ${ids} ${body.filter}`, size: 'max_results', usual: 1000, max: 50_000 };
      return listAnswer('runs', found.map(describe), body, options);
    }),
    route('GET', '/api/2.0/mlflow/metrics/get-history', ({ query }) => {
      const run = find(query);
      const metrics = run.metrics.filter((metric) => metric.key === query.metric_key);
      return listAnswer('metrics', metrics, query, {
        list: `history ${run.run_id}`,
        size: 'max_results',
        usual: 25_000,
        max: 25_000,
      });
    }),
    route('GET', '/api/2.0/mlflow/artifacts/list', ({ query }) => ({
      json: { root_uri: info(find(query)).artifact_uri, files: [] },
    })),
  ];
}
