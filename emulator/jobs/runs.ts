import { ApiError, invalid } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Identity } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import { current, type Engine } from './engine.ts';
import type { Id, Job, JobSettings, Records, Run, Task, TaskRun } from './records.ts';
import { describeRun, describeTask } from './view.ts';

/** Records a run and starts it. */
export function launch(
  records: Records,
  engine: Engine,
  order: { job?: Job; settings: JobSettings; body: Record<string, unknown>; identity: Identity; now: number },
): Run {
  const { job, settings, body } = order;
  const run_id = records.nextId();
  const given = (body.job_parameters ?? {}) as Record<string, string>;
  const only = body.only as string[] | undefined;
  const tasks = chosen((settings.tasks ?? []) as Task[], only).map((task) => newTask(records, run_id, task, 0));
  const overriding = Object.fromEntries(Object.entries(body).filter(([name]) => /_params$|^dbt_commands$/.test(name)));
  const declared = settings.parameters ?? [];
  const run: Run = {
    run_id,
    job_id: job?.job_id,
    number_in_job: job === undefined ? 1 : job.runs + 1,
    run_name: settings.name ?? (body.run_name as string | undefined) ?? 'Untitled',
    run_type: job === undefined ? 'SUBMIT_RUN' : 'JOB_RUN',
    creator_user_name: order.identity.userName,
    tasks,
    job_parameters: [
      ...declared.map((parameter) => ({ ...parameter, value: given[parameter.name] ?? parameter.default })),
      ...Object.entries(given)
        .filter(([name]) => !declared.some((parameter) => parameter.name === name))
        .map(([name, value]) => ({ name, value })),
    ],
    overriding_parameters: overriding,
    timeout_seconds: settings.timeout_seconds ?? 0,
    repairs: [],
    state: 'PENDING',
    start_time: order.now,
    end_time: 0,
    ...(body.idempotency_token === undefined ? {} : { idempotency_token: String(body.idempotency_token) }),
  };
  if (job !== undefined) records.jobs.put(String(job.job_id), Object.assign(job, { runs: job.runs + 1 }));
  records.runs.put(String(run_id), run);
  if (run.idempotency_token !== undefined) records.tokens.put(run.idempotency_token, run_id);
  engine.start(run, order.identity);
  return run;
}

/** Routes of runs. */
export function runRoutes(workspace: Workspace, records: Records, engine: Engine): Route[] {
  const find = (id: unknown): Run => {
    const run = records.runs.get(String(records.parents.get(String(id)) ?? id));
    if (run === undefined) throw invalid(`Run ${id} does not exist.`);
    return run;
  };
  // a token that was used stands for its run, also when the answer was lost
  const known = (body: Record<string, unknown>): Run | undefined => {
    const id = body.idempotency_token === undefined ? undefined : records.tokens.get(String(body.idempotency_token));
    if (id === undefined) return undefined;
    const run = records.runs.get(String(id));
    if (run === undefined)
      throw invalid(`The run of the idempotency token '${body.idempotency_token}' has been deleted.`);
    return run;
  };
  const pageStart = (token: unknown): number => {
    const start = token === undefined ? 0 : Number(Buffer.from(String(token), 'base64url').toString());
    if (!Number.isInteger(start) || start < 0) throw invalid(`'page_token' is not one of this object: '${token}'.`);
    return start;
  };

  const runNow = ({ body, identity }: Call): Answer => {
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
    checkTasks(settings.tasks ?? []);
    const run = launch(records, engine, { settings, body, identity, now: workspace.now() });
    return { json: { run_id: run.run_id } };
  };

  const get = ({ query }: Call): Answer => {
    const run = find(query.run_id);
    const task = run.tasks.find((item) => String(item.run_id) === String(query.run_id));
    if (task !== undefined) {
      const parent = describeRun(run, undefined);
      return {
        json: {
          ...parent,
          ...describeTask(task),
          job_run_id: run.run_id,
          run_name: task.task.task_key,
          tasks: [describeTask(task)],
        },
      };
    }
    return {
      json: describeRun(run, { host: workspace.url(), workspaceId: workspace.id, start: pageStart(query.page_token) }),
    };
  };

  const list = ({ query }: Call): Answer => {
    if (query.active_only === true && query.completed_only === true)
      throw invalid("'active_only' and 'completed_only' cannot both be true.");
    const size = (query.limit as number | undefined) ?? 20;
    const matching = records.runs
      .values()
      .filter((run) => query.job_id === undefined || String(run.job_id) === String(query.job_id))
      .filter((run) => query.active_only !== true || run.state !== 'TERMINATED')
      .filter((run) => query.completed_only !== true || run.state === 'TERMINATED')
      .filter((run) => query.run_type === undefined || run.run_type === query.run_type)
      .filter(
        (run) =>
          run.start_time >= Number(query.start_time_from ?? 0) &&
          run.start_time <= Number(query.start_time_to ?? Number.MAX_SAFE_INTEGER),
      )
      .reverse();
    const start = pageStart(query.page_token) || ((query.offset as number | undefined) ?? 0);
    const end = start + (size === 0 ? 25 : size);
    const page =
      query.expand_tasks === true ? { host: workspace.url(), workspaceId: workspace.id, start: 0 } : undefined;
    const runs = matching.slice(start, end).map((run) => {
      const { next_page_token, ...view } = describeRun(run, page);
      return {
        ...view,
        run_page_url: `${workspace.url()}/?o=${workspace.id}#job/${run.job_id ?? run.run_id}/run/${run.run_id}`,
        ...(next_page_token === undefined ? {} : { has_more: true }),
      };
    });
    const token = (at: number) => Buffer.from(String(at)).toString('base64url');
    return {
      json: {
        ...(runs.length > 0 ? { runs } : {}),
        has_more: end < matching.length,
        ...(end < matching.length ? { next_page_token: token(end) } : {}),
        ...(start > 0 ? { prev_page_token: token(Math.max(0, start - size)) } : {}),
      },
    };
  };

  const getOutput = ({ query }: Call): Answer => {
    const run = find(query.run_id);
    const own = run.tasks.find((item) => String(item.run_id) === String(query.run_id));
    const task = own ?? (run.tasks.length === 1 ? run.tasks[0] : undefined);
    if (task === undefined) {
      throw invalid(
        'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
      );
    }
    const { outcome: _outcome, ...output } = task.output;
    return {
      json: {
        metadata: {
          ...describeRun(run, undefined),
          ...describeTask(task),
          job_run_id: run.run_id,
          run_name: task.task.task_key,
        },
        ...output,
      },
    };
  };

  const cancel = ({ body }: Call): Answer => {
    const run = find(body.run_id);
    if (run.state === 'TERMINATED') return { effect: false };
    engine.cancel(run);
    return {};
  };

  const cancelAll = ({ body }: Call): Answer => {
    if (body.job_id === undefined && body.all_queued_runs !== true) throw invalid('Missing required field: job_id');
    for (const run of records.runs.values()) {
      if (run.state === 'TERMINATED' || (body.job_id !== undefined && String(run.job_id) !== String(body.job_id)))
        continue;
      if (body.all_queued_runs !== true || run.state === 'QUEUED') engine.cancel(run);
    }
    return {};
  };

  const repair = ({ body, identity }: Call): Answer => {
    const run = find(body.run_id);
    if (run.state !== 'TERMINATED')
      throw new ApiError(
        400,
        'INVALID_STATE',
        `Run ${run.run_id} is still active; it can be repaired once it has ended.`,
      );
    const latest = run.repairs.at(-1)?.id;
    if (latest !== undefined && String(body.latest_repair_id) !== String(latest)) {
      throw invalid(
        `'latest_repair_id' must be the id of the latest repair, ${latest}; got ${body.latest_repair_id ?? 'none'}.`,
      );
    }
    const keys = tasksToRerun(run, body);
    if (keys.size === 0) throw invalid("No task to run again: give 'rerun_tasks' or 'rerun_all_failed_tasks'.");
    const fresh = current(run)
      .filter((task) => keys.has(task.task.task_key))
      .map((task) => newTask(records, run.run_id, task.task, task.attempt_number + 1));
    const repair = {
      id: records.nextId(),
      start_time: workspace.now(),
      end_time: 0,
      task_run_ids: fresh.map((task) => task.run_id),
    };
    run.tasks.push(...fresh);
    run.repairs.push(repair);
    Object.assign(
      run.overriding_parameters,
      Object.fromEntries(Object.entries(body).filter(([name]) => /_params$/.test(name))),
    );
    for (const [name, value] of Object.entries((body.job_parameters ?? {}) as Record<string, string>)) {
      const parameter = run.job_parameters.find((item) => item.name === name);
      if (parameter === undefined) run.job_parameters.push({ name, value });
      else parameter.value = value;
    }
    Object.assign(run, { state: 'PENDING', code: undefined, message: '', end_time: 0 });
    engine.start(run, identity);
    return { json: { repair_id: repair.id } };
  };

  const remove = ({ body }: Call): Answer => {
    const run = find(body.run_id);
    if (run.state !== 'TERMINATED')
      throw new ApiError(400, 'INVALID_STATE', `Run ${run.run_id} is still active; it cannot be deleted.`);
    records.runs.delete(String(run.run_id));
    return {};
  };

  const handlers: [string, string, Route['handle']][] = [
    ['POST', 'run-now', runNow],
    ['POST', 'runs/submit', submit],
    ['GET', 'runs/get', get],
    ['GET', 'runs/list', list],
    ['GET', 'runs/get-output', getOutput],
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

/** Checks what the tables cannot say about tasks: unique keys, and dependencies that exist. */
export function checkTasks(tasks: Task[]): void {
  const keys = new Set<string>();
  for (const task of tasks) {
    if (!/^[\w-]{1,100}$/.test(task.task_key))
      throw invalid(`Task key '${task.task_key}' may hold letters, digits, _ and - only, 100 at most.`);
    if (keys.has(task.task_key)) throw invalid(`Task key '${task.task_key}' is given twice.`);
    keys.add(task.task_key);
  }
  for (const task of tasks) {
    const missing = (task.depends_on ?? []).find((dependency) => !keys.has(dependency.task_key));
    if (missing !== undefined)
      throw invalid(`Task '${task.task_key}' depends on '${missing.task_key}', which is not a task of this job.`);
    const kinds = Object.keys(task).filter((name) => name.endsWith('_task'));
    if (kinds.length === 0)
      throw invalid(
        `Task '${task.task_key}' has nothing to do: give one of notebook_task, sql_task, spark_python_task and so on.`,
      );
    if (kinds.length > 1) throw invalid(`Task '${task.task_key}' has more than one thing to do: ${kinds.join(', ')}.`);
  }
}

function newTask(records: Records, run: Id, task: Task, attempt: number): TaskRun {
  const run_id = records.nextId();
  records.parents.put(String(run_id), run);
  return {
    run_id,
    attempt_number: attempt,
    task,
    output: {},
    state: (task.depends_on ?? []).length > 0 ? 'BLOCKED' : 'PENDING',
    start_time: 0,
    end_time: 0,
  };
}

const LIMIT = 10_000;

function checkParameters(body: Record<string, unknown>): void {
  if (body.jar_params !== undefined && body.notebook_params !== undefined)
    throw invalid("'jar_params' and 'notebook_params' cannot both be given.");
  for (const name of ['jar_params', 'notebook_params', 'python_params', 'spark_submit_params']) {
    const length = body[name] === undefined ? 0 : Buffer.byteLength(JSON.stringify(body[name]));
    if (length > LIMIT) throw invalid(`'${name}' has ${length} bytes as JSON; at most ${LIMIT} are allowed.`);
  }
}

// only: `key`, `+key` with everything above it, `key+` with everything below it
function chosen(tasks: Task[], only: string[] | undefined): Task[] {
  if (only === undefined || only.length === 0) return tasks;
  const keys = new Set<string>();
  for (const item of only) {
    const key = item.replaceAll('+', '');
    if (!tasks.some((task) => task.task_key === key))
      throw invalid(`'only' names the task '${key}', which this job has not.`);
    keys.add(key);
    if (item.startsWith('+')) for (const above of upstream(tasks, key)) keys.add(above);
    if (item.endsWith('+')) for (const below of downstream(tasks, key)) keys.add(below);
  }
  return tasks
    .filter((task) => keys.has(task.task_key))
    .map((task) => ({
      ...task,
      depends_on: (task.depends_on ?? []).filter((dependency) => keys.has(dependency.task_key)),
    }));
}

function upstream(tasks: Task[], key: string): string[] {
  const above = tasks.find((task) => task.task_key === key)?.depends_on?.map((dependency) => dependency.task_key) ?? [];
  return above.flatMap((name) => [name, ...upstream(tasks, name)]);
}

function downstream(tasks: Task[], key: string): string[] {
  const below = tasks
    .filter((task) => task.depends_on?.some((dependency) => dependency.task_key === key))
    .map((task) => task.task_key);
  return below.flatMap((name) => [name, ...downstream(tasks, name)]);
}

function tasksToRerun(run: Run, body: Record<string, unknown>): Set<string> {
  const tasks = current(run);
  const keys = new Set((body.rerun_tasks as string[] | undefined) ?? []);
  for (const key of keys) {
    if (!tasks.some((task) => task.task.task_key === key))
      throw invalid(`'rerun_tasks' names the task '${key}', which this run has not.`);
  }
  if (body.rerun_all_failed_tasks === true)
    for (const task of tasks) if (task.code !== 'SUCCESS') keys.add(task.task.task_key);
  if (body.rerun_dependent_tasks === true)
    for (const key of [...keys])
      for (const below of downstream(
        tasks.map((task) => task.task),
        key,
      ))
        keys.add(below);
  return keys;
}
