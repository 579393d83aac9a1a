import type { Explanation, Io } from '../../../actions/call.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath } from '../../../connector/template.ts';

type Fields = Record<string, unknown>;

/** Codes of tasks that did not fail by themselves: something else stopped them. */
const NOT_ITS_OWN = /^(SUCCESS|SUCCESS_WITH_FAILURES|UPSTREAM_\w+|EXCLUDED|CANCELED|USER_CANCELED|SKIPPED|DISABLED)$/;
/** Each page of a run holds 100 tasks, and a job at most 1,000. */
const MAX_PAGES = 10;

/**
 * The failed task's own error of a job run with tasks, from its run output: the first task that failed by itself, in its latest attempt.
 * A for-each task is entered one level, to its first failed iteration.
 */
export async function explainJobRun(last: unknown, io: Io): Promise<Explanation | undefined> {
  const task = firstFailed(await allTasks(last, io));
  if (task === undefined) return undefined;
  const iteration = task.for_each_task === undefined ? undefined : await failedIteration(task, io);
  const failed = iteration ?? task;
  const output = await get(io, '/api/2.2/jobs/runs/get-output', { run_id: failed.run_id });
  const error =
    text(readPath(output, 'error')) ??
    text(readPath(failed, 'status.termination_details.message')) ??
    text(readPath(failed, 'state.state_message'));
  if (error === undefined) return undefined;
  const name = iteration === undefined ? `task "${task.task_key}"` : `an iteration of task "${task.task_key}"`;
  const code = codeOf(failed);
  return { ...(code === undefined ? {} : { code }), message: `${name} failed: ${error}` };
}

async function allTasks(last: unknown, io: Io): Promise<Fields[]> {
  const tasks = listAt(last, 'tasks');
  let next = text(readPath(last, 'next_page_token'));
  for (let page = 1; next !== undefined && firstFailed(tasks) === undefined && page < MAX_PAGES; page += 1) {
    const body = await get(io, '/api/2.2/jobs/runs/get', { run_id: readPath(last, 'run_id'), page_token: next });
    tasks.push(...listAt(body, 'tasks'));
    next = text(readPath(body, 'next_page_token'));
  }
  return tasks;
}

async function failedIteration(task: Fields, io: Io): Promise<Fields | undefined> {
  const body = await get(io, '/api/2.2/jobs/runs/get', { run_id: task.run_id });
  return firstFailed(listAt(body, 'iterations'));
}

/** Of the tasks that failed by themselves the earliest; of its attempts the latest. */
function firstFailed(tasks: Fields[]): Fields | undefined {
  const latest = new Map<unknown, Fields>();
  for (const [index, task] of tasks.entries()) {
    const key = task.task_key ?? index;
    const known = latest.get(key);
    if (known === undefined || number(task.attempt_number) >= number(known.attempt_number)) latest.set(key, task);
  }
  return [...latest.values()]
    .filter((task) => {
      const code = codeOf(task);
      return code !== undefined && !NOT_ITS_OWN.test(code);
    })
    .toSorted((a, b) => number(a.start_time) - number(b.start_time))[0];
}

function codeOf(task: Fields): string | undefined {
  return text(readPath(task, 'status.termination_details.code')) ?? text(readPath(task, 'state.result_state'));
}

async function get(io: Io, path: string, query: Fields): Promise<unknown> {
  const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  const request = buildRequest({ method: 'GET', path, query: '*' }, { input: asked });
  return (await io.send(request, 'poll')).body;
}

function listAt(body: unknown, path: string): Fields[] {
  const list = readPath(body, path);
  return Array.isArray(list) ? list.filter((item) => item !== null && typeof item === 'object') : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}
