import { pageOf } from '../paging.ts';
import type { Workspace } from '../workspace.ts';
import type { Progress, Run, TaskRun, TerminationCode } from './records.ts';

const RESULTS: Record<TerminationCode, string> = {
  SUCCESS: 'SUCCESS',
  SUCCESS_WITH_FAILURES: 'SUCCESS_WITH_FAILURES',
  USER_CANCELED: 'CANCELED',
  CANCELED: 'TIMEDOUT',
  SKIPPED: 'UPSTREAM_FAILED',
  DISABLED: 'DISABLED',
  INTERNAL_ERROR: 'FAILED',
  MAX_CONCURRENT_RUNS_EXCEEDED: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
  RESOURCE_NOT_FOUND: 'FAILED',
  RUN_EXECUTION_ERROR: 'FAILED',
  INVALID_RUN_CONFIGURATION: 'FAILED',
};

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
export function describeRun(run: Run, workspace: Workspace, token: unknown): Record<string, unknown> {
  const { items, next_page_token } = pageOf(run.tasks, { list: `run ${run.run_id}`, token, size: PAGE });
  const next = next_page_token === undefined ? {} : { next_page_token };
  const repairs = run.repairs.length > 0 ? { repair_history: describeRepairs(run) } : {};
  return { ...describeBase(run, workspace), tasks: items.map(describeTask), ...repairs, ...next };
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
    run_page_url: `${workspace.url()}/?o=${workspace.id}#job/${job_id ?? run_id}/run/${run_id}`,
    trigger: 'ONE_TIME',
    creator_user_name: run.creator_user_name,
    ...times(run),
    ...states(run, 'run'),
    ...(run.job_parameters.length > 0 ? { job_parameters: run.job_parameters } : {}),
    ...(Object.keys(overriding_parameters).length > 0 ? { overriding_parameters } : {}),
  };
}

/** A task's own run, as `runs/get` with the task's run id and the `metadata` of an output have it. */
export function describeTaskRun(run: Run, task: TaskRun, workspace: Workspace): Record<string, unknown> {
  return {
    ...describeBase(run, workspace),
    run_id: task.run_id,
    run_name: task.task.task_key,
    attempt_number: task.attempt_number,
    ...times(task),
    ...states(task, 'task'),
    tasks: [describeTask(task)],
  };
}

/** One entry of a run's tasks. */
export function describeTask(task: TaskRun): Record<string, unknown> {
  const { condition_task, ...settings } = task.task;
  const outcome = task.output.outcome === undefined ? {} : { outcome: task.output.outcome };
  return {
    ...settings,
    ...(condition_task === undefined ? {} : { condition_task: { ...condition_task, ...outcome } }),
    run_id: task.run_id,
    attempt_number: task.attempt_number,
    ...times(task),
    ...states(task, 'task'),
  };
}

function describeRepairs(run: Run): object[] {
  const first = run.tasks.filter(
    (task) => task.attempt_number === 0 || !run.repairs.some((repair) => repair.task_run_ids.includes(task.run_id)),
  );
  const original = {
    type: 'ORIGINAL',
    id: 0,
    start_time: run.start_time,
    end_time: run.repairs[0]?.start_time ?? run.end_time,
    task_run_ids: first.map((task) => task.run_id),
  };
  const repairs = run.repairs.map(({ id, start_time, task_run_ids }, index) => ({
    type: 'REPAIR',
    id,
    start_time,
    end_time: run.repairs[index + 1]?.start_time ?? run.end_time,
    task_run_ids,
  }));
  return [original, ...repairs];
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
    status: { state: 'TERMINATED', termination_details: { code, type, message: message ?? '' } },
  };
}
