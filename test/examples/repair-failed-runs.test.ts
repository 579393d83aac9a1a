import { expect, test } from 'vitest';
import { jobsOf } from './jobs.ts';
import { openExamples } from './setting.ts';

/** "Load orders" of the emulator, whose second task fails each time, and "Refresh daily totals", which succeeds. */
const [FAILING, GOOD] = ['9007199254740995', '9007199254740993'];

async function openRepairs() {
  const examples = await openExamples();
  const { create, looked } = examples;
  const workflow = await create('repair-failed-runs.json');
  await looked(workflow);
  return {
    ...examples,
    workflow,
    ...jobsOf(examples),
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
