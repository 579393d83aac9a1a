import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';
import { JOBS, jobsIn, notebook } from './jobs.ts';

describe('jobs', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
  });
  afterAll(() => workspace.close());

  const { create, run } = jobsIn(() => workspace);

  it('keep ids above 2^53 exact on the wire', async () => {
    const text = (await workspace.send('GET', `${JOBS}/list`)).text;
    const id = await run({ job_id: '9007199254740993' });

    expect(text).toContain('"job_id":9007199254740993');
    expect(id % 2n).toBe(1n);
    expect((await workspace.send('GET', `${JOBS}/runs/get?run_id=${id}`)).text).toContain(`"run_id":${id},`);
  });

  it('update by merging lists by key, and reset everything', async () => {
    const job_id = await create({ name: 'Old', tags: { a: '1' }, tasks: [notebook('a'), notebook('b')] });
    const settings = async () => (await workspace.send('GET', `${JOBS}/get?job_id=${job_id}`)).json.settings;
    await workspace.send('POST', `${JOBS}/update`, {
      job_id,
      new_settings: { name: 'New', tasks: [notebook('b', { x: '1' })] },
      fields_to_remove: ['tags'],
    });
    const updated = await settings();
    await workspace.send('POST', `${JOBS}/reset`, { job_id, new_settings: { name: 'Fresh', tasks: [notebook('z')] } });

    expect([
      updated.name,
      updated.tags,
      updated.tasks.map((task: { task_key: string }) => task.task_key),
      updated.tasks[1].notebook_task.base_parameters,
    ]).toEqual(['New', undefined, ['a', 'b'], { x: '1' }]);
    expect([(await settings()).name, (await settings()).tasks.length]).toEqual(['Fresh', 1]);
    await workspace.send('POST', `${JOBS}/delete`, { job_id });
    expect((await workspace.send('GET', `${JOBS}/get?job_id=${job_id}`)).json).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Job ${job_id} does not exist.`,
    });
  });

  it('page jobs, runs and tasks', async () => {
    const job_id = await create({
      name: 'Wide',
      tasks: Array.from({ length: 150 }, (_, index) => notebook(`t${index}`)),
    });
    const first = (await workspace.send('GET', `${JOBS}/get?job_id=${job_id}`)).json;
    const second = (await workspace.send('GET', `${JOBS}/get?job_id=${job_id}&page_token=${first.next_page_token}`))
      .json;
    expect([first.settings.tasks.length, second.settings.tasks.length, second.next_page_token]).toEqual([
      100,
      50,
      undefined,
    ]);

    for (let count = 0; count < 5; count += 1) await create({ name: `Small ${count}`, tasks: [notebook('a')] });
    const seen: bigint[] = [];
    for (let token = ''; ; ) {
      const { json } = await workspace.send('GET', `${JOBS}/list?limit=3${token}`);
      seen.push(...json.jobs.map((job: { job_id: bigint }) => job.job_id));
      expect(json.has_more).toBe(json.next_page_token !== undefined);
      if (json.next_page_token === undefined) break;
      token = `&page_token=${json.next_page_token}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(5);
    const expanded = (await workspace.send('GET', `${JOBS}/list?name=wide&expand_tasks=true`)).json.jobs;
    expect([expanded.length, expanded[0].settings.tasks.length, expanded[0].has_more]).toEqual([1, 100, true]);
  });

  it.each([
    ['create', { tasks: [{ task_key: 'a' }] }, 'nothing to do'],
    [
      'create',
      {
        tasks: [
          { task_key: 'a', notebook_task: { notebook_path: '/x' } },
          { task_key: 'a', notebook_task: { notebook_path: '/x' } },
        ],
      },
      'given twice',
    ],
    [
      'create',
      { tasks: [{ task_key: 'a', notebook_task: { notebook_path: '/x' }, depends_on: [{ task_key: 'z' }] }] },
      "depends on 'z'",
    ],
    ['create', { tasks: [{ task_key: 'a', notebook_task: {} }] }, 'tasks[0].notebook_task.notebook_path'],
    ['create', { tasks: [{ task_key: 'a', notebook: {} }] }, "Unknown field 'tasks[0].notebook'"],
    ['create', { max_concurrent_runs: '1' }, 'max_concurrent_runs'],
    ['run-now', { job_id: 1 }, 'Job 1 does not exist.'],
    ['run-now', { job_id: 1.5 }, 'job_id'],
    ['run-now', { job_id: '9007199254740993', jar_params: ['a'], notebook_params: { a: 'b' } }, 'jar_params'],
    ['run-now', { job_id: '9007199254740993', only: ['nope'] }, 'nope'],
    ['runs/cancel', { run_id: 5 }, 'Run 5 does not exist.'],
  ])('refuse %s %j', async (operation, body, named) => {
    const { status, json } = await workspace.send('POST', `${JOBS}/${operation}`, body);

    expect([status, json.message]).toEqual([400, expect.stringContaining(named)]);
  });
});
