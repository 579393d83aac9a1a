import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient, until } from './client.ts';
import { JOBS, jobsIn, notebook } from './jobs.ts';

describe('runs of jobs', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
  });
  afterAll(() => workspace.close());

  const { create, run, get, ended, output } = jobsIn(() => workspace);

  it('run the seeded job to success', async () => {
    const done = await ended(await run({ job_id: 9007199254740993n }));

    expect(done.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' });
    expect(done.status).toEqual({
      state: 'TERMINATED',
      termination_details: { code: 'SUCCESS', type: 'SUCCESS', message: '' },
    });
  });

  it('tell the failed task of the seeded job, and its own error in its output', async () => {
    const done = await ended(await run({ job_id: 9007199254740995n }));
    const states = Object.fromEntries(
      done.tasks.map((task: { task_key: string; state: { result_state: string } }) => [
        task.task_key,
        task.state.result_state,
      ]),
    );
    const failed = done.tasks.find((task: { task_key: string }) => task.task_key === 'load');
    const told = await output(failed.run_id);
    const whole = await workspace.send('GET', `${JOBS}/runs/get-output?run_id=${done.run_id}`);

    expect(done.state).toMatchObject({
      life_cycle_state: 'INTERNAL_ERROR',
      result_state: 'FAILED',
      state_message: expect.stringContaining(
        'Task load failed with message: Workload failed, see run output for details.',
      ),
    });
    expect(states).toEqual({ extract: 'SUCCESS', load: 'FAILED', report: 'UPSTREAM_FAILED' });
    expect(told).toMatchObject({
      error: "ValueError: column 'amount' has text in row 17",
      error_trace: expect.stringContaining('Traceback'),
      metadata: { run_id: failed.run_id },
    });
    expect([whole.status, whole.json.message]).toEqual([400, expect.stringContaining('multiple tasks')]);
  });

  it('start one run for one idempotency token, and count one effect', async () => {
    workspace.requests.clear();
    const [first, second] = [
      await run({ job_id: 9007199254740993n, idempotency_token: 'once' }),
      await run({ job_id: 9007199254740993n, idempotency_token: 'once' }),
    ];

    expect(second).toBe(first);
    expect(workspace.requests.effects()[`POST ${JOBS}/run-now`]).toBe(1);
    await ended(first);
    await workspace.send('POST', `${JOBS}/runs/delete`, { run_id: first });
    expect(
      (await workspace.send('POST', `${JOBS}/run-now`, { job_id: 9007199254740993n, idempotency_token: 'once' })).json
        .message,
    ).toContain('has been deleted');
    expect(
      (await workspace.send('POST', `${JOBS}/run-now`, { job_id: 1, idempotency_token: 'x'.repeat(65) })).json.message,
    ).toContain('idempotency_token');
  });

  it('pass job parameters to tasks', async () => {
    const job_id = await create({
      name: 'Parameters',
      parameters: [{ name: 'day', default: 'monday' }],
      tasks: [notebook('say', { result: 'It is {{job.parameters.day}}' })],
    });
    const [plain, given] = [
      await ended(await run({ job_id })),
      await ended(await run({ job_id, job_parameters: { day: 'friday' } })),
    ];
    const result = async (id: bigint) => (await output(id)).notebook_output.result;

    expect([await result(plain.run_id), await result(given.run_id)]).toEqual(['It is monday', 'It is friday']);
    expect(given.job_parameters).toEqual([{ name: 'day', default: 'monday', value: 'friday' }]);
  });

  it('run SQL in a SQL task, and give its error when it fails', async () => {
    await workspace.sql('CREATE TABLE main.default.from_job (n INT)');
    const query = (
      await workspace.send('POST', '/api/2.0/sql/queries', {
        query: { display_name: 'q', query_text: 'INSERT INTO main.default.from_job VALUES (CAST(:n AS INT))' },
      })
    ).json.id;
    const task = (parameters: object, query_id = query) => ({
      task_key: 'sql',
      sql_task: { warehouse_id: workspace.warehouseId, query: { query_id }, parameters },
    });
    const good = await ended(await run({ job_id: await create({ tasks: [task({ n: '7' })] }) }));
    const bad = await ended(await run({ job_id: await create({ tasks: [task({ n: 'seven' })] }) }));
    const missing = await ended(await run({ job_id: await create({ tasks: [task({}, 'nope')] }) }));
    const { error } = await output(bad.tasks[0].run_id);

    expect(good.state.result_state).toBe('SUCCESS');
    expect(await workspace.rows('SELECT n FROM main.default.from_job')).toEqual([['7']]);
    expect(error).toContain('[CAST_INVALID_INPUT]');
    expect(missing.tasks[0].status.termination_details.code).toBe('RESOURCE_NOT_FOUND');
  });

  it('run tasks after what they depend on, side by side where they can', async () => {
    const tasks = [
      notebook('a'),
      notebook('b', { fail_with: 'boom' }, { depends_on: [{ task_key: 'a' }] }),
      notebook('c', {}, { depends_on: [{ task_key: 'a' }] }),
      notebook('d', {}, { depends_on: [{ task_key: 'b' }, { task_key: 'c' }], run_if: 'AT_LEAST_ONE_SUCCESS' }),
    ];
    const done = await ended(await run({ job_id: await create({ tasks }) }));

    expect(
      done.tasks.map(
        (task: { task_key: string; state: { result_state: string } }) => `${task.task_key} ${task.state.result_state}`,
      ),
    ).toEqual(['a SUCCESS', 'b FAILED', 'c SUCCESS', 'd SUCCESS']);
    expect(done.state.result_state).toBe('SUCCESS_WITH_FAILURES');
  });

  it('follow the outcome of a condition, and run another job', async () => {
    const other = await create({
      tasks: [notebook('inner', { result: '{{job.parameters.x}}' })],
      parameters: [{ name: 'x', default: '1' }],
    });
    const tasks = [
      { task_key: 'is_big', condition_task: { op: 'GREATER_THAN', left: '5', right: '3' } },
      notebook('small', { fail_with: 'must not run' }, { depends_on: [{ task_key: 'is_big', outcome: 'false' }] }),
      {
        task_key: 'big',
        run_job_task: { job_id: other, job_parameters: { x: '2' } },
        depends_on: [{ task_key: 'is_big', outcome: 'true' }],
      },
    ];
    const done = await ended(await run({ job_id: await create({ tasks }) }));
    const { run_job_output: inner } = await output(done.tasks[2].run_id);

    expect(done.state.result_state).toBe('SUCCESS');
    expect((await get(inner.run_id)).json.job_parameters[0].value).toBe('2');
  });

  it('cancel a run that sleeps', async () => {
    const id = await run({
      job_id: await create({
        tasks: [
          notebook('sleep', { sleep_seconds: '60' }),
          notebook('after', {}, { depends_on: [{ task_key: 'sleep' }] }),
        ],
      }),
    });
    await until(
      () => get(id),
      (reply) => reply.json.tasks[0].status.state === 'RUNNING',
    );
    await workspace.send('POST', `${JOBS}/runs/cancel`, { run_id: id });
    const done = await ended(id);

    expect(done.state).toMatchObject({
      life_cycle_state: 'TERMINATED',
      result_state: 'CANCELED',
      user_cancelled_or_timedout: true,
    });
    expect(done.status.termination_details).toMatchObject({ code: 'USER_CANCELED', type: 'CLIENT_ERROR' });
  });

  it('queue runs beyond max_concurrent_runs, or skip them where the queue is off', async () => {
    const job = { tasks: [notebook('sleep', { sleep_seconds: '60' })] };
    const queued = await create(job);
    const skipping = await create({ ...job, queue: { enabled: false } });
    const runs = [
      await run({ job_id: queued }),
      await run({ job_id: queued }),
      await run({ job_id: skipping }),
      await run({ job_id: skipping }),
    ];
    const states = await Promise.all(runs.map(async (id) => (await get(id)).json.state.life_cycle_state));

    expect(states).toEqual(['RUNNING', 'QUEUED', 'RUNNING', 'SKIPPED']);
    expect((await get(runs[3] as bigint)).json.state.result_state).toBe('MAXIMUM_CONCURRENT_RUNS_REACHED');
    await workspace.send('POST', `${JOBS}/runs/cancel`, { run_id: runs[0] });
    await until(
      () => get(runs[1] as bigint),
      (reply) => reply.json.state.life_cycle_state === 'RUNNING',
    );
    await workspace.send('POST', `${JOBS}/runs/cancel-all`, { job_id: queued });
    await workspace.send('POST', `${JOBS}/runs/cancel-all`, { job_id: skipping });
    expect((await ended(runs[1] as bigint)).state.result_state).toBe('CANCELED');
  });

  it('repair failed tasks, and need the latest repair id for the next repair', async () => {
    const tasks = [
      notebook('a'),
      notebook('b', { fail_with: 'first time' }, { depends_on: [{ task_key: 'a' }] }),
      notebook('c', {}, { depends_on: [{ task_key: 'b' }] }),
    ];
    const id = (await ended(await run({ job_id: await create({ tasks }) }))).run_id;
    const repair = (body: object) => workspace.send('POST', `${JOBS}/runs/repair`, { run_id: id, ...body });
    const first = await repair({ rerun_all_failed_tasks: true, notebook_params: { fail_with: '' } });
    const done = await ended(id);

    expect(done.state.result_state).toBe('SUCCESS');
    expect(
      done.tasks
        .filter((task: { attempt_number: number }) => task.attempt_number === 1)
        .map((task: { task_key: string }) => task.task_key),
    ).toEqual(['b', 'c']);
    expect(done.repair_history.map((item: { type: string; id: unknown }) => [item.type, item.id])).toEqual([
      ['ORIGINAL', 0],
      ['REPAIR', first.json.repair_id],
    ]);
    expect((await repair({ rerun_tasks: ['a'] })).json.message).toContain('latest_repair_id');
    expect((await repair({ rerun_tasks: ['a'], latest_repair_id: first.json.repair_id })).status).toBe(200);
    await ended(id);
  });

  it('submit one-time runs', async () => {
    const { json } = await workspace.send('POST', `${JOBS}/runs/submit`, {
      run_name: 'Once',
      tasks: [notebook('only', { result: '42' })],
      idempotency_token: 'submit',
    });
    const again = await workspace.send('POST', `${JOBS}/runs/submit`, {
      run_name: 'Once',
      tasks: [notebook('only')],
      idempotency_token: 'submit',
    });
    const done = await ended(json.run_id);

    expect(again.json.run_id).toBe(json.run_id);
    expect(done).toMatchObject({ run_name: 'Once', run_type: 'SUBMIT_RUN' });
    expect((await workspace.send('GET', `${JOBS}/runs/list?run_type=SUBMIT_RUN`)).json.runs).toHaveLength(1);
  });

  it('retry a task, and time one out', async () => {
    const retried = await ended(
      await run({ job_id: await create({ tasks: [notebook('again', { fail_with: 'x' }, { max_retries: 2 })] }) }),
    );
    const late = await ended(
      await run({ job_id: await create({ timeout_seconds: 1, tasks: [notebook('slow', { sleep_seconds: '60' })] }) }),
    );

    expect(retried.tasks.map((task: { attempt_number: number }) => task.attempt_number)).toEqual([0, 1, 2]);
    expect(new Set(retried.tasks.map((task: { run_id: bigint }) => task.run_id)).size).toBe(3);
    expect(late.state).toMatchObject({ result_state: 'TIMEDOUT', user_cancelled_or_timedout: true });
  });
});
