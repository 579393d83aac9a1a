import { invalid } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { createEngine } from './engine.ts';
import { type Id, type Job, type JobSettings, openRecords, type Records, type TerminationCode } from './records.ts';
import { checkTasks, jobsRoutes, launch, runRoutes } from './runs.ts';
import type { TaskIo } from './tasks.ts';
import { PAGE } from './view.ts';

/** Jobs and runs. */
export interface Jobs {
  routes: Route[];
  /** Takes up runs that a restart interrupted. */
  resume(): void;
  has(id: string): boolean;
}

/** Opens jobs; two sample jobs are made when there is none. */
export function createJobs(workspace: Workspace, io: Pick<TaskIo, 'sql' | 'queryText'>): Jobs {
  const records = openRecords(workspace.store);
  if (records.jobs.size === 0) seed(workspace, records);
  const runJob = async (jobId: Id, parameters: Record<string, string>, signal: AbortSignal) => {
    const job = records.jobs.get(String(jobId));
    if (job === undefined) throw new Error(`Job ${jobId} does not exist.`);
    const run = launch(records, engine, {
      job,
      settings: job.settings,
      body: { job_parameters: parameters },
      identity: workspace.admin,
      now: workspace.now(),
    });
    const stop = () => engine.cancel(run);
    signal.addEventListener('abort', stop, { once: true });
    await engine.ended(run, signal);
    signal.removeEventListener('abort', stop);
    return { runId: run.run_id, code: run.code as TerminationCode, message: run.message ?? '' };
  };
  const engine = createEngine(workspace, records, () => ({ ...io, runJob }));

  return {
    routes: [
      ...definitionRoutes(workspace, records, (job) => cancelAll(records, job, engine.cancel)),
      ...runRoutes(workspace, records, engine),
    ],
    has: (id) => records.jobs.has(id),
    resume() {
      for (const run of records.runs.values().filter((item) => item.state !== 'TERMINATED'))
        engine.start(run, workspace.admin);
    },
  };
}

function cancelAll(
  records: Records,
  job: Job,
  cancel: (run: ReturnType<Records['runs']['values']>[number]) => void,
): void {
  for (const run of records.runs.values()) if (run.job_id === job.job_id && run.state !== 'TERMINATED') cancel(run);
}

function definitionRoutes(workspace: Workspace, records: Records, stopRuns: (job: Job) => void): Route[] {
  const find = (id: unknown): Job => {
    const job = records.jobs.get(String(id));
    if (job === undefined) throw invalid(`Job ${id} does not exist.`);
    return job;
  };
  const describe = (job: Job) => ({
    job_id: job.job_id,
    creator_user_name: job.creator_user_name,
    created_time: job.created_time,
    settings: job.settings,
  });
  const pageStart = (token: unknown): number => {
    const start = token === undefined ? 0 : Number(Buffer.from(String(token), 'base64url').toString());
    if (!Number.isInteger(start) || start < 0) throw invalid(`'page_token' is not one of this list: '${token}'.`);
    return start;
  };
  const token = (at: number) => Buffer.from(String(at)).toString('base64url');

  const create = ({ body, identity }: Call): Answer => {
    const settings = complete(body as JobSettings);
    checkTasks(settings.tasks ?? []);
    const job_id = records.nextId();
    records.jobs.put(String(job_id), {
      job_id,
      settings,
      created_time: workspace.now(),
      creator_user_name: identity.userName,
      runs: 0,
    });
    return { json: { job_id } };
  };

  const list = ({ query }: Call): Answer => {
    const name = query.name === undefined ? undefined : String(query.name).toLowerCase();
    const matching = records.jobs
      .values()
      .filter((job) => name === undefined || job.settings.name?.toLowerCase() === name)
      .reverse();
    const start = pageStart(query.page_token) || ((query.offset as number | undefined) ?? 0);
    const size = (query.limit as number | undefined) ?? 20;
    const end = start + size;
    const jobs = matching.slice(start, end).map((job) => {
      const { tasks, job_clusters, ...rest } = job.settings;
      if (query.expand_tasks !== true) return { ...describe(job), settings: rest };
      const more = (tasks?.length ?? 0) > PAGE ? { has_more: true } : {};
      return { ...describe(job), settings: { ...rest, tasks: tasks?.slice(0, PAGE), job_clusters }, ...more };
    });
    return {
      json: {
        ...(jobs.length > 0 ? { jobs } : {}),
        has_more: end < matching.length,
        ...(end < matching.length ? { next_page_token: token(end) } : {}),
        ...(start > 0 ? { prev_page_token: token(Math.max(0, start - size)) } : {}),
      },
    };
  };

  const get = ({ query }: Call): Answer => {
    const job = find(query.job_id);
    const start = pageStart(query.page_token);
    const tasks = job.settings.tasks ?? [];
    const more = start + PAGE < tasks.length ? { next_page_token: token(start + PAGE) } : {};
    return {
      json: {
        ...describe(job),
        run_as_user_name: job.creator_user_name,
        settings: { ...job.settings, tasks: tasks.slice(start, start + PAGE) },
        ...more,
      },
    };
  };

  const update = ({ body }: Call): Answer => {
    const job = find(body.job_id);
    const settings = merge(job.settings, (body.new_settings ?? {}) as JobSettings);
    for (const path of (body.fields_to_remove as string[] | undefined) ?? []) removeField(settings, path);
    checkTasks(settings.tasks ?? []);
    records.jobs.put(String(job.job_id), { ...job, settings });
    return {};
  };

  const reset = ({ body }: Call): Answer => {
    const job = find(body.job_id);
    const settings = complete(body.new_settings as JobSettings);
    checkTasks(settings.tasks ?? []);
    records.jobs.put(String(job.job_id), { ...job, settings });
    return {};
  };

  const remove = ({ body }: Call): Answer => {
    const job = find(body.job_id);
    stopRuns(job);
    records.jobs.delete(String(job.job_id));
    return {};
  };

  const handlers: [string, string, Route['handle']][] = [
    ['POST', 'create', create],
    ['GET', 'list', list],
    ['GET', 'get', get],
    ['POST', 'update', update],
    ['POST', 'reset', reset],
    ['POST', 'delete', remove],
  ];
  return handlers.flatMap(([method, name, handle]) => jobsRoutes(method, name, handle));
}

function complete(settings: JobSettings): JobSettings {
  const { access_control_list: _list, ...rest } = settings;
  return {
    name: 'Untitled',
    email_notifications: {},
    timeout_seconds: 0,
    max_concurrent_runs: 1,
    queue: { enabled: true },
    format: 'MULTI_TASK',
    ...rest,
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
    for (const item of value as Record<string, unknown>[]) items.set(item[key], item);
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

function seed(workspace: Workspace, records: Records): void {
  const notebook = (task_key: string, base_parameters: Record<string, string>, after?: string) => ({
    task_key,
    notebook_task: { notebook_path: `/Shared/${task_key}`, base_parameters },
    ...(after === undefined ? {} : { depends_on: [{ task_key: after }] }),
  });
  const add = (settings: JobSettings) => {
    const job_id = records.nextId();
    const full = { ...complete(settings), max_concurrent_runs: 1000 };
    records.jobs.put(String(job_id), {
      job_id,
      settings: full,
      created_time: workspace.now(),
      creator_user_name: workspace.admin.userName,
      runs: 0,
    });
  };
  add({ name: 'Refresh daily totals', tasks: [notebook('refresh', { result: 'ok' })] });
  add({
    name: 'Load orders',
    tasks: [
      notebook('extract', {}),
      notebook('load', { fail_with: "ValueError: column 'amount' has text in row 17" }, 'extract'),
      notebook('report', {}, 'load'),
    ],
  });
}
