import type { Access } from '../access.ts';
import { invalid } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { checkSettings } from './checks.ts';
import type { Job, JobSettings, Records, Task } from './records.ts';
import { jobsRoutes } from './runs.ts';
import { PAGE } from './view.ts';

/** Routes of jobs themselves: create, list, get, update, reset, delete. */
export function definitionRoutes(
  workspace: Workspace,
  records: Records,
  parts: { access: Access; stopRuns(job: Job): void },
): Route[] {
  const { access, stopRuns } = parts;
  const find = (id: unknown): Job => {
    const job = records.jobs.get(String(id));
    access.check('job', String(id), 'CAN_VIEW');
    if (job === undefined) throw invalid(`Job ${id} does not exist.`);
    return job;
  };
  const describe = ({ job_id, creator_user_name, created_time, settings }: Job) => ({
    job_id,
    creator_user_name,
    created_time,
    settings,
  });

  const create = ({ body, identity }: Call): Answer => {
    const settings = completeSettings(body as JobSettings);
    checkSettings(settings);
    const job_id = records.nextId();
    const made = { created_time: workspace.now(), creator_user_name: identity.userName, runs: 0 };
    records.jobs.put(String(job_id), { job_id, settings, ...made });
    return { json: { job_id } };
  };

  const list = ({ query }: Call): Answer => {
    const name = query.name === undefined ? undefined : String(query.name).toLowerCase();
    const found = records.jobs
      .values()
      .filter((job) => access.allows('job', String(job.job_id)))
      .filter((job) => name === undefined || job.settings.name?.toLowerCase() === name)
      .reverse();
    const size = (query.limit as number | undefined) ?? 20;
    const { items, ...tokens } = pageOf(found, {
      list: `jobs ${name ?? ''}`,
      token: query.page_token,
      size,
      offset: (query.offset as number | undefined) ?? 0,
    });
    const jobs = items.map((job) => {
      const { tasks, job_clusters, ...rest } = job.settings;
      if (query.expand_tasks !== true) return { ...describe(job), settings: rest };
      const more = (tasks?.length ?? 0) > PAGE ? { has_more: true } : {};
      return { ...describe(job), settings: { ...rest, tasks: tasks?.slice(0, PAGE), job_clusters }, ...more };
    });
    return {
      json: { ...(jobs.length > 0 ? { jobs } : {}), has_more: tokens.next_page_token !== undefined, ...tokens },
    };
  };

  const get = ({ query }: Call): Answer => {
    const job = find(query.job_id);
    const { items: tasks, next_page_token } = pageOf(job.settings.tasks ?? [], {
      list: `job ${job.job_id}`,
      token: query.page_token,
      size: PAGE,
    });
    const next = next_page_token === undefined ? {} : { next_page_token };
    return {
      json: {
        ...describe(job),
        run_as_user_name: job.creator_user_name,
        settings: { ...job.settings, tasks },
        ...((job.settings.tasks ?? []).length > PAGE ? { has_more: true } : {}),
        ...next,
      },
    };
  };

  const update = ({ body }: Call): Answer => {
    const job = find(body.job_id);
    const settings = merge(job.settings, (body.new_settings ?? {}) as JobSettings);
    for (const path of (body.fields_to_remove as string[] | undefined) ?? []) removeField(settings, path);
    checkSettings(settings);
    records.jobs.put(String(job.job_id), { ...job, settings });
    return {};
  };

  const reset = ({ body }: Call): Answer => {
    const job = find(body.job_id);
    const settings = completeSettings(body.new_settings as JobSettings);
    checkSettings(settings);
    records.jobs.put(String(job.job_id), { ...job, settings });
    return {};
  };

  const remove = ({ body }: Call): Answer => {
    const job = find(body.job_id);
    stopRuns(job);
    records.jobs.delete(String(job.job_id));
    return {};
  };

  return [
    ...jobsRoutes('POST', 'create', create),
    ...jobsRoutes('GET', 'list', list),
    ...jobsRoutes('GET', 'get', get),
    ...jobsRoutes('POST', 'update', update),
    ...jobsRoutes('POST', 'reset', reset),
    ...jobsRoutes('POST', 'delete', remove),
  ];
}

/** Settings with the defaults that Databricks fills in. */
export function completeSettings(settings: JobSettings): JobSettings {
  const { access_control_list: _list, ...rest } = settings;
  return {
    name: 'Untitled',
    email_notifications: {},
    webhook_notifications: {},
    timeout_seconds: 0,
    max_concurrent_runs: 1,
    queue: { enabled: true },
    format: 'MULTI_TASK',
    ...rest,
    ...(rest.tasks === undefined ? {} : { tasks: rest.tasks.map(completeTask) }),
  };
}

// as `libs/testserver` of the Databricks CLI has it, which is checked against the service
function completeTask(task: Task): Task {
  const notebook = task.notebook_task;
  return {
    run_if: 'ALL_SUCCESS',
    timeout_seconds: 0,
    email_notifications: {},
    ...task,
    ...(notebook === undefined ? {} : { notebook_task: Object.assign({ source: 'WORKSPACE' }, notebook) }),
  };
}

const KEYS: Record<string, string> = {
  tasks: 'task_key',
  job_clusters: 'job_cluster_key',
  parameters: 'name',
  environments: 'environment_key',
};

// lists with keys merge by key; every other field is replaced
function merge(old: JobSettings, changes: JobSettings): JobSettings {
  const result: JobSettings = { ...old };
  for (const [name, value] of Object.entries(changes)) {
    const key = KEYS[name];
    if (key === undefined || !Array.isArray(old[name]) || !Array.isArray(value)) {
      result[name] = value;
      continue;
    }
    const items = new Map((old[name] as Record<string, unknown>[]).map((item) => [item[key], item]));
    for (const item of value as Record<string, unknown>[])
      items.set(item[key], name === 'tasks' ? completeTask(item as Task) : item);
    result[name] = [...items.values()];
  }
  return result;
}

// `tasks/key` removes one task, `email_notifications` the whole field
function removeField(settings: JobSettings, path: string): void {
  const [name, key] = path.split(/[/.]/) as [string, string | undefined];
  const value = settings[name];
  if (key === undefined) delete settings[name];
  else if (Array.isArray(value))
    settings[name] = value.filter((item: Record<string, unknown>) => item[KEYS[name] ?? 'name'] !== key);
  else if (typeof value === 'object' && value !== null) delete (value as Record<string, unknown>)[key];
}
