import { invalid, invalidState } from '../errors.ts';
import { downstream, newTask } from './launch.ts';
import type { Id, Records, Run, Task } from './records.ts';
import { latest } from './run-if.ts';

/**
 * Adds a repair to a run that has ended: new attempts of the chosen tasks, with changed parameters.
 * @throws ApiError for a run that is active, a `latest_repair_id` that is not the latest, or nothing to run again.
 */
export function repairRun(records: Records, run: Run, body: Record<string, unknown>, now: number): Id {
  if (run.state !== 'TERMINATED')
    throw invalidState(`Run ${run.run_id} is still active; it can be repaired once it has ended.`);
  const last = run.repairs.at(-1)?.id;
  if (last !== undefined && String(body.latest_repair_id) !== String(last)) {
    throw invalid(
      `'latest_repair_id' must be the id of the latest repair, ${last}; got ${body.latest_repair_id ?? 'none'}.`,
    );
  }
  const keys = tasksToRerun(run, body);
  if (keys.size === 0) throw invalid("No task to run again: give 'rerun_tasks' or 'rerun_all_failed_tasks'.");
  const again = latest(run).filter((task) => keys.has(task.task.task_key));
  const fresh = again.map((task) =>
    newTask(records, run.run_id, currentTask(records, run, task.task), task.attempt_number + 1),
  );
  const { state, code, message, start_time, end_time } = run;
  const repair = {
    id: records.nextId(),
    start_time: now,
    end_time: 0,
    task_run_ids: fresh.map((task) => task.run_id),
    before: {
      state,
      start_time,
      end_time,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    },
  };
  run.tasks.push(...fresh);
  run.repairs.push(repair);
  Object.assign(
    run.overriding_parameters,
    Object.fromEntries(Object.entries(body).filter(([name]) => /_params$/.test(name))),
  );
  for (const [name, value] of Object.entries((body.job_parameters ?? {}) as Record<string, string>)) {
    const parameter = run.job_parameters.find((item) => item.name === name);
    if (parameter === undefined) run.job_parameters.push({ name, value });
    else parameter.value = value;
  }
  Object.assign(run, { state: 'PENDING', code: undefined, message: '', end_time: 0 });
  return repair.id;
}

/** A repair uses the current settings of the job and its tasks; of one that was submitted, or is gone, those of the run. */
function currentTask(records: Records, run: Run, task: Task): Task {
  const tasks = records.jobs.get(String(run.job_id))?.settings.tasks as Task[] | undefined;
  return tasks?.find(({ task_key }) => task_key === task.task_key) ?? task;
}

const FINE = new Set(['SUCCESS', 'EXCLUDED', 'DISABLED']);

function tasksToRerun(run: Run, body: Record<string, unknown>): Set<string> {
  const tasks = latest(run);
  const keys = new Set((body.rerun_tasks as string[] | undefined) ?? []);
  for (const key of keys) {
    if (!tasks.some((task) => task.task.task_key === key))
      throw invalid(`'rerun_tasks' names the task '${key}', which this run has not.`);
  }
  if (body.rerun_all_failed_tasks === true) {
    for (const task of tasks) if (!FINE.has(task.code ?? '')) keys.add(task.task.task_key);
  }
  if (body.rerun_dependent_tasks === true) {
    const definitions = tasks.map((task) => task.task);
    for (const key of [...keys]) for (const below of downstream(definitions, key)) keys.add(below);
  }
  return keys;
}
