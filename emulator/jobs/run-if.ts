import type { Run, TaskRun, TerminationCode } from './records.ts';

/** What happens to a task that has not begun: it goes, waits, or ends without having run. */
export type Verdict = 'go' | 'wait' | 'EXCLUDED' | 'SKIPPED' | 'UPSTREAM_CANCELED' | 'DISABLED';

/** The latest attempt of each task: retries and repairs add newer ones. */
export function latest(run: Run): TaskRun[] {
  return [...new Map(run.tasks.map((task) => [task.task.task_key, task])).values()];
}

/**
 * Decides about a task from what it depends on. Excluded and disabled tasks count as successful;
 * a task all of whose dependencies are excluded, or whose outcome of a condition did not come, is excluded itself.
 */
export function verdictOf(task: TaskRun, run: Run): Verdict {
  if (task.task.disabled) return 'DISABLED';
  const tasks = latest(run);
  const needed = (task.task.depends_on ?? []).map(({ task_key, outcome }) => ({
    outcome,
    on: tasks.find((other) => other.task.task_key === task_key),
  }));
  if (needed.some(({ on }) => on !== undefined && on.state !== 'TERMINATED')) return 'wait';
  if (needed.length === 0) return 'go';
  const codes = needed.map(
    ({ outcome, on }): TerminationCode =>
      outcome !== undefined && on?.output.outcome !== undefined && outcome !== on.output.outcome
        ? 'EXCLUDED'
        : (on?.code ?? 'SUCCESS'),
  );
  const excluded = codes.filter((code) => code === 'EXCLUDED').length;
  if (excluded === codes.length) return 'EXCLUDED';
  const notMet = needed.some(({ outcome, on }) => outcome !== undefined && outcome !== on?.output.outcome);
  const bad = codes.filter(isBad).length;
  const good = codes.length - bad;
  const stopped = codes.some((code) => code === 'USER_CANCELED' || code === 'UPSTREAM_CANCELED' || code === 'CANCELED');
  const rule = task.task.run_if ?? 'ALL_SUCCESS';
  switch (rule) {
    case 'ALL_SUCCESS':
      if (bad > 0) return stopped ? 'UPSTREAM_CANCELED' : 'SKIPPED';
      return notMet ? 'EXCLUDED' : 'go';
    case 'ALL_DONE':
      return 'go';
    case 'NONE_FAILED':
      return bad === 0 ? 'go' : stopped ? 'UPSTREAM_CANCELED' : 'SKIPPED';
    case 'AT_LEAST_ONE_SUCCESS':
      return good - excluded > 0 ? 'go' : bad === 0 ? 'EXCLUDED' : stopped ? 'UPSTREAM_CANCELED' : 'SKIPPED';
    case 'ALL_FAILED':
      return bad === codes.length ? 'go' : 'EXCLUDED';
    case 'AT_LEAST_ONE_FAILED':
      return bad > 0 ? 'go' : 'EXCLUDED';
    default:
      return rule satisfies never;
  }
}

/** How a run ends whose tasks have all ended: leaf tasks decide, and a failure that a later task took care of leaves SUCCESS_WITH_FAILURES. */
export function conclusionOf(run: Run): { code: TerminationCode; message: string } {
  const tasks = latest(run);
  const inner = new Set(tasks.flatMap((task) => (task.task.depends_on ?? []).map((dependency) => dependency.task_key)));
  const bad = tasks.filter((task) => isBad(task.code ?? 'SUCCESS'));
  const own = bad.filter((task) => task.code !== 'SKIPPED' && task.code !== 'UPSTREAM_CANCELED');
  if (!bad.some((task) => !inner.has(task.task.task_key)))
    return { code: bad.length === 0 ? 'SUCCESS' : 'SUCCESS_WITH_FAILURES', message: '' };
  const [first] = own.filter((task) => task.code !== 'USER_CANCELED').concat(own);
  if (first?.code === 'USER_CANCELED' || first?.code === 'CANCELED')
    return { code: first.code, message: first.message ?? '' };
  const skipped = bad.some((task) => task.code === 'SKIPPED')
    ? ' This caused all downstream tasks to get skipped.'
    : '';
  return {
    code: first?.code ?? 'RUN_EXECUTION_ERROR',
    message: `Task ${first?.task.task_key} failed with message: ${first?.message}.${skipped}`,
  };
}

/** Whether a task that ended so is tried again. */
export function mayRetry(task: TaskRun, code: TerminationCode): boolean {
  const max = task.task.max_retries ?? 0;
  if (code === 'SUCCESS' || code === 'USER_CANCELED') return false;
  if (code === 'CANCELED' && task.task.retry_on_timeout !== true) return false;
  return max < 0 || (task.retries ?? 0) < max;
}

function isBad(code: TerminationCode): boolean {
  return code !== 'SUCCESS' && code !== 'EXCLUDED' && code !== 'DISABLED';
}
