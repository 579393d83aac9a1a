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

/** Tasks per page of `runs/get` and `jobs/get`. */
export const PAGE = 100;

/** A run as `runs/get` answers it, with the given part of its tasks. */
export function describeRun(
  run: Run,
  page: { host: string; workspaceId: string; start: number } | undefined,
): Record<string, unknown> {
  const tasks = page === undefined ? [] : run.tasks.slice(page.start, page.start + PAGE);
  const more = page !== undefined && page.start + PAGE < run.tasks.length;
  const parameters = run.job_parameters.length > 0 ? { job_parameters: run.job_parameters } : {};
  return {
    ...(run.job_id === undefined ? {} : { job_id: run.job_id }),
    run_id: run.run_id,
    job_run_id: run.run_id,
    number_in_job: run.number_in_job,
    original_attempt_run_id: run.run_id,
    run_name: run.run_name,
    run_type: run.run_type,
    trigger: 'ONE_TIME',
    creator_user_name: run.creator_user_name,
    ...times(run),
    ...states(run, true),
    ...parameters,
    ...(Object.keys(run.overriding_parameters).length > 0 ? { overriding_parameters: run.overriding_parameters } : {}),
    ...(page === undefined
      ? {}
      : {
          run_page_url: `${page.host}/?o=${page.workspaceId}#job/${run.job_id ?? run.run_id}/run/${run.run_id}`,
          tasks: tasks.map(describeTask),
        }),
    ...(more ? { next_page_token: Buffer.from(String(page.start + PAGE)).toString('base64url') } : {}),
    ...(run.repairs.length > 0 ? { repair_history: describeRepairs(run) } : {}),
  };
}

/** One task of a run. */
export function describeTask(task: TaskRun): Record<string, unknown> {
  return {
    ...task.task,
    run_id: task.run_id,
    attempt_number: task.attempt_number,
    ...times(task),
    ...states(task, false),
  };
}

function describeRepairs(run: Run): object[] {
  const original = {
    type: 'ORIGINAL',
    id: 0,
    start_time: run.start_time,
    end_time: run.end_time,
    task_run_ids: run.tasks.filter((task) => task.attempt_number === 0).map((task) => task.run_id),
  };
  return [
    original,
    ...run.repairs.map((repair) => ({
      type: 'REPAIR',
      id: repair.id,
      start_time: repair.start_time,
      end_time: repair.end_time,
      task_run_ids: repair.task_run_ids,
    })),
  ];
}

function times(progress: Progress): Record<string, number> {
  const duration = progress.end_time === 0 || progress.start_time === 0 ? 0 : progress.end_time - progress.start_time;
  return {
    start_time: progress.start_time,
    end_time: progress.end_time,
    run_duration: duration,
    setup_duration: 0,
    execution_duration: duration,
    cleanup_duration: 0,
    queue_duration: 0,
  };
}

// the legacy state and the new status say the same twice; a run whose task failed is INTERNAL_ERROR in the legacy one
function states(progress: Progress, isRun: boolean): Record<string, unknown> {
  const { state, code, message } = progress;
  if (state !== 'TERMINATED' || code === undefined) {
    const queue =
      state === 'QUEUED'
        ? {
            queue_details: {
              code: 'MAX_CONCURRENT_RUNS_REACHED',
              message: 'Queued due to reaching maximum concurrent runs of 1.',
            },
          }
        : {};
    return {
      state: { life_cycle_state: state, state_message: message ?? '', user_cancelled_or_timedout: false },
      status: { state: state === 'BLOCKED' ? 'BLOCKED' : state, ...queue },
    };
  }
  const failed = RESULTS[code] === 'FAILED';
  const skipped = code === 'MAX_CONCURRENT_RUNS_EXCEEDED' || code === 'DISABLED';
  const life = skipped ? 'SKIPPED' : isRun && failed ? 'INTERNAL_ERROR' : 'TERMINATED';
  const type =
    code === 'SUCCESS' || code === 'SUCCESS_WITH_FAILURES'
      ? 'SUCCESS'
      : code === 'INTERNAL_ERROR'
        ? 'INTERNAL_ERROR'
        : 'CLIENT_ERROR';
  return {
    state: {
      life_cycle_state: life,
      result_state: RESULTS[code],
      state_message: message ?? '',
      user_cancelled_or_timedout: code === 'USER_CANCELED' || code === 'CANCELED',
    },
    status: { state: 'TERMINATED', termination_details: { code, type, message: message ?? '' } },
  };
}
