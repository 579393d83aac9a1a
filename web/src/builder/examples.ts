import flightsToWebhook from '../../../examples/flights-to-webhook.json';
import loadArrivedFiles from '../../../examples/load-arrived-files.json';
import nightlyReport from '../../../examples/nightly-report.json';
import pushToJob from '../../../examples/push-to-job.json';
import repairAfterApproval from '../../../examples/repair-after-approval.json';
import repairFailedRuns from '../../../examples/repair-failed-runs.json';
import resultToBucket from '../../../examples/result-to-bucket.json';
import rowsToPostgres from '../../../examples/rows-to-postgres.json';
import slackButtons from '../../../examples/slack-buttons.json';
import type { Template } from './templates.ts';

/** The workflows of examples/, with the accounts that they name: a person chooses others. */
export const EXAMPLES: readonly Template[] = [
  {
    id: 'flights-to-webhook',
    title: 'Send new rows to a webhook endpoint',
    description: 'Each batch of new rows of a table is sent, signed.',
    document: flightsToWebhook,
  },
  {
    id: 'nightly-report',
    title: 'A nightly report',
    description: nightlyReport.description,
    document: nightlyReport,
  },
  {
    id: 'load-arrived-files',
    title: 'Load files that arrive',
    description: loadArrivedFiles.description,
    document: loadArrivedFiles,
  },
  {
    id: 'repair-failed-runs',
    title: 'Repair failed job runs',
    description: repairFailedRuns.description,
    document: repairFailedRuns,
  },
  {
    id: 'repair-after-approval',
    title: 'Repair a failed job after approval in Slack',
    description: repairAfterApproval.description,
    document: repairAfterApproval,
  },
  {
    id: 'slack-buttons',
    title: 'Buttons of a Slack app',
    description: slackButtons.description,
    // A person types the signing secret.
    document: { ...slackButtons, trigger: { id: slackButtons.trigger.id } },
  },
  {
    id: 'rows-to-postgres',
    title: 'New rows into PostgreSQL',
    description: rowsToPostgres.description,
    document: rowsToPostgres,
  },
  {
    id: 'push-to-job',
    title: 'A push runs a job, and its commit shows the result',
    description: pushToJob.description,
    document: pushToJob,
  },
  {
    id: 'result-to-bucket',
    title: 'A large result into a bucket',
    description: resultToBucket.description,
    document: resultToBucket,
  },
];
