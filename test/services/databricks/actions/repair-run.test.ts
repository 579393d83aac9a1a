import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { actionOf, callOf, openBench, runToEnd, useEmulator } from '../../../actions/harness.ts';

const emulator = useEmulator({ repairLagMs: 300 });
const BROKEN = {
  task_key: 'load',
  notebook_task: { notebook_path: '/Shared/x', base_parameters: { fail_with: 'no disk' } },
};

async function run(id: string, input: object, options: object = {}) {
  const action = await actionOf(id);
  const bench = openBench(emulator());
  const { output } = await runToEnd(
    action,
    callOf(action, input, { options, run: { id: 'run_1', token: randomUUID() } }),
    bench,
  );
  return { output: output as Record<string, string>, bench };
}

/** A run whose one task has failed. */
async function failedRun(name: string): Promise<string> {
  const { job_id } = (await run('databricks.create_job', { name, tasks: [BROKEN] })).output;
  const wait = { wait_for_completion: true };
  await expect(run('databricks.run_job', { job_id }, wait)).rejects.toMatchObject({ code: 'ERR_REMOTE_FAILED' });
  const { runs } = (await run('databricks.list_runs', { job_id })).output as unknown as { runs: { run_id: string }[] };
  return runs[0]!.run_id;
}

const wait = { wait_for_completion: true, timeout_seconds: 86_400 };
const GOOD = { rerun_all_failed_tasks: true, notebook_params: { fail_with: '' } };

test('waits for the result of the repair while the service still reports the earlier one', async () => {
  const run_id = await failedRun('repaired');

  const { output } = await run('databricks.repair_run', { run_id, ...GOOD }, wait);

  expect(output).toMatchObject({ run_id, state: 'TERMINATED', outcome: 'SUCCESS', repair_id: expect.any(String) });
});

test('tells the failure of the repair itself', async () => {
  const run_id = await failedRun('repaired in vain');
  const bad = { run_id, rerun_all_failed_tasks: true, notebook_params: { fail_with: 'still no disk' } };

  await expect(run('databricks.repair_run', bad, wait)).rejects.toMatchObject({
    code: 'ERR_REMOTE_FAILED',
    message: expect.stringContaining('still no disk'),
  });
});

test('finds the repair before it by itself, any number of times', async () => {
  const run_id = await failedRun('repaired again and again');
  const bad = { run_id, rerun_all_failed_tasks: true };
  await expect(run('databricks.repair_run', bad, wait)).rejects.toMatchObject({ code: 'ERR_REMOTE_FAILED' });
  await expect(run('databricks.repair_run', bad, wait)).rejects.toMatchObject({ code: 'ERR_REMOTE_FAILED' });

  const { output, bench } = await run('databricks.repair_run', { run_id, ...GOOD }, wait);

  expect(output.outcome).toBe('SUCCESS');
  expect(bench.events.filter((event) => /POST .*repair$/.test(event))).toHaveLength(1);
  expect(bench.events.indexOf('launching')).toBeLessThan(bench.events.indexOf('start POST /api/2.2/jobs/runs/repair'));
});

test('launches at once without a wait', async () => {
  const run_id = await failedRun('repaired without a wait');

  const { output } = await run('databricks.repair_run', { run_id, ...GOOD });

  expect(output).toMatchObject({ run_id, repair_id: expect.any(String) });
});
