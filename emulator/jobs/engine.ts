import type { Identity } from '../tokens.ts';
import { type Workspace, wait } from '../workspace.ts';
import type { Records, Run, TaskRun, TerminationCode } from './records.ts';
import { runTask, type TaskIo } from './tasks.ts';

/** Runs the tasks of runs in the order of their dependencies. */
export interface Engine {
  /** Begins a run that was recorded, or queues it behind the job's running ones. Calling it for a running run does nothing. */
  start(run: Run, identity: Identity): void;
  /** Asks a run to stop; it ends soon after. */
  cancel(run: Run): void;
  /** Waits until a run has ended. */
  ended(run: Run, signal: AbortSignal): Promise<void>;
}

interface Live {
  job: Run['job_id'];
  abort: AbortController;
  done: Promise<void>;
}

/** Makes the engine. */
export function createEngine(workspace: Workspace, records: Records, io: () => TaskIo): Engine {
  const live = new Map<string, Live>();
  const waiting: { run: Run; identity: Identity }[] = [];

  const save = (run: Run) => void records.runs.put(String(run.run_id), run);
  const activeOf = (run: Run) => [...live.values()].filter((other) => other.job === run.job_id).length;
  const hasRoom = (run: Run) => {
    const job = run.job_id === undefined ? undefined : records.jobs.get(String(run.job_id));
    return job === undefined || activeOf(run) < (job.settings.max_concurrent_runs ?? 1);
  };

  const begin = (run: Run, identity: Identity) => {
    const abort = new AbortController();
    run.state = 'RUNNING';
    run.start_time ||= workspace.now();
    save(run);
    const done = perform(run, identity, abort).finally(() => {
      live.delete(String(run.run_id));
      const next = waiting.findIndex((entry) => hasRoom(entry.run));
      if (next >= 0) {
        const [entry] = waiting.splice(next, 1) as [{ run: Run; identity: Identity }];
        begin(entry.run, entry.identity);
      }
    });
    live.set(String(run.run_id), { job: run.job_id, abort, done });
  };

  const perform = async (run: Run, identity: Identity, abort: AbortController): Promise<void> => {
    const signal = AbortSignal.any([abort.signal, workspace.closing]);
    const timer =
      run.timeout_seconds > 0 ? setTimeout(() => abort.abort('timeout'), run.timeout_seconds * 1000) : undefined;
    const running = new Map<TaskRun, Promise<void>>();
    for (;;) {
      for (const task of current(run).filter((item) => item.state !== 'TERMINATED' && !running.has(item))) {
        const verdict = signal.aborted ? 'cancel' : verdictOf(task, run);
        if (verdict === 'wait') continue;
        if (verdict === 'go')
          running.set(
            task,
            attempt(run, task, identity, signal).finally(() => running.delete(task)),
          );
        else if (verdict === 'cancel') end(task, workspace.now(), cancelCode(abort), 'Run cancelled.');
        else if (verdict === 'disabled') end(task, workspace.now(), 'DISABLED', 'The task is disabled.');
        else end(task, workspace.now(), 'SKIPPED', 'An upstream task failed.');
      }
      if (workspace.closing.aborted) return;
      if (running.size === 0) break;
      await Promise.race(running.values());
      save(run);
    }
    clearTimeout(timer);
    conclude(run, abort, workspace.now());
    save(run);
  };

  const attempt = async (run: Run, task: TaskRun, identity: Identity, signal: AbortSignal): Promise<void> => {
    const retries = task.task.max_retries ?? 0;
    for (let tried = 0; ; tried += 1) {
      task.state = 'RUNNING';
      task.start_time ||= workspace.now();
      save(run);
      const limit = (task.task.timeout_seconds ?? 0) * 1000;
      const own = limit > 0 ? AbortSignal.any([signal, AbortSignal.timeout(limit)]) : signal;
      try {
        const outcome = await runTask(run, task, io(), identity, own);
        task.output = outcome.output;
        if (outcome.code === 'SUCCESS' || (retries >= 0 && tried >= retries))
          return end(task, workspace.now(), outcome.code, outcome.message);
        task.attempt_number += 1;
        await wait(task.task.min_retry_interval_millis ?? 0, own);
      } catch (error) {
        // closing leaves the task as it is, so that a restart takes it up again
        if (workspace.closing.aborted) return;
        if (!own.aborted)
          return end(task, workspace.now(), 'INTERNAL_ERROR', error instanceof Error ? error.message : String(error));
        const timedOut = !signal.aborted || signal.reason === 'timeout';
        return end(
          task,
          workspace.now(),
          timedOut ? 'CANCELED' : 'USER_CANCELED',
          timedOut ? 'Run timed out.' : 'Run cancelled.',
        );
      }
    }
  };

  return {
    start(run, identity) {
      if (live.has(String(run.run_id))) return;
      if (hasRoom(run)) return begin(run, identity);
      const job = records.jobs.get(String(run.job_id));
      if (job?.settings.queue?.enabled === false) {
        run.state = 'TERMINATED';
        run.code = 'MAX_CONCURRENT_RUNS_EXCEEDED';
        run.message = 'Skipped because the maximum number of concurrent runs is reached.';
        run.start_time = run.end_time = workspace.now();
      } else {
        run.state = 'QUEUED';
        waiting.push({ run, identity });
      }
      save(run);
    },
    cancel(run) {
      const queued = waiting.findIndex((entry) => entry.run.run_id === run.run_id);
      if (queued >= 0) {
        waiting.splice(queued, 1);
        for (const task of run.tasks) end(task, workspace.now(), 'USER_CANCELED', 'Run cancelled.');
        end(run, workspace.now(), 'USER_CANCELED', 'Run cancelled.');
        return save(run);
      }
      live.get(String(run.run_id))?.abort.abort('cancel');
    },
    async ended(run, signal) {
      while (run.state !== 'TERMINATED') {
        signal.throwIfAborted();
        await (live.get(String(run.run_id))?.done ?? wait(5, signal));
      }
    },
  };
}

/** The latest attempt of each task: a repair adds newer ones. */
export function current(run: Run): TaskRun[] {
  return [...new Map(run.tasks.map((task) => [task.task.task_key, task])).values()];
}

function end(progress: TaskRun | Run, now: number, code: TerminationCode, message: string): void {
  Object.assign(progress, {
    state: 'TERMINATED',
    code,
    message,
    start_time: progress.start_time || now,
    end_time: now,
  });
}

function cancelCode(abort: AbortController): TerminationCode {
  return abort.signal.reason === 'timeout' ? 'CANCELED' : 'USER_CANCELED';
}

function verdictOf(task: TaskRun, run: Run): 'go' | 'wait' | 'skip' | 'disabled' {
  if (task.task.disabled) return 'disabled';
  const needed = (task.task.depends_on ?? []).map((dependency) => ({
    dependency,
    on: current(run).find((other) => other.task.task_key === dependency.task_key),
  }));
  if (needed.some(({ on }) => on !== undefined && on.state !== 'TERMINATED')) return 'wait';
  const codes = needed.map(({ dependency, on }) =>
    on?.output.outcome !== undefined && dependency.outcome !== undefined && dependency.outcome !== on.output.outcome
      ? 'SKIPPED'
      : (on?.code ?? 'SUCCESS'),
  );
  const good = codes.filter((code) => code === 'SUCCESS').length;
  const bad = codes.filter((code) => code !== 'SUCCESS' && code !== 'SKIPPED' && code !== 'DISABLED').length;
  switch (task.task.run_if ?? 'ALL_SUCCESS') {
    case 'ALL_SUCCESS':
      return good === codes.length ? 'go' : 'skip';
    case 'ALL_DONE':
      return 'go';
    case 'NONE_FAILED':
      return bad === 0 ? 'go' : 'skip';
    case 'AT_LEAST_ONE_SUCCESS':
      return good > 0 ? 'go' : 'skip';
    case 'ALL_FAILED':
      return bad === codes.length ? 'go' : 'skip';
    case 'AT_LEAST_ONE_FAILED':
      return bad > 0 ? 'go' : 'skip';
    default:
      return 'go';
  }
}

// leaf tasks decide: a failure that a later task took care of leaves SUCCESS_WITH_FAILURES
function conclude(run: Run, abort: AbortController, now: number): void {
  const tasks = current(run);
  const bad = tasks.filter((task) => task.code !== 'SUCCESS' && task.code !== 'DISABLED');
  const inner = new Set(tasks.flatMap((task) => (task.task.depends_on ?? []).map((dependency) => dependency.task_key)));
  const badLeaf =
    bad.some((task) => !inner.has(task.task.task_key) && task.code !== 'SKIPPED') ||
    bad.some((task) => task.code === 'SKIPPED' && !inner.has(task.task.task_key) && !skippedByCondition(task, tasks));
  const failed = bad.find((task) => task.code !== 'SKIPPED');
  const skipped = bad.some((task) => task.code === 'SKIPPED')
    ? ' This caused all downstream tasks to get skipped.'
    : '';
  if (abort.signal.aborted) {
    const code = cancelCode(abort);
    end(run, now, code, code === 'CANCELED' ? 'Run timed out.' : 'Run cancelled.');
  } else if (!badLeaf) end(run, now, failed === undefined ? 'SUCCESS' : 'SUCCESS_WITH_FAILURES', '');
  else if (failed?.code === 'USER_CANCELED' || failed?.code === 'CANCELED')
    end(run, now, failed.code, failed.message ?? '');
  else
    end(
      run,
      now,
      failed?.code ?? 'RUN_EXECUTION_ERROR',
      `Task ${failed?.task.task_key} failed with message: ${failed?.message}.${skipped}`,
    );
}

function skippedByCondition(task: TaskRun, tasks: TaskRun[]): boolean {
  return (task.task.depends_on ?? []).every((dependency) => {
    const on = tasks.find((other) => other.task.task_key === dependency.task_key);
    return on?.code === 'SUCCESS' || (on?.code === 'SKIPPED' && skippedByCondition(on, tasks));
  });
}
