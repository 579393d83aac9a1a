import type { JsonObject } from './document.ts';

/** What a new workflow can begin with. */
export interface Template {
  id: string;
  title: string;
  description: string;
  document: JsonObject;
}

/** Beginnings by what starts the workflow. Accounts are chosen in the builder. */
export const TEMPLATES: readonly Template[] = [
  {
    id: 'empty',
    title: 'Empty',
    description: 'Started manually. Add the first step yourself.',
    document: { trigger: { id: 'core.manual' }, steps: [] },
  },
  {
    id: 'rows',
    title: 'When rows arrive',
    description: 'New rows of a table, after a cursor, are sent to a URL.',
    document: {
      trigger: {
        id: 'databricks.incremental_sync',
        input: { source: 'table', every_seconds: 60 },
      },
      steps: [{ id: 'send', action: 'core.webhook', input: { rows: '{{ trigger.events }}' } }],
    },
  },
  {
    id: 'night',
    title: 'Every night',
    description: 'A query at two in the morning, whose rows are sent to a URL.',
    document: {
      trigger: { id: 'core.schedule', schedule: { cron: '0 2 * * *', time_zone: 'UTC' } },
      steps: [
        { id: 'query', action: 'databricks.execute_statement', input: { statement: 'SELECT 1 AS one' } },
        { id: 'send', action: 'core.webhook', input: { body: { rows: '{{ steps.query.output.rows }}' } } },
      ],
    },
  },
  {
    id: 'called',
    title: 'When called',
    description: 'A request to a URL of the workflow starts it.',
    document: {
      trigger: { id: 'core.incoming_webhook' },
      steps: [{ id: 'shape', action: 'core.transform', input: { value: '{{ trigger.body }}' } }],
    },
  },
  {
    id: 'file',
    title: 'When a file arrives',
    description: 'Files that arrive in a volume are loaded into a table.',
    document: {
      trigger: { id: 'databricks.file_arrived', input: { emit: 'new', every_seconds: 30 } },
      steps: [
        {
          id: 'load',
          action: 'databricks.copy_into',
          input: { files: '{{ trigger.rows.name }}', file_format: 'CSV', format_options: { header: 'true' } },
        },
      ],
    },
  },
  {
    id: 'job',
    title: 'When a job fails',
    description: 'Each failed run of a job is told to a URL.',
    document: {
      trigger: { id: 'databricks.job_run_finished', input: { results: ['FAILED', 'TIMEDOUT'], every_seconds: 30 } },
      steps: [{ id: 'tell', action: 'core.webhook', input: { body: { events: '{{ trigger.events }}' } } }],
    },
  },
];
