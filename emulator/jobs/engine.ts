import type { Identity } from '../tokens.ts';
import { type Workspace, wait } from '../workspace.ts';
import { newTask } from './launch.ts';
import type { Progress, Records, Run, TaskRun, TerminationCode } from './records.ts';
import { conclusionOf, latest, mayRetry, verdictOf } from './run-if.ts';
import type { Outcome, TaskIo } from './task-io.ts';
import { runTask } from './tasks.ts';

/** Runs the tasks of runs in the order of their dependencies. */
export interface Engine {
  /** Begins a run that was recorded, or queues it after the job's running ones. Calling it for a running run does nothing. */
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

/** What the engine gives to tasks by itself. */
type Given = Omit<TaskIo, 'workspace' | 'save' | 'newTask' | 'attempt'>;

/** Makes the engine. */
export function createEngine(workspace: Workspace, records: Records, given: () => Given): Engine {
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
      let moved = false;
      for (const task of latest(run).filter((item) => item.state !== 'TERMINATED' && !running.has(item))) {
        const verdict = signal.aborted ? 'cancel' : verdictOf(task, run);
        if (verdict === 'wait') continue;
        moved = true;
        if (verdict === 'go')
          running.set(
            task,
            attemptOnce(run, task, identity, signal).finally(() => running.delete(task)),
          );
        else if (verdict === 'cancel') end(task, workspace.now(), cancelCode(abort), 'Run cancelled.');
        else end(task, workspace.now(), verdict, UNRUN[verdict]);
      }
      if (workspace.closing.aborted) return;
      if (running.size > 0) {
        await Promise.race(running.values());
        save(run);
      } else if (!moved) break;
    }
    clearTimeout(timer);
    if (abort.signal.aborted) {
      const code = cancelCode(abort);
      end(run, workspace.now(), code, code === 'CANCELED' ? 'Run timed out.' : 'Run cancelled.');
    } else {
      const { code, message } = conclusionOf(run);
      end(run, workspace.now(), code, message);
    }
    save(run);
  };

  // one attempt of a task of a run; a retry is a new entry, which the loop starts
  const attemptOnce = async (run: Run, task: TaskRun, identity: Identity, signal: AbortSignal): Promise<void> => {
    const outcome = await attempt(run, task, identity, signal);
    if (outcome === 'closing' || !mayRetry(task, outcome.code) || signal.aborted) return;
    const again = newTask(records, run.run_id, task.task, task.attempt_number + 1);
    again.state = 'PENDING';
    again.retries = (task.retries ?? 0) + 1;
    again.retryAt = workspace.now() + (task.task.min_retry_interval_millis ?? 0);
    run.tasks.push(again);
    run.repairs.at(-1)?.task_run_ids.push(again.run_id);
    save(run);
  };

  /** Does a task once and records how it ended; `closing` leaves it as it is, so that a restart resumes it. */
  const attempt = async (
    run: Run,
    task: TaskRun,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<Outcome | 'closing'> => {
    const limit = (task.task.timeout_seconds ?? 0) * 1000;
    const own = limit > 0 ? AbortSignal.any([signal, AbortSignal.timeout(limit)]) : signal;
    let outcome: Outcome;
    try {
      const rest = (task.retryAt ?? 0) - workspace.now();
      if (rest > 0) await wait(rest, own);
      task.state = 'RUNNING';
      task.start_time ||= workspace.now();
      save(run);
      outcome = await runTask(run, task, io, identity, own);
    } catch (error) {
      if (workspace.closing.aborted) return 'closing';
      outcome = thrown(error, own, signal);
    }
    task.output = { ...task.output, ...outcome.output };
    end(task, workspace.now(), outcome.code, outcome.message);
    save(run);
    return outcome;
  };
  const io: TaskIo = {
    workspace,
    save,
    attempt,
    newTask: (run, task, number) => newTask(records, run.run_id, task, number),
    sql: (...parts) => given().sql(...parts),
    queryText: (task) => given().queryText(task),
    runJob: (...parts) => given().runJob(...parts),
  };

  return {
    start(run, identity) {
      if (live.has(String(run.run_id))) return;
      if (hasRoom(run)) return begin(run, identity);
      const job = records.jobs.get(String(run.job_id));
      const isPaused = job?.settings.max_concurrent_runs === 0;
      if (isPaused || (run.queued ?? job?.settings.queue?.enabled) === false) {
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

const UNRUN = {
  SKIPPED: 'An upstream task failed.',
  UPSTREAM_CANCELED: 'An upstream task was canceled.',
  EXCLUDED: 'The run was skipped because the necessary conditions were not met.',
  DISABLED: 'The task is disabled.',
};

function thrown(error: unknown, own: AbortSignal, run: AbortSignal): Outcome {
  if (!own.aborted)
    return { code: 'INTERNAL_ERROR', message: error instanceof Error ? error.message : String(error), output: {} };
  return run.aborted && run.reason !== 'timeout'
    ? { code: 'USER_CANCELED', message: 'Run cancelled.', output: {} }
    : { code: 'CANCELED', message: 'Run timed out.', output: {} };
}

function end(progress: Progress, now: number, code: TerminationCode, message: string): void {
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
