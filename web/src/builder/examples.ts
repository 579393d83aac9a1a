import flightsToWebhook from '../../../examples/flights-to-webhook.json';
import loadArrivedFiles from '../../../examples/load-arrived-files.json';
import nightlyReport from '../../../examples/nightly-report.json';
import repairFailedRuns from '../../../examples/repair-failed-runs.json';
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
];
