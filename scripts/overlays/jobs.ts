import type { OverlayGroup } from '../generate/overlay.ts';
import { JOB_FIELDS, JOB_MISSING } from './job-fields.ts';
import { tokenPages } from './paging.ts';
import { RUN_ACTIONS } from './runs.ts';

const JOB_ID = '281874479417551';
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
    tasks: [{ task_key: 'load', notebook_task: { notebook_path: '/Shared/report' } }],
  },
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
      description: 'Lists the jobs that you can see, newest first.',
      docs: 'jobs/list',
      effect: 'safe',
      grants: VIEW,
      main: ['name', 'expand_tasks', 'max_items'],
      fields: { name: { title: 'Name', description: 'Only jobs with exactly this name (case-insensitive).' } },
      ...tokenPages('jobs', 'jobs', { sizeParam: 'limit', size: 100, manualInputs: ['page_token', 'limit', 'offset'] }),
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
      description: 'Gets a job with all of its tasks, clusters and parameters.',
      docs: 'jobs/get',
      effect: 'safe',
      grants: VIEW,
      main: ['job_id'],
      pages: {
        style: 'token',
        merge: ['settings.tasks', 'settings.job_clusters', 'settings.parameters', 'settings.environments'],
        next: 'next_page_token',
        param: 'page_token',
        manual: ['page_token'],
      },
      errors: JOB_MISSING,
      examples: [{ title: 'By ID', input: { job_id: JOB_ID }, output: nightly }],
    },
    {
      name: 'update_job',
      op: 'jobs.update',
      title: 'Update Job',
      description:
        'Adds, changes or removes settings of a job; other settings do not change; active runs keep the previous settings.',
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
      description: 'Deletes a job; its runs can be read for 60 days.',
      docs: 'jobs/delete',
      effect: 'idempotent',
      grants: MANAGE,
      main: ['job_id'],
      result: { job_id: '$input.job_id' },
      output: JOB_OUTPUT,
      errors: JOB_MISSING,
      examples: [{ title: 'By ID', input: { job_id: '281874479417552' }, output: { job_id: '281874479417552' } }],
    },
    ...RUN_ACTIONS,
  ],
};
