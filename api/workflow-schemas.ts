import type { JsonObject } from '../connector/manifest.ts';
import { TRIGGER_STATES } from '../engine/polling/trigger-view.ts';
import { RUN_STATUSES } from '../engine/runs/run.ts';
import { ANY_OBJECT, COUNT, METADATA, object, TEXT, TEXTS, TIME } from './http/schemas.ts';

const brief: JsonObject = {
  id: TEXT,
  name: TEXT,
  version: { ...COUNT, description: 'The published version, which new runs use; 0 while none was published.' },
  latest: { ...COUNT, description: 'The newest version; 0 while there is only a draft.' },
  enabled: { type: 'boolean' },
  created_at: TIME,
  updated_at: TIME,
};

/** What a definition may hold beside its trigger and steps. */
export const definitionOptional: JsonObject = {
  description: TEXT,
  variables: ANY_OBJECT,
  secrets: { ...ANY_OBJECT, description: 'Names of the secrets. Their values are never shown.' },
  concurrency_key: TEXT,
  on_failure: { ...ANY_OBJECT, description: '`steps` that run once after a run fails.' },
  notify: {
    type: 'array',
    items: { type: 'string', enum: ['failed', 'succeeded'] },
    description: 'Which ends of runs emit events.',
  },
  timeout_seconds: { type: 'number', description: 'Time limit of a whole run.' },
};

export const workflowSchemas: JsonObject = {
  WorkflowSummary: object(
    {
      ...brief,
      linked_accounts: { ...TEXTS, description: 'Ids of the linked accounts that its trigger and steps use.' },
      trigger: object(
        { state: { type: 'string', enum: [...TRIGGER_STATES] } },
        {
          id: { ...TEXT, description: 'Omitted while there is only a draft.' },
          linked_account: TEXT,
          dead_letters_open: COUNT,
          future_rows: COUNT,
          next_tick_at: { ...TIME, description: 'Omitted when none is planned.' },
          lag: { ...ANY_OBJECT, description: 'See the health of the trigger.' },
        },
      ),
    },
    {
      metadata: METADATA,
      recent_runs: {
        type: 'array',
        description: 'Its newest runs, newest first; only with the query parameter `recent_runs`.',
        items: object(
          { id: TEXT, status: { type: 'string', enum: [...RUN_STATUSES] }, created_at: TIME },
          { finished_at: TIME, code: { ...TEXT, description: 'Error code.' }, pending_approvals: COUNT },
        ),
      },
    },
  ),
  Workflow: object(
    {
      ...brief,
      trigger: { ...ANY_OBJECT, description: 'Empty while there is only a draft.' },
      steps: { type: 'array', items: ANY_OBJECT, description: 'Empty while there is only a draft.' },
    },
    {
      ...definitionOptional,
      metadata: METADATA,
      warnings: {
        type: 'array',
        description: 'Warnings about the definition. In the response to a save, they refer to the saved version.',
        items: object({
          pointer: { ...TEXT, description: 'JSON pointer into the workflow.' },
          code: TEXT,
          message: TEXT,
        }),
      },
      url: {
        ...TEXT,
        description:
          'URL for incoming webhooks. Anyone who knows it can start the workflow, so it is hidden from viewers.',
      },
      service_webhook: {
        ...object({
          id: { ...TEXT, description: 'ID of the webhook at the service.' },
          registered_at: { ...TIME, description: 'When it was created or last updated there.' },
        }),
        description: 'The webhook that was registered at the service when the workflow was enabled.',
      },
    },
  ),
};
