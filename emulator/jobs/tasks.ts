import { isObject } from '../json.ts';
import { rowsOf } from '../statements/answers.ts';
import type { Identity } from '../tokens.ts';
import { wait } from '../workspace.ts';
import { runForEach } from './for-each.ts';
import type { Run, Task, TaskOutput, TaskRun } from './records.ts';
import { resolve, resolveAll, type Scope } from './references.ts';
import type { Outcome, TaskIo } from './task-io.ts';

/** Rows of a SQL task that later tasks may refer to. */
const MAX_ROWS = 1000;

const WORKLOAD_FAILED = 'Workload failed, see run output for details';

/**
 * Does the work of a task once.
 * A notebook does what its parameters tell: `task_values` (a JSON object) sets task values, `sleep_seconds` waits, then `fail_with`
 * (the exception's text) or `result` (its exit value).
 * Other kinds of code succeed at once, after `sleep_seconds` if they have such a named parameter.
 */
export async function runTask(
  run: Run,
  taskRun: TaskRun,
  io: TaskIo,
  identity: Identity,
  signal: AbortSignal,
): Promise<Outcome> {
  const { task } = taskRun;
  const scope: Scope = { run, task: taskRun, workspace: io.workspace };
  if (task.sql_task !== undefined) return runSqlTask(taskRun, scope, io, identity, signal);
  if (task.condition_task !== undefined) return runCondition(taskRun, task.condition_task, scope);
  if (task.for_each_task !== undefined) return runForEach(run, taskRun, io, identity, signal);
  if (task.run_job_task !== undefined) {
    const parameters = resolveAll(task.run_job_task.job_parameters ?? {}, scope);
    taskRun.resolved = { run_job_task: { job_parameters: parameters } };
    const { runId, code, message } = await io.runJob(
      { jobId: task.run_job_task.job_id, parameters, by: taskRun.run_id },
      signal,
    );
    const output = { run_job_output: { run_id: runId } };
    return code === 'SUCCESS'
      ? { code, message: '', output }
      : {
          code: 'RUN_EXECUTION_ERROR',
          message: `Run job task failed: ${message}`,
          output: { ...output, error: message },
        };
  }
  const parameters = parametersOf(run, task, scope);
  if (task.notebook_task !== undefined) taskRun.resolved = { notebook_task: { base_parameters: parameters } };
  const values = readValues(parameters.task_values);
  if (values !== undefined) taskRun.output.values = values;
  const sleep = Number(parameters.sleep_seconds ?? 0);
  if (sleep > 0) await wait(sleep * 1000, signal);
  if (parameters.fail_with === undefined || parameters.fail_with === '') {
    return {
      code: 'SUCCESS',
      message: '',
      output:
        task.notebook_task === undefined
          ? {}
          : {
              notebook_output: {
                ...(parameters.result === undefined ? {} : { result: parameters.result }),
                truncated: false,
              },
            },
    };
  }
  return { code: 'RUN_EXECUTION_ERROR', message: WORKLOAD_FAILED, output: failureOf(task, parameters.fail_with) };
}

async function runSqlTask(
  taskRun: TaskRun,
  scope: Scope,
  io: TaskIo,
  identity: Identity,
  signal: AbortSignal,
): Promise<Outcome> {
  const { run } = scope;
  const { task } = taskRun;
  const statement = io.queryText(task);
  if (statement === undefined) {
    const message = `The SQL query or file of task ${task.task_key} does not exist.`;
    return { code: 'RESOURCE_NOT_FOUND', message, output: { error: message } };
  }
  const warehouse_id = task.sql_task?.warehouse_id ?? '';
  const named = {
    ...Object.fromEntries(
      run.job_parameters.map((parameter) => [parameter.name, parameter.value ?? parameter.default ?? '']),
    ),
    ...resolveAll(task.sql_task?.parameters ?? {}, scope),
    ...(run.overriding_parameters.sql_params as Record<string, string> | undefined),
  };
  taskRun.resolved = { sql_task: { parameters: named } };
  const parameters = Object.entries(named).map(([name, value]) => ({ name, value }));
  const done = await io.sql({ statement, warehouse_id, parameters }, identity, signal);
  const { id, error } = done;
  const sql_output = {
    query_output: { query_text: statement, warehouse_id, sql_statements: [{ lookup_key: id }] },
  };
  if (error === undefined) {
    const names = (done.result?.columns ?? []).map((column) => column.name);
    const rows = await rowsOf(done, MAX_ROWS);
    const byName = rows.map((row) => Object.fromEntries(row.map((cell, index) => [names[index], cell])));
    return { code: 'SUCCESS', message: '', output: { sql_output, rows: byName } };
  }
  return { code: 'RUN_EXECUTION_ERROR', message: WORKLOAD_FAILED, output: { sql_output, error: error.message } };
}

function runCondition(taskRun: TaskRun, condition: NonNullable<Task['condition_task']>, scope: Scope): Outcome {
  const [left, right] = [resolve(condition.left, scope), resolve(condition.right, scope)];
  taskRun.resolved = { condition_task: { left, right } };
  const [a, b] = [Number(left), Number(right)];
  const holds =
    {
      EQUAL_TO: left === right,
      NOT_EQUAL: left !== right,
      GREATER_THAN: a > b,
      GREATER_THAN_OR_EQUAL: a >= b,
      LESS_THAN: a < b,
      LESS_THAN_OR_EQUAL: a <= b,
    }[condition.op] ?? false;
  return { code: 'SUCCESS', message: '', output: { outcome: holds ? 'true' : 'false' } };
}

// the newest word wins: task, job parameters, then what the run was started with
function parametersOf(run: Run, task: Task, scope: Scope): Record<string, string> {
  const wheel = (task.python_wheel_task as { named_parameters?: Record<string, string> } | undefined)?.named_parameters;
  const own = resolveAll(task.notebook_task?.base_parameters ?? wheel ?? {}, scope);
  const job = Object.fromEntries(
    run.job_parameters.map((parameter) => [parameter.name, parameter.value ?? parameter.default ?? '']),
  );
  return { ...own, ...job, ...(run.overriding_parameters.notebook_params as Record<string, string> | undefined) };
}

function readValues(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const values: unknown = JSON.parse(text);
    return isObject(values) ? values : undefined;
  } catch {
    return undefined;
  }
}

function failureOf(task: Task, text: string): TaskOutput {
  const type = /^(\w*(?:Error|Exception)): /.exec(text)?.[1] ?? 'Exception';
  const message = text.startsWith(`${type}: `) ? text.slice(type.length + 2) : text;
  const path = task.notebook_task?.notebook_path ?? task.task_key;
  const error_trace = `---------------------------------------------------------------------------\n${type}                                 Traceback (most recent call last)\nFile ${path}, line 1\n----> 1 raise ${type}(${JSON.stringify(message)})\n\n${type}: ${message}`;
  return { error: `${type}: ${message}`, error_trace };
}
