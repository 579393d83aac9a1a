import { invalid } from '../errors.ts';
import type { Identity } from '../tokens.ts';
import type { Id, Job, JobSettings, Records, Run, Task, TaskRun } from './records.ts';

/** Records a run and starts it. */
export function launch(
  records: Records,
  engine: { start(run: Run, identity: Identity): void },
  order: {
    job?: Job;
    settings: JobSettings;
    body: Record<string, unknown>;
    identity: Identity;
    now: number;
    /** The task run that launches it. */
    by?: Id;
  },
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
    ...(order.by === undefined ? {} : { trigger: 'run_job_task', started_by: order.by }),
    ...(body.queue === undefined ? {} : { queued: (body.queue as { enabled: boolean }).enabled }),
    ...(body.idempotency_token === undefined ? {} : { idempotency_token: String(body.idempotency_token) }),
  };
  if (job !== undefined) records.jobs.put(String(job.job_id), Object.assign(job, { runs: job.runs + 1 }));
  records.runs.put(String(run_id), run);
  if (run.idempotency_token !== undefined) records.tokens.put(run.idempotency_token, run_id);
  engine.start(run, order.identity);
  return run;
}

/** Makes the run of a task; its id leads to the run it belongs to. */
export function newTask(records: Records, run: Id, task: Task, attempt: number): TaskRun {
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

/** Checks the deprecated parameter lists of a launch. @throws ApiError INVALID_PARAMETER_VALUE */
export function checkParameters(body: Record<string, unknown>): void {
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

/** Keys of all tasks below a task. */
export function downstream(tasks: Task[], key: string): string[] {
  const below = tasks
    .filter((task) => task.depends_on?.some((dependency) => dependency.task_key === key))
    .map((task) => task.task_key);
  return below.flatMap((name) => [name, ...downstream(tasks, name)]);
}
