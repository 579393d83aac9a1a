import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';
import { JOBS, jobsIn, notebook } from './jobs.ts';

interface TaskView {
  task_key: string;
  run_id: bigint;
  attempt_number: number;
  state: { result_state: string; life_cycle_state: string };
  status: { state: string; termination_details: { code: string } };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  [other: string]: any;
}

describe('the flow of a run', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
  });
  afterAll(() => workspace.close());

  const { create, run, ended, output } = jobsIn(() => workspace);
  const follow = (...keys: string[]) => ({ depends_on: keys.map((task_key) => ({ task_key })) });
  const send = (method: string, path: string, body?: unknown) => workspace.send(method, `${JOBS}/${path}`, body);
  const perform = async (settings: object, more: object = {}) => {
    return ended(await run({ job_id: await create(settings), ...more }));
  };
  const results = (run: { tasks: TaskView[] }) =>
    Object.fromEntries(run.tasks.map((task) => [task.task_key, task.state.result_state]));

  it('excludes the branch that a condition does not take, with what depends on it alone', async () => {
    const run = await perform({
      tasks: [
        { task_key: 'is_big', condition_task: { op: 'GREATER_THAN', left: '5', right: '3' } },
        notebook('small', {}, { depends_on: [{ task_key: 'is_big', outcome: 'false' }] }),
        notebook('after_small', {}, follow('small')),
        notebook('big', {}, { depends_on: [{ task_key: 'is_big', outcome: 'true' }] }),
        notebook('both', {}, { ...follow('after_small', 'big'), run_if: 'NONE_FAILED' }),
      ],
    });

    expect(results(run)).toEqual({
      is_big: 'SUCCESS',
      small: 'EXCLUDED',
      after_small: 'EXCLUDED',
      big: 'SUCCESS',
      both: 'SUCCESS',
    });
    expect(run.tasks[1].status.termination_details.code).toBe('SKIPPED');
    expect(run.state.result_state).toBe('SUCCESS');
  });

  it.each([
    ['ALL_SUCCESS', 'UPSTREAM_FAILED', 'SUCCESS'],
    ['ALL_DONE', 'SUCCESS', 'SUCCESS'],
    ['NONE_FAILED', 'UPSTREAM_FAILED', 'SUCCESS'],
    ['AT_LEAST_ONE_SUCCESS', 'SUCCESS', 'SUCCESS'],
    ['ALL_FAILED', 'EXCLUDED', 'EXCLUDED'],
    ['AT_LEAST_ONE_FAILED', 'SUCCESS', 'EXCLUDED'],
  ])('run_if %s: %s after one failure of two, %s after none', async (run_if, mixed, good) => {
    const tasks = (fail_with: string) => [
      notebook('a', { fail_with }),
      notebook('b'),
      notebook('c', {}, { ...follow('a', 'b'), run_if }),
    ];

    expect(results(await perform({ tasks: tasks('no') })).c).toBe(mixed);
    expect(results(await perform({ tasks: tasks('') })).c).toBe(good);
  });

  it('tells each attempt of a task as an entry of its own, and retries a timeout only when asked to', async () => {
    const run = await perform({
      tasks: [
        notebook('fails', { fail_with: 'x' }, { max_retries: 1 }),
        notebook('late', { sleep_seconds: '60' }, { timeout_seconds: 1, max_retries: 1 }),
      ],
    });
    const attempts = run.tasks.filter((task: TaskView) => task.task_key === 'fails');

    expect(attempts.map((task: TaskView) => [task.attempt_number, task.state.result_state])).toEqual([
      [0, 'FAILED'],
      [1, 'FAILED'],
    ]);
    expect(attempts[0].run_id).not.toBe(attempts[1].run_id);
    expect((await output(attempts[0].run_id)).error).toContain('x');
    expect(run.tasks.filter((task: TaskView) => task.task_key === 'late')).toHaveLength(1);
  });

  it('runs a for-each task once for each input, and tells its iterations page by page', async () => {
    const run = await perform({
      tasks: [
        {
          task_key: 'each',
          for_each_task: {
            inputs: JSON.stringify(Array.from({ length: 120 }, (_, n) => ({ n }))),
            concurrency: 20,
            task: notebook('inner', { result: 'got {{input.n}}' }),
          },
        },
      ],
    });
    const [each] = run.tasks;
    const first = (await send('GET', `runs/get?run_id=${each.run_id}`)).json;
    const second = (await send('GET', `runs/get?run_id=${each.run_id}&page_token=${first.next_page_token}`)).json;

    expect([first.iterations.length, second.iterations.length]).toEqual([100, 20]);
    expect((await output(second.iterations[19].run_id)).notebook_output.result).toBe('got 119');
    expect(each.for_each_task.stats.task_run_stats).toEqual({
      total_iterations: 120,
      scheduled_iterations: 120,
      active_iterations: 0,
      completed_iterations: 120,
      succeeded_iterations: 120,
      failed_iterations: 0,
    });
  });

  it('fails a for-each task with an iteration that fails after its retries', async () => {
    const run = await perform({
      tasks: [
        {
          task_key: 'each',
          for_each_task: {
            inputs: '["", "broken"]',
            task: notebook('inner', { fail_with: '{{input}}' }, { max_retries: 1 }),
          },
        },
      ],
    });
    const { iterations } = (await send('GET', `runs/get?run_id=${run.tasks[0].run_id}`)).json;

    expect(run.tasks[0].state.result_state).toBe('FAILED');
    expect(iterations.map((item: TaskView) => [item.attempt_number, item.state.result_state])).toEqual([
      [0, 'SUCCESS'],
      [0, 'FAILED'],
      [1, 'FAILED'],
    ]);
    expect(run.tasks[0].for_each_task.stats).toMatchObject({
      task_run_stats: { total_iterations: 2, succeeded_iterations: 1, failed_iterations: 1 },
      error_message_stats: [{ count: 1 }],
    });
  });

  it('replaces dynamic value references', async () => {
    const text =
      '{{job.id}}|{{job.name}}|{{job.run_id}}|{{job.start_time.iso_date}}|{{job.trigger.type}}|{{job.repair_count}}|{{task.name}}|{{task.run_id}}|{{task.execution_count}}|{{tasks.a.values.x}}|{{tasks.a.result_state}}|{{workspace.id}}|{{nothing.known}}';
    const run = await perform({
      name: 'References',
      tasks: [notebook('a', { task_values: '{"x": 7}' }), notebook('b', { result: text }, follow('a'))],
    });
    const b = run.tasks[1];
    const day = new Date(run.start_time).toISOString().slice(0, 10);

    const expected = `${run.job_id}|References|${run.run_id}|${day}|manual|0|b|${b.run_id}|1|7|success|1234567890123456|{{nothing.known}}`;
    expect((await output(b.run_id)).notebook_output.result).toBe(expected);
    expect(b.resolved_values.notebook_task.base_parameters.result).toBe(expected);
  });

  it('hands the rows of a SQL task to a for-each task', async () => {
    const query = { display_name: 'rows', query_text: "SELECT * FROM VALUES ('a'), ('b') AS t(name) ORDER BY name" };
    const query_id = (await workspace.send('POST', '/api/2.0/sql/queries', { query })).json.id;
    const inner = notebook('inner', { result: '{{input.name}} after {{tasks.sql.output.first_row.name}}' });
    const run = await perform({
      tasks: [
        { task_key: 'sql', sql_task: { warehouse_id: workspace.warehouseId, query: { query_id } } },
        { task_key: 'each', for_each_task: { inputs: '{{tasks.sql.output.rows}}', task: inner }, ...follow('sql') },
      ],
    });
    const { iterations } = (await send('GET', `runs/get?run_id=${run.tasks[1].run_id}`)).json;
    const results = await Promise.all(
      iterations.map(async (item: TaskView) => (await output(item.run_id)).notebook_output.result),
    );

    expect(results).toEqual(['a after a', 'b after a']);
  });

  it('skips every run of a job that allows none at once', async () => {
    const run = await perform({ max_concurrent_runs: 0, tasks: [notebook('a')] });

    expect(run.state.life_cycle_state).toBe('SKIPPED');
  });

  it('tells the state of a run and of each of its repairs', async () => {
    const run = await perform({ tasks: [notebook('a', { fail_with: 'first' })] });
    await send('POST', 'runs/repair', { run_id: run.run_id, rerun_tasks: ['a'], notebook_params: { fail_with: '' } });
    const { repair_history } = await ended(run.run_id);

    expect(repair_history.map(({ type, state, status }: TaskView) => [type, state.result_state, status.state])).toEqual(
      [
        ['ORIGINAL', 'FAILED', 'TERMINATED'],
        ['REPAIR', 'SUCCESS', 'TERMINATED'],
      ],
    );
  });

  it('fills in what the service fills in', async () => {
    const job_id = await create({ tasks: [notebook('a')] });
    const { settings, ...job } = (await send('GET', `get?job_id=${job_id}`)).json;

    expect(job).toMatchObject({ creator_user_name: 'admin@example.com', run_as_user_name: 'admin@example.com' });
    expect(settings).toMatchObject({ format: 'MULTI_TASK', max_concurrent_runs: 1, timeout_seconds: 0 });
    expect(settings.tasks[0]).toMatchObject({
      run_if: 'ALL_SUCCESS',
      timeout_seconds: 0,
      email_notifications: {},
      notebook_task: { source: 'WORKSPACE' },
    });
  });

  it.each([
    ['a cycle', [notebook('a', {}, follow('b')), notebook('b', {}, follow('a'))], 'cycle: a -> b -> a'],
    ['a task after itself', [notebook('a', {}, follow('a'))], 'cycle'],
    ['an unknown job cluster', [notebook('a', {}, { job_cluster_key: 'none' })], 'job_cluster_key'],
    ['an unknown environment', [notebook('a', {}, { environment_key: 'none' })], 'environment_key'],
    [
      'an outcome of a task that is no condition',
      [notebook('a'), notebook('b', {}, { depends_on: [{ task_key: 'a', outcome: 'true' }] })],
      'not a condition task',
    ],
    [
      'inputs that are no list',
      [{ task_key: 'a', for_each_task: { inputs: '{}', task: notebook('b') } }],
      'for_each_task.inputs',
    ],
    [
      'two kinds of compute',
      [notebook('a', {}, { existing_cluster_id: 'x', new_cluster: { spark_version: '17.3.x-scala2.13' } })],
      'may have one of',
    ],
  ])('refuses %s', async (_what, tasks, named) => {
    for (const [operation, body] of [
      ['create', { tasks }],
      ['runs/submit', { tasks }],
    ] as const) {
      const { status, json } = await send('POST', operation, body);
      expect([status, json.error_code, json.message]).toEqual([
        400,
        'INVALID_PARAMETER_VALUE',
        expect.stringContaining(named),
      ]);
    }
  });

  it.each([
    ['a schedule that is no cron expression', { schedule: { quartz_cron_expression: 'daily', timezone_id: 'UTC' } }],
    ['a time zone that does not exist', { schedule: { quartz_cron_expression: '0 0 1 * * ?', timezone_id: 'Mars' } }],
    ['a git source without provider', { git_source: { git_url: 'https://example.com/x.git' } }],
  ])('refuses %s', async (_what, settings) => {
    expect((await send('POST', 'create', { tasks: [notebook('a')], ...settings })).status).toBe(400);
  });
});
