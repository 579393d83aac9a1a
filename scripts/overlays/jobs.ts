import type { ActionManifest, JsonObject } from '../../connector/manifest.ts';
import type { OverlayGroup } from '../generate/overlay.ts';
import { CANCEL_RUN_ID, JOB_FIELDS } from './job-fields.ts';
import { tokenPages } from './paging.ts';
import { waiting } from './waiting.ts';

const JOB_ID = '281874479417551';
const RUN_ID = '455644833123456789';
const JOB_OUTPUT = { job_id: { title: 'Job ID', type: 'string', format: 'int64' } };
const VIEW = ['Can view on the job'];
const MANAGE = ['Can manage on the job'];
const nightly = {
  job_id: JOB_ID,
  creator_user_name: 'ana@example.com',
  created_time: 1767312000000,
  settings: {
    name: 'nightly-load',
    max_concurrent_runs: 1,
    tasks: [{ task_key: 'load', sql_task: { warehouse_id: '4f1c2b3a9d8e7f60', file: { path: '/Shared/load.sql' } } }],
  },
};
const run = {
  run_id: RUN_ID,
  job_id: JOB_ID,
  run_name: 'nightly-load',
  start_time: 1767312000000,
  status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS', type: 'SUCCESS', message: '' } },
  tasks: [
    {
      run_id: '455644833123456790',
      task_key: 'load',
      status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS', type: 'SUCCESS', message: '' } },
    },
  ],
};

const JOB_MISSING: NonNullable<ActionManifest['errors']> = [
  {
    when: { status: [400, 404], message: 'does not exist' },
    kind: 'not_found',
    hint: 'Check the job ID; Query Jobs lists them.',
  },
];
const RUN_MISSING: NonNullable<ActionManifest['errors']> = [
  {
    when: { status: [400, 404], message: "does not exist|doesn't exist" },
    kind: 'not_found',
    hint: 'Check the run ID; runs are kept for 60 days.',
  },
];

/** Waits for a run; what failed in it is asked of the failed task. `id` is a reference to the run's id. */
export function waitForRun(id: string): ActionManifest['await'] {
  return {
    when: '$options.wait_for_completion',
    request: { method: 'GET', path: '/api/2.2/jobs/runs/get', query: { run_id: id } },
    success: {
      'status.state': ['TERMINATED'],
      'status.termination_details.code': ['SUCCESS', 'SUCCESS_WITH_FAILURES'],
    },
    failure: { 'status.state': ['TERMINATED'] },
    code: 'status.termination_details.code',
    message: 'status.termination_details.message',
    explain: 'job_run_failure',
    interval_seconds: [2, 30],
    timeout_seconds: '$options.timeout_seconds',
    on_timeout: 'leave',
    cancel: { method: 'POST', path: '/api/2.2/jobs/runs/cancel', body: { run_id: id } },
  };
}

/** State and outcome of a run, only known when the run waited. */
export const RUN_OUTPUT: JsonObject = {
  run_id: { title: 'Run ID', type: 'string', format: 'int64' },
  state: { title: 'State', description: 'Only known when the run waited.', type: 'string', examples: ['TERMINATED'] },
  outcome: {
    title: 'Outcome',
    description: 'Only known when the run waited.',
    type: 'string',
    examples: ['SUCCESS', 'SUCCESS_WITH_FAILURES'],
  },
  url: { title: 'Run page', type: 'string' },
};

const RUN_RESULT = {
  run_id: '$start.run_id',
  state: '$last.status.state',
  outcome: '$last.status.termination_details.code',
  url: '$last.run_page_url',
};

export const jobs: OverlayGroup = {
  facts: 'jobs',
  group: 'Jobs',
  fields: JOB_FIELDS,
  actions: [
    {
      name: 'create_job',
      op: 'jobs.create',
      title: 'Create Job',
      description: 'Creates a job of one or more tasks, with schedule, clusters and notifications.',
      docs: 'jobs/create',
      effect: 'once',
      grants: ['Permission to create jobs, and to use the clusters and warehouses they name'],
      main: ['name', 'tasks', 'schedule', 'job_clusters', 'parameters', 'email_notifications'],
      examples: [
        {
          title: 'A notebook every morning',
          input: {
            name: 'morning-report',
            tasks: [{ task_key: 'report', notebook_task: { notebook_path: '/Shared/report' } }],
            schedule: { quartz_cron_expression: '0 0 6 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
          },
          output: { job_id: '281874479417552' },
        },
      ],
    },
    {
      name: 'query_jobs',
      op: 'jobs.queryJobs',
      title: 'Query Jobs',
      description: 'Lists the jobs that you may see, newest first.',
      docs: 'jobs/list',
      effect: 'safe',
      grants: VIEW,
      main: ['name', 'expand_tasks', 'max_items'],
      fields: { name: { title: 'Name', description: 'Only jobs of exactly this name; capitals do not matter.' } },
      ...tokenPages('jobs', 'jobs', { sizeParam: 'limit', size: 100, byHand: ['page_token', 'limit', 'offset'] }),
      examples: [
        {
          title: 'By name',
          input: { name: 'nightly-load' },
          output: { jobs: [{ job_id: JOB_ID, settings: { name: 'nightly-load' } }], more: false },
        },
      ],
    },
    {
      name: 'show_job',
      op: 'jobs.showJob',
      title: 'Show Job',
      description: 'Reads one job with all of its tasks, clusters and parameters.',
      docs: 'jobs/get',
      effect: 'safe',
      grants: VIEW,
      main: ['job_id'],
      pages: {
        style: 'token',
        merge: ['settings.tasks', 'settings.job_clusters', 'settings.parameters', 'settings.environments'],
        next: 'next_page_token',
        param: 'page_token',
        by_hand: ['page_token'],
      },
      errors: JOB_MISSING,
      examples: [{ title: 'By ID', input: { job_id: JOB_ID }, output: nightly }],
    },
    {
      name: 'update_job',
      op: 'jobs.update',
      title: 'Update Job',
      description: 'Adds, changes or removes settings of a job and leaves the others; running runs keep the old ones.',
      docs: 'jobs/update',
      effect: 'idempotent',
      grants: MANAGE,
      main: ['job_id', 'new_settings', 'fields_to_remove'],
      result: { job_id: '$input.job_id' },
      output: JOB_OUTPUT,
      errors: JOB_MISSING,
      examples: [
        {
          title: 'Pause the schedule',
          input: {
            job_id: JOB_ID,
            new_settings: {
              schedule: { quartz_cron_expression: '0 0 6 * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' },
            },
          },
          output: { job_id: JOB_ID },
        },
      ],
    },
    {
      name: 'delete_job',
      op: 'jobs.delete',
      title: 'Delete Job',
      description: 'Deletes a job; its runs stay readable for 60 days.',
      docs: 'jobs/delete',
      effect: 'idempotent',
      grants: MANAGE,
      main: ['job_id'],
      result: { job_id: '$input.job_id' },
      output: JOB_OUTPUT,
      errors: JOB_MISSING,
      examples: [{ title: 'By ID', input: { job_id: '281874479417552' }, output: { job_id: '281874479417552' } }],
    },
    {
      name: 'run_job',
      op: 'jobs.runJob',
      title: 'Run Job',
      description: 'Starts a run of a job, exactly once even when the request is repeated, and can wait for its end.',
      docs: 'jobs/runnow',
      effect: 'token',
      grants: ['Can manage run on the job'],
      main: ['job_id', 'job_parameters', 'only'],
      send: { idempotency_token: { $first: ['$input.idempotency_token', '$run.token'] } },
      options: waiting('the run has ended', { limit: 3600, most: 604_800 }),
      await: waitForRun('$start.run_id'),
      result: { ...RUN_RESULT, number_in_job: '$start.number_in_job' },
      ownOutput: true,
      output: { ...RUN_OUTPUT, number_in_job: { title: 'Number in job', type: 'string', format: 'int64' } },
      errors: [
        {
          when: { message: 'idempotency|token.*deleted' },
          kind: 'conflict',
          hint: 'The run of this token was deleted; give another token.',
        },
        ...JOB_MISSING,
      ],
      examples: [
        { title: 'Start and return at once', input: { job_id: JOB_ID }, output: { run_id: RUN_ID } },
        {
          title: 'With a parameter',
          input: { job_id: JOB_ID, job_parameters: { day: '2026-01-02' } },
          output: { run_id: RUN_ID, number_in_job: RUN_ID },
        },
      ],
    },
    {
      name: 'submit_run',
      op: 'jobs.submit',
      title: 'Submit Run',
      description:
        'Runs tasks once without making a job, exactly once even when the request is repeated, and can wait for the end.',
      docs: 'jobs/submit',
      effect: 'token',
      grants: ['Permission to use the clusters and warehouses that the tasks name'],
      main: ['run_name', 'tasks', 'timeout_seconds'],
      fields: {
        run_name: { title: 'Name', description: 'Name of the run; Untitled when left out.' },
        tasks: { title: 'Tasks', description: 'What the run does; 1000 at most.', schema: { minItems: 1 } },
      },
      required: ['tasks'],
      send: { idempotency_token: { $first: ['$input.idempotency_token', '$run.token'] } },
      options: waiting('the run has ended', { limit: 3600, most: 604_800 }),
      await: waitForRun('$start.run_id'),
      result: RUN_RESULT,
      ownOutput: true,
      output: RUN_OUTPUT,
      examples: [
        {
          title: 'One notebook on serverless compute',
          input: {
            run_name: 'report',
            tasks: [
              {
                task_key: 'report',
                notebook_task: { notebook_path: '/Shared/report', base_parameters: { day: '2026-01-02' } },
              },
            ],
          },
          output: { run_id: RUN_ID },
        },
      ],
    },
    {
      name: 'get_job_run',
      op: 'jobs.getJobRun',
      title: 'Get Job Run',
      description: 'Reads one run with all of its tasks, up to 60 days after it.',
      docs: 'jobs/getrun',
      effect: 'safe',
      grants: VIEW,
      main: ['run_id'],
      pages: {
        style: 'token',
        merge: ['tasks', 'iterations', 'job_clusters', 'job_parameters', 'repair_history'],
        next: 'next_page_token',
        param: 'page_token',
        by_hand: ['page_token'],
      },
      errors: RUN_MISSING,
      examples: [{ title: 'By ID', input: { run_id: RUN_ID }, output: run }],
    },
    {
      name: 'cancel_run',
      op: 'jobs.cancelRun',
      title: 'Cancel Run',
      description: 'Asks the service to cancel a run, and can wait until it has ended.',
      docs: 'jobs/cancelrun',
      effect: 'idempotent',
      grants: ['Can manage run on the job'],
      main: ['run_id'],
      fields: { run_id: CANCEL_RUN_ID },
      options: waiting('the run has ended'),
      await: {
        when: '$options.wait_for_completion',
        request: { method: 'GET', path: '/api/2.2/jobs/runs/get', query: { run_id: '$input.run_id' } },
        success: { 'status.state': ['TERMINATED'] },
        failure: { 'state.life_cycle_state': ['INTERNAL_ERROR'] },
        code: 'status.termination_details.code',
        message: 'status.termination_details.message',
        interval_seconds: [1, 10],
        timeout_seconds: '$options.timeout_seconds',
        on_timeout: 'leave',
      },
      result: {
        run_id: '$input.run_id',
        state: '$last.status.state',
        outcome: '$last.status.termination_details.code',
      },
      ownOutput: true,
      output: { run_id: RUN_OUTPUT.run_id!, state: RUN_OUTPUT.state!, outcome: RUN_OUTPUT.outcome! },
      errors: RUN_MISSING,
      examples: [{ title: 'By ID', input: { run_id: RUN_ID }, output: { run_id: RUN_ID } }],
    },
    {
      name: 'list_runs',
      op: 'jobs.listRuns',
      title: 'List Runs',
      description: 'Lists runs of the last 60 days, newest first.',
      docs: 'jobs/listruns',
      effect: 'safe',
      grants: VIEW,
      main: ['job_id', 'active_only', 'completed_only', 'max_items'],
      ...tokenPages('runs', 'runs', { sizeParam: 'limit', size: 24, byHand: ['page_token', 'limit', 'offset'] }),
      rules: {
        not: {
          required: ['active_only', 'completed_only'],
          properties: { active_only: { const: true }, completed_only: { const: true } },
        },
        description: 'Give active_only or completed_only, not both.',
      },
      examples: [
        {
          title: 'Runs of one job',
          input: { job_id: JOB_ID, completed_only: true },
          output: { runs: [{ run_id: RUN_ID, job_id: JOB_ID, run_name: 'nightly-load' }], more: false },
        },
      ],
    },
    {
      name: 'get_run_output',
      op: 'jobs.getRunOutput',
      title: 'Get Run Output',
      description:
        'Reads output, logs and error of one task’s run: the first 5 MB of a notebook’s result, the last 5 MB of logs.',
      docs: 'jobs/getrunoutput',
      effect: 'safe',
      grants: VIEW,
      main: ['run_id'],
      fields: {
        run_id: {
          title: 'Task run',
          description: 'ID of one task’s run, not of the job’s.',
          examples: ['455644833123456790'],
        },
      },
      errors: [
        {
          when: { message: 'multiple tasks' },
          kind: 'invalid',
          hint: 'Give the run ID of one task; Get Job Run lists them.',
        },
        ...RUN_MISSING,
      ],
      examples: [
        {
          title: 'Of a notebook',
          input: { run_id: '455644833123456790' },
          output: { notebook_output: { result: '42', truncated: false } },
        },
      ],
    },
    {
      name: 'repair_run',
      op: 'jobs.repairRun',
      title: 'Repair Run',
      description: 'Runs failed or named tasks of an ended run again, and can wait for the end.',
      docs: 'jobs/repairrun',
      effect: 'once',
      grants: ['Can manage run on the job'],
      main: ['run_id', 'rerun_all_failed_tasks', 'rerun_tasks', 'rerun_dependent_tasks', 'job_parameters'],
      options: waiting('the run has ended', { limit: 3600, most: 604_800 }),
      await: waitForRun('$input.run_id'),
      result: { ...RUN_RESULT, run_id: '$input.run_id', repair_id: '$start.repair_id' },
      ownOutput: true,
      output: { repair_id: { title: 'Repair ID', type: 'string', format: 'int64' }, ...RUN_OUTPUT },
      errors: RUN_MISSING,
      examples: [
        {
          title: 'All failed tasks',
          input: { run_id: RUN_ID, rerun_all_failed_tasks: true },
          output: { repair_id: '734650698524280', run_id: RUN_ID },
        },
      ],
    },
  ],
};
