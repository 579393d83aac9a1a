import type { ActionManifest } from '../../connector/manifest.ts';
import type { Overlay } from '../generate/overlay.ts';
import { CANCEL_RUN_ID, JOB_MISSING } from './job-fields.ts';
import { tokenPages } from './paging.ts';
import { RUN_OUTPUT, RUN_RESULT, RUN_WORDS, waitForRun } from './run-waits.ts';
import { waiting } from './waiting.ts';

const JOB_ID = '281874479417551';
const RUN_ID = '455644833123456789';
const VIEW = ['Can view on the job'];
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

const RUN_MISSING: NonNullable<ActionManifest['errors']> = [
  {
    when: { status: [400, 404], message: "does not exist|doesn't exist" },
    kind: 'not_found',
    hint: 'Check the run ID. Runs are kept for 60 days.',
  },
];

/** What can be done with the runs of jobs. */
export const RUN_ACTIONS: Overlay[] = [
  {
    name: 'run_job',
    op: 'jobs.runJob',
    title: 'Run Job',
    description: 'Starts a run of a job exactly once, even when the request is retried, and can wait until it ends.',
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
        hint: 'The run with this token was deleted. Use a different token.',
      },
      ...JOB_MISSING,
    ],
    examples: [
      { title: 'Start and return immediately', input: { job_id: JOB_ID }, output: { run_id: RUN_ID } },
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
      'Runs tasks without creating a job, exactly once even when the request is retried, and can wait until the run ends.',
    docs: 'jobs/submit',
    effect: 'token',
    grants: ['Permission to use the clusters and warehouses that the tasks name'],
    main: ['run_name', 'tasks', 'timeout_seconds'],
    fields: {
      run_name: { title: 'Name', description: 'Name of the run. Default: Untitled.' },
      tasks: { title: 'Tasks', description: 'Tasks of the run; up to 1,000.', schema: { minItems: 1 } },
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
    description: 'Gets a run with all of its tasks, up to 60 days after it ended.',
    docs: 'jobs/getrun',
    effect: 'safe',
    grants: VIEW,
    main: ['run_id'],
    pages: {
      style: 'token',
      merge: ['tasks', 'iterations', 'job_clusters', 'job_parameters', 'repair_history'],
      next: 'next_page_token',
      param: 'page_token',
      manual: ['page_token'],
    },
    errors: RUN_MISSING,
    examples: [{ title: 'By ID', input: { run_id: RUN_ID }, output: run }],
  },
  {
    name: 'cancel_run',
    op: 'jobs.cancelRun',
    title: 'Cancel Run',
    description: 'Cancels a run and can wait until it has ended.',
    docs: 'jobs/cancelrun',
    effect: 'idempotent',
    grants: ['Can manage run on the job'],
    main: ['run_id'],
    fields: { run_id: CANCEL_RUN_ID },
    options: waiting('the run has ended'),
    await: {
      when: '$options.wait_for_completion',
      request: { method: 'GET', path: '/api/2.2/jobs/runs/get', query: { run_id: '$input.run_id' } },
      success: [
        { 'status.state': ['TERMINATED'] },
        { status: [null], 'state.life_cycle_state': ['TERMINATED', 'SKIPPED'] },
      ],
      failure: { 'state.life_cycle_state': ['INTERNAL_ERROR'] },
      ...RUN_WORDS,
      interval_seconds: [1, 10],
      timeout_seconds: '$options.timeout_seconds',
      on_timeout: 'leave',
    },
    result: {
      run_id: '$input.run_id',
      state: RUN_RESULT.state,
      outcome: RUN_RESULT.outcome,
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
    ...tokenPages('runs', 'runs', { sizeParam: 'limit', size: 24, manualInputs: ['page_token', 'limit', 'offset'] }),
    rules: {
      not: {
        required: ['active_only', 'completed_only'],
        properties: { active_only: { const: true }, completed_only: { const: true } },
      },
      description: 'Specify active_only or completed_only, not both.',
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
      'Gets the output, logs and error of a task run: the first 5 MB of a notebook result and the last 5 MB of logs.',
    docs: 'jobs/getrunoutput',
    effect: 'safe',
    grants: VIEW,
    main: ['run_id'],
    fields: {
      run_id: {
        title: 'Task run',
        description: 'ID of the run of a task, not of the job.',
        examples: ['455644833123456790'],
      },
    },
    errors: [
      {
        when: { message: 'multiple tasks' },
        kind: 'invalid',
        hint: 'Specify the run ID of a single task. Get Job Run lists them.',
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
    description: 'Reruns failed or selected tasks of an ended run and can wait until they end.',
    docs: 'jobs/repairrun',
    effect: 'once',
    grants: ['Can manage run on the job'],
    main: ['run_id', 'rerun_all_failed_tasks', 'rerun_tasks', 'rerun_dependent_tasks', 'job_parameters'],
    options: waiting('the run has ended', { limit: 3600, most: 604_800 }),
    code: true,
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
];
