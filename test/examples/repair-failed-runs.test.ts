import { expect, test } from 'vitest';
import { openExamples } from './setting.ts';

/** "Load orders" of the emulator, whose second task fails each time, and "Refresh daily totals", which succeeds. */
const [FAILING, GOOD] = ['9007199254740995', '9007199254740993'];

async function openRepairs() {
  const examples = await openExamples();
  const { create, looked, run, emulator } = examples;
  const workflow = await create('repair-failed-runs.json');
  await looked(workflow);
  return {
    ...examples,
    workflow,
    /** A run of a job, at its end. @returns its id */
    async runJob(job_id: string): Promise<string> {
      const { launches } = await run('databricks.run_job', { job_id }, { wait_for_completion: true });
      return String((launches[0]!.handle as { run_id: unknown }).run_id);
    },
    /** A job whose one task asks this. @returns its id */
    async jobOfQuery(query_text: string): Promise<string> {
      const query = await run('databricks.http_request', {
        method: 'POST',
        path: '/api/2.0/sql/queries',
        body: { query: { query_text } },
      });
      const { id } = (query.output as { body: { id: string } }).body;
      const sql_task = { query: { query_id: id }, warehouse_id: emulator.warehouseId };
      const job = await run('databricks.create_job', { name: 'Count', tasks: [{ task_key: 'count', sql_task }] });
      return (job.output as { job_id: string }).job_id;
    },
    repairs: () => emulator.requests.effects()['POST /api/2.2/jobs/runs/repair'] ?? 0,
  };
}

test('repairs a run whose cause is gone, and reports it', async () => {
  const { runJob, jobOfQuery, sql, penstock, ran, workflow, deliveries, repairs } = await openRepairs();
  const job = await jobOfQuery('SELECT count(*) FROM main.default.late_table');
  await penstock(['workflows', 'pause', workflow]);
  await runJob(GOOD);
  const failed = await runJob(job);
  await sql('CREATE TABLE main.default.late_table (id INT)');
  await penstock(['workflows', 'resume', workflow]);

  const runs = await ran(workflow, 1);

  expect(runs.map(({ status }) => status)).toEqual(['succeeded']);
  expect(repairs()).toBe(1);
  expect(deliveries.map(({ body }) => body)).toEqual([
    { job: 'Count', run_id: failed, was: 'FAILED', repaired: true, page: expect.any(String) },
  ]);
});

test('repairs a run that fails again only once, and reports that it is not repaired', async () => {
  const { runJob, ran, workflow, deliveries, repairs } = await openRepairs();
  const failed = await runJob(FAILING);
  await ran(workflow, 1);

  await ran(workflow, 2);

  expect(repairs()).toBe(1);
  expect(deliveries.map(({ body }) => body)).toEqual([
    {
      job: 'Load orders',
      run_id: failed,
      was: 'FAILED',
      repaired: false,
      error: expect.stringContaining("column 'amount' has text in row 17"),
      page: expect.stringContaining(`/run/${failed}`),
    },
  ]);
});
