import { expect, test } from 'vitest';
import type { Run } from '../../engine/runs/run.ts';
import { readRun } from '../../engine/runs/runs.ts';
import { until } from '../context.ts';
import { openExamples } from './setting.ts';

/** The job that the example names. */
const JOB = '9007199254740993';
const FOLDER = '/Volumes/main/default/incoming';

/** The example, with the volume and the table that it needs. */
async function openLoading() {
  const examples = await openExamples();
  const { sql, run, create, looked, emulator } = examples;
  await sql('CREATE VOLUME main.default.incoming');
  await sql('CREATE TABLE main.default.arrived (flight_id BIGINT, delay INT)');
  const workflow = await create('load-arrived-files.json');
  await looked(workflow);
  return {
    ...examples,
    workflow,
    put: (name: string, text: string) =>
      run('databricks.upload_file', { file_path: `${FOLDER}/${name}`, text, overwrite: true }),
    loaded: async () =>
      (await sql('SELECT flight_id FROM main.default.arrived ORDER BY flight_id')).map((row) => row.flight_id),
    launches: () => emulator.requests.effects()['POST /api/2.2/jobs/run-now'] ?? 0,
  };
}

test('loads the files that arrive, once each, runs the job, and tells nobody', async () => {
  const { put, ran, workflow, loaded, launches, deliveries } = await openLoading();
  await put('a.csv', 'flight_id,delay\n1,10\n2,20\n');
  await ran(workflow, 1);
  await put('b.csv', 'flight_id,delay\n3,30\n');

  const runs = await ran(workflow, 2);

  expect(runs.map(({ status, error }) => [status, error?.message])).toEqual([
    ['succeeded', undefined],
    ['succeeded', undefined],
  ]);
  expect(await loaded()).toEqual(['1', '2', '3']);
  expect(launches()).toBe(2);
  expect(deliveries).toEqual([]);
});

test('tells of files that cannot be loaded, runs no job for them, and continues with the next', async () => {
  const { ctx, put, ran, workflow, loaded, launches, deliveries } = await openLoading();
  await put('bad.csv', 'flight_id,delay\nlate,very\n');
  const [{ id }] = (await ran(workflow, 1)) as [Run];
  const failed = await until('its page is dead-lettered', async () => {
    const run = await readRun(ctx, id);
    return run?.dead_letter === 'open' && run;
  });
  await put('good.csv', 'flight_id,delay\n1,10\n');

  const [, next] = await ran(workflow, 2);

  expect(failed.status).toBe('failed');
  expect(deliveries.map(({ path }) => path)).toEqual(['/alerts']);
  expect(deliveries[0]!.body).toEqual({
    text: expect.stringMatching(/^These files were not loaded: bad\.csv\. .*(late|CAST)/s),
    run: id,
  });
  expect(next!.status).toBe('succeeded');
  expect(await loaded()).toEqual(['1']);
  expect(launches()).toBe(1);
});

test("tells of a job that fails, with the failed task's own error, and is replayed from there", async () => {
  const { put, ran, workflow, loaded, launches, deliveries, run, penstock, emulator } = await openLoading();
  await run('databricks.update_job', { job_id: JOB, new_settings: tasks('ValueError: the disk is full') });
  await put('a.csv', 'flight_id,delay\n1,10\n');

  const [failed] = await ran(workflow, 1);
  await run('databricks.update_job', { job_id: JOB, new_settings: tasks('') });
  const replay = await penstock(['runs', 'replay', failed!.id, '--from-failed', '--wait']);

  expect(failed!.status).toBe('failed');
  expect(deliveries.map(({ body }) => body)).toEqual([
    {
      text: expect.stringMatching(/^1 rows were loaded, but the job failed\. .*ValueError: the disk is full/s),
      run: failed!.id,
    },
  ]);
  expect(replay.code).toBe(0);
  expect(launches()).toBe(2);
  expect(await loaded()).toEqual(['1']);
  expect(
    emulator.requests.list({ path: 'statements$' }).filter(({ body }) => /COPY INTO/.test(JSON.stringify(body))),
  ).toHaveLength(1);
});

/** Tasks of which the one ends with an exception of this text; none: it succeeds. */
function tasks(fail_with: string): object {
  const notebook_task = { notebook_path: '/Shared/refresh', base_parameters: { fail_with } };
  return { tasks: [{ task_key: 'refresh', notebook_task }] };
}
