import { pageOf } from '../paging.ts';
import type { Workspace } from '../workspace.ts';
import { latestIterations } from './for-each.ts';
import type { Id, Progress, Run, TaskRun, TerminationCode } from './records.ts';

const RESULTS: Record<TerminationCode, string> = {
  SUCCESS: 'SUCCESS',
  SUCCESS_WITH_FAILURES: 'SUCCESS_WITH_FAILURES',
  USER_CANCELED: 'CANCELED',
  CANCELED: 'TIMEDOUT',
  SKIPPED: 'UPSTREAM_FAILED',
  UPSTREAM_CANCELED: 'UPSTREAM_CANCELED',
  EXCLUDED: 'EXCLUDED',
  DISABLED: 'DISABLED',
  INTERNAL_ERROR: 'FAILED',
  MAX_CONCURRENT_RUNS_EXCEEDED: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
  RESOURCE_NOT_FOUND: 'FAILED',
  RUN_EXECUTION_ERROR: 'FAILED',
  INVALID_RUN_CONFIGURATION: 'FAILED',
};

/** How codes that are kept apart here are told. */
const CODES: Partial<Record<TerminationCode, string>> = { EXCLUDED: 'SKIPPED', UPSTREAM_CANCELED: 'SKIPPED' };

/** Entries of a list inside a job or run, such as its tasks, per page. */
export const PAGE = 100;

/** The run as it is reported: for some time after a repair began, as it was before. */
export function reported(run: Run, workspace: Workspace): Run {
  const repair = run.repairs.at(-1);
  if (repair?.before === undefined || workspace.now() - repair.start_time >= workspace.repairLagMs) return run;
  const tasks = run.tasks.filter((task) => !repair.task_run_ids.includes(task.run_id));
  return { ...run, ...repair.before, tasks, repairs: run.repairs.slice(0, -1) };
}

/** A run with one page of its tasks, as `runs/get` answers it. */
export function describeRun(run: Run, workspace: Workspace, query: Record<string, unknown>): Record<string, unknown> {
  const { items, next_page_token } = pageOf(run.tasks, {
    list: `run ${run.run_id}`,
    token: query.page_token,
    size: PAGE,
  });
  const next = next_page_token === undefined ? {} : { next_page_token };
  const repairs =
    run.repairs.length > 0 && query.include_history === true ? { repair_history: describeRepairs(run) } : {};
  const more = run.tasks.length > PAGE ? { has_more: true } : {};
  const tasks = items.map((task) => describeTask(task, { run, workspace, resolved: query.include_resolved_values }));
  return { ...describeBase(run, workspace), tasks, ...repairs, ...more, ...next };
}

/** A run without its tasks, as lists have it. */
export function describeBase(run: Run, workspace: Workspace): Record<string, unknown> {
  const { run_id, job_id, overriding_parameters } = run;
  return {
    ...(job_id === undefined ? {} : { job_id }),
    run_id,
    job_run_id: run_id,
    number_in_job: run.number_in_job,
    original_attempt_run_id: run_id,
    run_name: run.run_name,
    run_type: run.run_type,
    run_page_url: pageUrl(run, run_id, workspace),
    ...(run.trigger === undefined
      ? { trigger: 'ONE_TIME' }
      : { trigger: 'RUN_JOB_TASK', trigger_info: { run_id: run.started_by } }),
    creator_user_name: run.creator_user_name,
    ...times(run),
    ...states(run, 'run'),
    ...(run.job_parameters.length > 0 ? { job_parameters: run.job_parameters } : {}),
    ...(Object.keys(overriding_parameters).length > 0 ? { overriding_parameters } : {}),
  };
}

/** A task's own run, as `runs/get` with the task's run id and the `metadata` of an output have it; a for-each task's has its iterations. */
export function describeTaskRun(
  run: Run,
  task: TaskRun,
  workspace: Workspace,
  query: Record<string, unknown> = {},
): Record<string, unknown> {
  const scope = { run, workspace, resolved: query.include_resolved_values };
  const base = {
    ...describeBase(run, workspace),
    run_id: task.run_id,
    run_name: task.task.task_key,
    run_page_url: pageUrl(run, task.run_id, workspace),
    attempt_number: task.attempt_number,
    ...times(task),
    ...states(task, 'task'),
    tasks: [describeTask(task, scope)],
  };
  if (task.iterations === undefined) return base;
  const { items, next_page_token } = pageOf(task.iterations, {
    list: `iterations ${task.run_id}`,
    token: query.page_token,
    size: PAGE,
  });
  const iterations = items.map((item) => describeTask(item, scope));
  return { ...base, iterations, ...(next_page_token === undefined ? {} : { next_page_token }) };
}

/** One entry of a run's tasks. */
export function describeTask(
  task: TaskRun,
  { run, workspace, resolved }: { run: Run; workspace: Workspace; resolved?: unknown },
): Record<string, unknown> {
  const { condition_task, for_each_task, ...settings } = task.task;
  const outcome = task.output.outcome === undefined ? {} : { outcome: task.output.outcome };
  return {
    run_if: 'ALL_SUCCESS',
    ...settings,
    ...(condition_task === undefined ? {} : { condition_task: { ...condition_task, ...outcome } }),
    ...(for_each_task === undefined ? {} : { for_each_task: { ...for_each_task, stats: statsOf(task) } }),
    ...(resolved === true && task.resolved !== undefined ? { resolved_values: task.resolved } : {}),
    run_id: task.run_id,
    run_page_url: pageUrl(run, task.run_id, workspace),
    attempt_number: task.attempt_number,
    ...times(task),
    ...states(task, 'task'),
  };
}

function pageUrl(run: Run, id: Id, workspace: Workspace): string {
  return `${workspace.url()}/?o=${workspace.id}#job/${run.job_id ?? run.run_id}/run/${id}`;
}

function statsOf(task: TaskRun): object {
  const iterations = latestIterations(task);
  const ended = iterations.filter((item) => item.state === 'TERMINATED');
  const failed = ended.filter((item) => item.code !== 'SUCCESS');
  const messages = new Map<string, number>();
  for (const item of failed) messages.set(item.message ?? '', (messages.get(item.message ?? '') ?? 0) + 1);
  return {
    task_run_stats: {
      total_iterations: task.total ?? iterations.length,
      scheduled_iterations: iterations.length,
      active_iterations: iterations.filter((item) => item.state === 'RUNNING').length,
      completed_iterations: ended.length,
      succeeded_iterations: ended.length - failed.length,
      failed_iterations: failed.length,
    },
    ...(failed.length === 0
      ? {}
      : {
          error_message_stats: [...messages].map(([error_message, count]) => ({
            error_message,
            count,
            termination_category: 'RUN_EXECUTION_ERROR',
          })),
        }),
  };
}

function describeRepairs(run: Run): object[] {
  const repaired = new Set(run.repairs.flatMap((repair) => repair.task_run_ids.map(String)));
  const first = run.tasks.filter((task) => !repaired.has(String(task.run_id)));
  const now: Progress = run;
  // how the run stood after each part: what the next repair found, and for the last one how it stands
  const after = [...run.repairs.map((repair) => repair.before ?? now), now];
  const entry = (type: string, id: Id, index: number, start_time: number, task_run_ids: Id[]) => ({
    type,
    id,
    start_time,
    end_time: after[index]?.end_time ?? 0,
    ...states(after[index] ?? now, 'run'),
    task_run_ids,
  });
  return [
    entry(
      'ORIGINAL',
      0,
      0,
      run.start_time,
      first.map((task) => task.run_id),
    ),
    ...run.repairs.map((repair, index) =>
      entry('REPAIR', repair.id, index + 1, repair.start_time, repair.task_run_ids),
    ),
  ];
}

function times({ start_time, end_time }: Progress): Record<string, number> {
  const duration = end_time === 0 || start_time === 0 ? 0 : end_time - start_time;
  return {
    start_time,
    end_time,
    run_duration: duration,
    setup_duration: 0,
    execution_duration: duration,
    cleanup_duration: 0,
    queue_duration: 0,
  };
}

// the legacy state and the new status say the same twice; a run whose task failed is INTERNAL_ERROR in the legacy one
function states(progress: Progress, of: 'run' | 'task'): Record<string, unknown> {
  const { state, code, message } = progress;
  if (state !== 'TERMINATED' || code === undefined) {
    const queued = {
      queue_details: {
        code: 'MAX_CONCURRENT_RUNS_REACHED',
        message: 'Queued due to reaching the maximum of concurrent runs.',
      },
    };
    return {
      state: { life_cycle_state: state, state_message: message ?? '', user_cancelled_or_timedout: false },
      status: { state, ...(state === 'QUEUED' ? queued : {}) },
    };
  }
  const result = RESULTS[code];
  const skipped = code === 'MAX_CONCURRENT_RUNS_EXCEEDED' || code === 'DISABLED';
  const life = skipped ? 'SKIPPED' : of === 'run' && result === 'FAILED' ? 'INTERNAL_ERROR' : 'TERMINATED';
  const good = code === 'SUCCESS' || code === 'SUCCESS_WITH_FAILURES';
  const type = good ? 'SUCCESS' : code === 'INTERNAL_ERROR' ? 'INTERNAL_ERROR' : 'CLIENT_ERROR';
  const stopped = code === 'USER_CANCELED' || code === 'CANCELED';
  return {
    state: {
      life_cycle_state: life,
      result_state: result,
      state_message: message ?? '',
      user_cancelled_or_timedout: stopped,
    },
    status: { state: 'TERMINATED', termination_details: { code: CODES[code] ?? code, type, message: message ?? '' } },
  };
}
