import type { Examples } from './setting.ts';

/** Runs of jobs in the workspace of the examples. */
export function jobsOf({ run, emulator }: Pick<Examples, 'run' | 'emulator'>) {
  return {
    /** A run of a job, at its end. @returns its id */
    async runJob(job_id: string): Promise<string> {
      const { launches } = await run('databricks.run_job', { job_id }, { wait_for_completion: true });
      return String((launches[0]!.handle as { run_id: unknown }).run_id);
    },
    /** A job whose one task asks this. @returns its id */
    async jobOfQuery(query_text: string, name = 'Count'): Promise<string> {
      const query = await run('databricks.http_request', {
        method: 'POST',
        path: '/api/2.0/sql/queries',
        body: { query: { query_text } },
      });
      const { id } = (query.output as { body: { id: string } }).body;
      const sql_task = { query: { query_id: id }, warehouse_id: emulator.warehouseId };
      const job = await run('databricks.create_job', { name, tasks: [{ task_key: 'count', sql_task }] });
      return (job.output as { job_id: string }).job_id;
    },
    repairs: () => emulator.requests.effects()['POST /api/2.2/jobs/runs/repair'] ?? 0,
  };
}
