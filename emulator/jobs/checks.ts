import { invalid } from '../errors.ts';
import type { JobSettings, Task } from './records.ts';

/** Checks what the tables cannot say about a job or a one-time run. @throws ApiError INVALID_PARAMETER_VALUE */
export function checkSettings(settings: JobSettings): void {
  const tasks = settings.tasks ?? [];
  checkTasks(tasks);
  const clusters = new Set((settings.job_clusters ?? []).map((item) => item.job_cluster_key));
  const environments = new Set((settings.environments ?? []).map((item) => item.environment_key));
  if (clusters.size < (settings.job_clusters ?? []).length) throw invalid('A job_cluster_key is given twice.');
  if (environments.size < (settings.environments ?? []).length) throw invalid('An environment_key is given twice.');
  for (const task of tasks.flatMap((item) => [item, ...(item.for_each_task ? [item.for_each_task.task] : [])])) {
    const { job_cluster_key, environment_key } = task;
    if (job_cluster_key !== undefined && !clusters.has(job_cluster_key))
      throw invalid(
        `Task '${task.task_key}' has an invalid job_cluster_key: '${job_cluster_key}' is not defined in job_clusters.`,
      );
    if (environment_key !== undefined && !environments.has(environment_key))
      throw invalid(
        `Task '${task.task_key}' has an invalid environment_key: '${environment_key}' is not defined in environments.`,
      );
  }
  const git = settings.git_source as { git_url?: string; git_provider?: string } | undefined;
  if (git !== undefined && git.git_provider === undefined)
    throw invalid(
      'git_source.git_provider must be one of: github,gitlab,bitbucketcloud,gitlabenterpriseedition,bitbucketserver,azuredevopsservices,githubenterprise,awscodecommit',
    );
  const starters = ['schedule', 'trigger', 'continuous'].filter((name) => settings[name] !== undefined);
  if (starters.length > 1)
    throw invalid(`A job cannot have more than one of schedule, trigger and continuous; got ${starters.join(', ')}.`);
  checkSchedule(settings.schedule as { quartz_cron_expression?: string; timezone_id?: string } | undefined);
  const names = (settings.parameters ?? []).map((parameter) => parameter.name);
  if (new Set(names).size < names.length) throw invalid('A job parameter is given twice.');
}

/** Checks tasks: unique keys, dependencies that exist and lead nowhere in a circle, one thing to do. */
function checkTasks(tasks: Task[]): void {
  const keys = new Map<string, Task>();
  for (const task of tasks) {
    checkTask(task);
    if (keys.has(task.task_key)) throw invalid(`Task key '${task.task_key}' is given twice.`);
    keys.set(task.task_key, task);
  }
  for (const task of tasks) {
    for (const { task_key, outcome } of task.depends_on ?? []) {
      const on = keys.get(task_key);
      if (on === undefined)
        throw invalid(`Task '${task.task_key}' depends on '${task_key}', which is not a task of this job.`);
      if (outcome !== undefined && on.condition_task === undefined)
        throw invalid(`Task '${task.task_key}' depends on an outcome of '${task_key}', which is not a condition task.`);
      if (outcome !== undefined && outcome !== 'true' && outcome !== 'false')
        throw invalid(`Task '${task.task_key}' depends on the outcome '${outcome}'; it must be 'true' or 'false'.`);
    }
  }
  const circle = findCircle(tasks);
  if (circle !== undefined) throw invalid(`The dependencies of tasks must not form a cycle: ${circle.join(' -> ')}.`);
}

function checkTask(task: Task): void {
  if (!/^[\w-]{1,100}$/.test(task.task_key))
    throw invalid(`Task key '${task.task_key}' may hold letters, digits, _ and - only, 100 at most.`);
  const kinds = Object.keys(task).filter((name) => name.endsWith('_task'));
  if (kinds.length === 0)
    throw invalid(
      `Task '${task.task_key}' has nothing to do: give one of notebook_task, sql_task, spark_python_task and so on.`,
    );
  if (kinds.length > 1) throw invalid(`Task '${task.task_key}' has more than one thing to do: ${kinds.join(', ')}.`);
  const compute = ['existing_cluster_id', 'new_cluster', 'job_cluster_key'].filter((name) => task[name] !== undefined);
  if (compute.length > 1)
    throw invalid(
      `Task '${task.task_key}' may have one of existing_cluster_id, new_cluster and job_cluster_key; got ${compute.join(', ')}.`,
    );
  if (task.for_each_task === undefined) return;
  const { task: inner, concurrency, inputs } = task.for_each_task;
  if (inner.for_each_task !== undefined)
    throw invalid(`Task '${task.task_key}': a for_each_task cannot be nested in another.`);
  if (concurrency !== undefined && (concurrency < 1 || concurrency > 100))
    throw invalid(`Task '${task.task_key}': for_each_task.concurrency must be 1 to 100; got ${concurrency}.`);
  if (!inputs.includes('{{')) readInputs(inputs, task.task_key);
  checkTask(inner);
}

/** Reads the inputs of a for-each task. @throws ApiError INVALID_PARAMETER_VALUE unless they are a JSON list. */
export function readInputs(text: string, task_key: string): unknown[] {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    values = undefined;
  }
  if (Array.isArray(values) && values.length <= 5000) return values;
  throw invalid(
    `Task '${task_key}': for_each_task.inputs must be a JSON list of at most 5000 values; got '${text.slice(0, 100)}'.`,
  );
}

function findCircle(tasks: Task[]): string[] | undefined {
  const above = new Map(tasks.map((task) => [task.task_key, (task.depends_on ?? []).map((item) => item.task_key)]));
  const done = new Set<string>();
  const look = (key: string, path: string[]): string[] | undefined => {
    if (path.includes(key)) return [...path.slice(path.indexOf(key)), key];
    if (done.has(key)) return undefined;
    for (const next of above.get(key) ?? []) {
      const found = look(next, [...path, key]);
      if (found !== undefined) return found;
    }
    done.add(key);
    return undefined;
  };
  for (const key of above.keys()) {
    const found = look(key, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkSchedule(schedule: { quartz_cron_expression?: string; timezone_id?: string } | undefined): void {
  if (schedule === undefined) return;
  const fields = (schedule.quartz_cron_expression ?? '').trim().split(/\s+/);
  if (fields.length < 6 || fields.length > 7 || fields.some((field) => !/^[\w*?/,#-]+$/.test(field)))
    throw invalid(
      `Invalid cron expression '${schedule.quartz_cron_expression}': it must have 6 or 7 fields, as Quartz has.`,
    );
  try {
    new Intl.DateTimeFormat('en', { timeZone: schedule.timezone_id ?? '' });
  } catch {
    throw invalid(
      `Invalid time zone '${schedule.timezone_id}': give a Java time zone id, such as America/Los_Angeles.`,
    );
  }
}
