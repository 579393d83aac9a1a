import type { Access } from '../access.ts';
import { invalid, invalidState } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { checkSettings } from './checks.ts';
import type { Engine } from './engine.ts';
import { checkParameters, launch } from './launch.ts';
import type { JobSettings, Records, Run, TaskRun } from './records.ts';
import { repairRun } from './repair.ts';
import { describeBase, describeRun, describeTask, describeTaskRun, PAGE, reported } from './view.ts';

/** Routes of runs. */
export function runRoutes(workspace: Workspace, records: Records, parts: { access: Access; engine: Engine }): Route[] {
  const { access, engine } = parts;
  const find = (id: unknown): Run => {
    const run = records.runs.get(String(records.parents.get(String(id)) ?? id));
    if (run === undefined) throw invalid(`Run ${id} does not exist.`);
    return run;
  };
  // a token that was used stands for its run, also when the answer was lost
  const known = (body: Record<string, unknown>): Run | undefined => {
    const token = body.idempotency_token;
    const id = token === undefined ? undefined : records.tokens.get(String(token));
    if (id === undefined) return undefined;
    const run = records.runs.get(String(id));
    if (run === undefined) throw invalid(`The run of the idempotency token '${token}' has been deleted.`);
    return run;
  };

  const runNow = ({ body, identity }: Call): Answer => {
    access.check('job', String(body.job_id), 'CAN_MANAGE_RUN');
    const job = records.jobs.get(String(body.job_id));
    if (job === undefined) throw invalid(`Job ${body.job_id} does not exist.`);
    checkParameters(body);
    const earlier = known(body);
    if (earlier !== undefined)
      return { json: { run_id: earlier.run_id, number_in_job: earlier.number_in_job }, effect: false };
    const run = launch(records, engine, { job, settings: job.settings, body, identity, now: workspace.now() });
    return { json: { run_id: run.run_id, number_in_job: run.number_in_job } };
  };

  const submit = ({ body, identity }: Call): Answer => {
    const earlier = known(body);
    if (earlier !== undefined) return { json: { run_id: earlier.run_id }, effect: false };
    const settings = { ...body, name: body.run_name } as JobSettings;
    checkSettings(settings);
    const run = launch(records, engine, { settings, body, identity, now: workspace.now() });
    return { json: { run_id: run.run_id } };
  };

  const get = ({ query }: Call): Answer => {
    const run = reported(find(query.run_id), workspace);
    const task = taskOf(run, query.run_id);
    return {
      json: task === undefined ? describeRun(run, workspace, query) : describeTaskRun(run, task, workspace, query),
    };
  };

  const list = ({ query }: Call): Answer => {
    if (query.active_only === true && query.completed_only === true)
      throw invalid("'active_only' and 'completed_only' cannot both be true.");
    const { page_token, limit, offset, expand_tasks, ...filter } = query;
    const found = records.runs
      .values()
      .map((run) => reported(run, workspace))
      .filter((run) => matches(run, filter))
      .reverse();
    // 0 stands for the maximum
    const size = limit === 0 ? 25 : ((limit as number | undefined) ?? 20);
    const { items, ...tokens } = pageOf(found, {
      list: `runs ${Object.entries(filter)}`,
      token: page_token,
      size,
      offset: (offset as number | undefined) ?? 0,
    });
    const runs = items.map((run) => {
      if (expand_tasks !== true) return describeBase(run, workspace);
      const more = run.tasks.length > PAGE ? { has_more: true } : {};
      return {
        ...describeBase(run, workspace),
        tasks: run.tasks.slice(0, PAGE).map((task) => describeTask(task, { run, workspace })),
        ...more,
      };
    });
    return {
      json: { ...(runs.length > 0 ? { runs } : {}), has_more: tokens.next_page_token !== undefined, ...tokens },
    };
  };

  const getOutput = ({ query }: Call): Answer => {
    const run = find(query.run_id);
    const own = taskOf(run, query.run_id);
    const task = own ?? (run.tasks.length === 1 ? run.tasks[0] : undefined);
    if (task === undefined) {
      throw invalid(
        'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
      );
    }
    const { outcome: _outcome, values: _values, rows: _rows, ...output } = task.output;
    return { json: { metadata: describeTaskRun(run, task, workspace), ...output } };
  };

  const exportRun = ({ query }: Call): Answer => {
    const run = find(query.run_id);
    const task = taskOf(run, query.run_id) ?? (run.tasks.length === 1 ? run.tasks[0] : undefined);
    if (task?.task.notebook_task === undefined) throw invalid('Only runs of a single notebook task can be exported.');
    const path = task.task.notebook_task.notebook_path;
    const result = task.output.notebook_output?.result ?? '';
    const shown = [path, result].map((text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;'));
    const content = `<!DOCTYPE html><html><head><title>${shown[0]}</title></head><body><pre>${shown[1]}</pre></body></html>`;
    return { json: { views: [{ content, name: path.slice(path.lastIndexOf('/') + 1), type: 'NOTEBOOK' }] } };
  };

  const cancel = ({ body }: Call): Answer => {
    const run = find(body.run_id);
    if (run.state === 'TERMINATED') return { effect: false };
    engine.cancel(run);
    return {};
  };

  const cancelAll = ({ body }: Call): Answer => {
    if (body.job_id === undefined && body.all_queued_runs !== true) throw invalid('Missing required field: job_id');
    const ofJob = (run: Run) => body.job_id === undefined || String(run.job_id) === String(body.job_id);
    const active = records.runs.values().filter((run) => run.state !== 'TERMINATED' && ofJob(run));
    for (const run of active) if (body.all_queued_runs !== true || run.state === 'QUEUED') engine.cancel(run);
    return {};
  };

  const repair = ({ body, identity }: Call): Answer => {
    const id = repairRun(records, find(body.run_id), body, workspace.now());
    engine.start(find(body.run_id), identity);
    return { json: { repair_id: id } };
  };

  const remove = ({ body }: Call): Answer => {
    const run = find(body.run_id);
    if (run.state !== 'TERMINATED') throw invalidState(`Run ${run.run_id} is still active; it cannot be deleted.`);
    records.runs.delete(String(run.run_id));
    return {};
  };

  const handlers: [string, string, Route['handle']][] = [
    ['POST', 'run-now', runNow],
    ['POST', 'runs/submit', submit],
    ['GET', 'runs/get', get],
    ['GET', 'runs/list', list],
    ['GET', 'runs/get-output', getOutput],
    ['GET', 'runs/export', exportRun],
    ['POST', 'runs/cancel', cancel],
    ['POST', 'runs/cancel-all', cancelAll],
    ['POST', 'runs/repair', repair],
    ['POST', 'runs/delete', remove],
  ];
  return handlers.flatMap(([method, name, handle]) => jobsRoutes(method, name, handle));
}

/** The same operation under API 2.2 and 2.1. */
export function jobsRoutes(method: string, name: string, handle: Route['handle']): Route[] {
  return ['2.2', '2.1'].map((version) => ({
    method,
    template: `/api/${version}/jobs/${name}`,
    schema: `${method} /api/2.2/jobs/${name}`,
    handle,
  }));
}

function taskOf(run: Run, id: unknown): TaskRun | undefined {
  const all = run.tasks.flatMap((task) => [task, ...(task.iterations ?? [])]);
  return all.find((item) => String(item.run_id) === String(id));
}

function matches(run: Run, filter: Record<string, unknown>): boolean {
  const done = run.state === 'TERMINATED';
  if (filter.job_id !== undefined && String(run.job_id) !== String(filter.job_id)) return false;
  if (filter.active_only === true && done) return false;
  if (filter.completed_only === true && !done) return false;
  if (filter.run_type !== undefined && run.run_type !== filter.run_type) return false;
  if (filter.start_time_from !== undefined && run.start_time < Number(filter.start_time_from)) return false;
  return filter.start_time_to === undefined || run.start_time <= Number(filter.start_time_to);
}
