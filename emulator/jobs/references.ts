import type { Workspace } from '../workspace.ts';
import type { Run, TaskRun } from './records.ts';
import { latest } from './run-if.ts';

/** What a value reference may speak of. */
export interface Scope {
  run: Run;
  task: TaskRun;
  /** The task run that iterates, when `task` is one of its iterations. */
  workspace: Pick<Workspace, 'id' | 'url'>;
}

/** Replaces dynamic value references such as `{{job.parameters.day}}` and `{{tasks.a.values.n}}`; a reference to nothing known stays as it is. */
export function resolve(text: string, scope: Scope): string {
  return text.replace(/\{\{([^{}]+)\}\}/g, (whole, reference: string) => {
    const value = lookUp(reference.trim(), scope);
    if (value === undefined) return whole;
    return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

/** Resolves every value of a map. */
export function resolveAll(values: Record<string, string>, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(value, scope)]));
}

function lookUp(reference: string, scope: Scope): unknown {
  const [top = '', ...rest] = reference.split('.').map((part) => part.replaceAll(/^`|`$/g, ''));
  switch (top) {
    case 'job':
      return ofJob(rest, scope.run);
    case 'task':
      return ofTask(rest, scope.task, scope.run);
    case 'tasks': {
      const task = latest(scope.run).find((item) => item.task.task_key === rest[0]);
      return task === undefined ? undefined : ofTask(rest.slice(1), task, scope.run);
    }
    case 'input':
      return at(scope.task.input, rest);
    case 'workspace':
      return rest[0] === 'id' ? scope.workspace.id : rest[0] === 'url' ? scope.workspace.url() : undefined;
    default:
      return rest.length > 0 ? undefined : ofOld(top, scope);
  }
}

function ofJob([name, ...rest]: string[], run: Run): unknown {
  switch (name) {
    case 'id':
      return run.job_id ?? run.run_id;
    case 'name':
      return run.run_name;
    case 'run_id':
      return run.run_id;
    case 'repair_count':
      return run.repairs.length;
    case 'start_time':
    case 'trigger':
      if (name === 'trigger' && rest[0] === 'type') return run.trigger ?? 'manual';
      if (name === 'trigger' && rest[0] !== 'time') return undefined;
      return timePart(run.start_time, rest.at(-1) ?? '');
    case 'parameters': {
      const parameter = run.job_parameters.find((item) => item.name === rest.join('.'));
      return parameter === undefined ? undefined : (parameter.value ?? parameter.default ?? '');
    }
    default:
      return undefined;
  }
}

function ofTask([name, ...rest]: string[], task: TaskRun, run: Run): unknown {
  switch (name) {
    case 'name':
      return task.task.task_key;
    case 'run_id':
      return task.run_id;
    case 'execution_count':
      return run.tasks.filter((item) => item.task.task_key === task.task.task_key).length;
    case 'notebook_path':
      return task.task.notebook_task?.notebook_path;
    case 'result_state':
      return task.code === undefined ? undefined : RESULT_STATES[task.code];
    case 'error_code':
      return task.code === undefined || task.code === 'SUCCESS' ? '' : task.code;
    case 'values':
      return at(task.output.values, rest);
    case 'output':
      if (task.task.condition_task !== undefined) return rest[0] === 'outcome' ? task.output.outcome : undefined;
      if (rest[0] === 'first_row') return at(task.output.rows?.[0], rest.slice(1));
      return rest[0] === 'rows' ? task.output.rows : undefined;
    default:
      return undefined;
  }
}

/** `{{tasks.key.result_state}}` in the words of the service. */
const RESULT_STATES: Record<NonNullable<TaskRun['code']>, string> = {
  SUCCESS: 'success',
  SUCCESS_WITH_FAILURES: 'success',
  USER_CANCELED: 'canceled',
  CANCELED: 'timedout',
  SKIPPED: 'upstream_failed',
  UPSTREAM_CANCELED: 'upstream_canceled',
  EXCLUDED: 'excluded',
  DISABLED: 'disabled',
  INTERNAL_ERROR: 'failed',
  MAX_CONCURRENT_RUNS_EXCEEDED: 'maximum_concurrent_runs_reached',
  RESOURCE_NOT_FOUND: 'failed',
  RUN_EXECUTION_ERROR: 'failed',
  INVALID_RUN_CONFIGURATION: 'failed',
};

// the older references, without a namespace
function ofOld(name: string, { run, task }: Scope): unknown {
  const start = new Date(run.start_time);
  const old: Record<string, unknown> = {
    job_id: run.job_id ?? run.run_id,
    run_id: task.run_id,
    parent_run_id: run.run_id,
    task_key: task.task.task_key,
    task_retry_count: task.attempt_number,
    start_date: start.toISOString().slice(0, 10),
    start_time: run.start_time,
  };
  return old[name];
}

function timePart(time: number, part: string): unknown {
  const date = new Date(time);
  const parts: Record<string, unknown> = {
    iso_weekday: date.getUTCDay() || 7,
    is_weekday: date.getUTCDay() > 0 && date.getUTCDay() < 6,
    iso_date: date.toISOString().slice(0, 10),
    iso_datetime: date.toISOString().slice(0, 19),
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    timestamp_ms: time,
  };
  return parts[part];
}

function at(value: unknown, path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
