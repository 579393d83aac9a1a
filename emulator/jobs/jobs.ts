import type { Access } from '../access.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { completeSettings, definitionRoutes } from './definitions.ts';
import { createEngine } from './engine.ts';
import { launch } from './launch.ts';
import { type Job, type JobSettings, openRecords, type Records, type TerminationCode } from './records.ts';
import { runRoutes } from './runs.ts';
import type { TaskIo } from './task-io.ts';

/** Jobs and runs. */
export interface Jobs {
  routes: Route[];
  has(id: string): boolean;
  /** Configurations of the new clusters of each job, by job id. */
  newClusters(): Map<string, Record<string, unknown>[]>;
  creatorOf(id: string): string | undefined;
  /** Takes up runs that a restart interrupted. */
  resume(): void;
}

/** Opens jobs; two sample jobs are made when there is none. */
export function createJobs(workspace: Workspace, access: Access, io: Pick<TaskIo, 'sql' | 'queryText'>): Jobs {
  const records = openRecords(workspace.store);
  if (records.jobs.size === 0) seed(workspace, records);

  const runJob: TaskIo['runJob'] = async ({ jobId, parameters, by }, signal) => {
    const job = records.jobs.get(String(jobId));
    if (job === undefined) throw new Error(`Job ${jobId} does not exist.`);
    const order = {
      job,
      settings: job.settings,
      body: { job_parameters: parameters },
      by,
      identity: workspace.admin,
      now: workspace.now(),
    };
    const run = launch(records, engine, order);
    const stop = () => engine.cancel(run);
    signal.addEventListener('abort', stop, { once: true });
    await engine.ended(run, signal);
    signal.removeEventListener('abort', stop);
    return { runId: run.run_id, code: run.code as TerminationCode, message: run.message ?? '' };
  };
  const engine = createEngine(workspace, records, () => ({ ...io, runJob }));
  const active = () => records.runs.values().filter((run) => run.state !== 'TERMINATED');
  const stopRuns = (job: Job) => {
    for (const run of active()) if (run.job_id === job.job_id) engine.cancel(run);
  };

  return {
    routes: [
      ...definitionRoutes(workspace, records, { access, stopRuns }),
      ...runRoutes(workspace, records, { access, engine }),
    ],
    has: (id) => records.jobs.has(id),
    newClusters: () =>
      new Map(
        records.jobs
          .values()
          .map(({ job_id, settings }) => [
            String(job_id),
            [...(settings.job_clusters ?? []), ...(settings.tasks ?? [])].flatMap(({ new_cluster }) =>
              new_cluster === undefined ? [] : [new_cluster as Record<string, unknown>],
            ),
          ]),
      ),
    creatorOf: (id) => records.jobs.get(id)?.creator_user_name,
    resume() {
      for (const run of active()) engine.start(run, workspace.admin);
    },
  };
}

function seed(workspace: Workspace, records: Records): void {
  const notebook = (task_key: string, base_parameters: Record<string, string>, after?: string) => ({
    task_key,
    notebook_task: { notebook_path: `/Shared/${task_key}`, base_parameters },
    ...(after === undefined ? {} : { depends_on: [{ task_key: after }] }),
  });
  const add = (settings: JobSettings) => {
    const job_id = records.nextId();
    const made = { created_time: workspace.now(), creator_user_name: workspace.admin.userName, runs: 0 };
    // many at once, so that trying things out never queues
    records.jobs.put(String(job_id), {
      job_id,
      settings: { ...completeSettings(settings), max_concurrent_runs: 1000 },
      ...made,
    });
  };
  add({ name: 'Refresh daily totals', tasks: [notebook('refresh', { result: 'ok' })] });
  const reason = "ValueError: column 'amount' has text in row 17";
  add({
    name: 'Load orders',
    tasks: [
      notebook('extract', {}),
      notebook('load', { fail_with: reason }, 'extract'),
      notebook('report', {}, 'load'),
    ],
  });
}
