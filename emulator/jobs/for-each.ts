import type { Identity } from '../tokens.ts';
import { readInputs } from './checks.ts';
import type { Run, TaskRun } from './records.ts';
import { resolve } from './references.ts';
import { mayRetry } from './run-if.ts';
import type { Outcome, TaskIo } from './task-io.ts';

/** Runs the inner task of a for-each task once for each input, `concurrency` at a time; iterations that had ended before a restart stay. */
export async function runForEach(
  run: Run,
  taskRun: TaskRun,
  io: TaskIo,
  identity: Identity,
  signal: AbortSignal,
): Promise<Outcome> {
  const {
    inputs,
    task: inner,
    concurrency = 1,
  } = taskRun.task.for_each_task as NonNullable<TaskRun['task']['for_each_task']>;
  let values: unknown[];
  try {
    values = readInputs(resolve(inputs, { run, task: taskRun, workspace: io.workspace }), taskRun.task.task_key);
  } catch (error) {
    return { code: 'INVALID_RUN_CONFIGURATION', message: (error as Error).message, output: {} };
  }
  taskRun.total = values.length;
  taskRun.iterations ??= [];
  const add = (index: number, number: number, retries = 0): TaskRun => {
    const iteration = io.newTask(run, { ...inner }, number);
    Object.assign(iteration, { iteration: index, input: values[index], retries, state: 'PENDING' });
    taskRun.iterations?.push(iteration);
    return iteration;
  };
  const before = latestIterations(taskRun);
  const waiting = values.map((_, index) => before[index] ?? add(index, 0));
  io.save(run);

  let failure: string | undefined;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      while (next.state !== 'TERMINATED' && !signal.aborted) {
        const outcome: Outcome | 'closing' = await io.attempt(run, next, identity, signal);
        if (outcome === 'closing') return;
        if (mayRetry(next, outcome.code))
          next = add(next.iteration ?? 0, next.attempt_number + 1, (next.retries ?? 0) + 1);
      }
      if (next.state === 'TERMINATED' && next.code !== 'SUCCESS') failure ??= next.message ?? '';
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, work));
  if (signal.aborted && !io.workspace.closing.aborted) endRest(latestIterations(taskRun), io.workspace.now());
  signal.throwIfAborted();
  if (failure === undefined) return { code: 'SUCCESS', message: '', output: {} };
  return { code: 'RUN_EXECUTION_ERROR', message: `Iterations of the task failed: ${failure}`, output: {} };
}

/** The latest run of each input. */
export function latestIterations(task: TaskRun): TaskRun[] {
  const found: TaskRun[] = [];
  for (const item of task.iterations ?? []) found[item.iteration ?? 0] = item;
  return found;
}

function endRest(iterations: TaskRun[], now: number): void {
  for (const item of iterations.filter(({ state }) => state !== 'TERMINATED'))
    Object.assign(item, { state: 'TERMINATED', code: 'USER_CANCELED', message: 'Run cancelled.', end_time: now });
}
