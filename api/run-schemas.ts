import type { JsonObject } from '../connector/manifest.ts';
import { RUN_STATUSES } from '../engine/runs/runs.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TIME, UNREADABLE } from './http/schemas.ts';

const ARTIFACT = object({ id: TEXT, media_type: TEXT, size: { ...COUNT, description: 'Bytes.' } });

const brief: JsonObject = {
  id: TEXT,
  kind: { type: 'string', enum: ['action', 'workflow'] },
  status: { type: 'string', enum: [...RUN_STATUSES] },
  attempts: COUNT,
  created_at: TIME,
};

const briefOptional: JsonObject = {
  action: TEXT,
  action_version: COUNT,
  effect: { type: 'string', enum: ['safe', 'idempotent', 'token', 'once'] },
  workflow: TEXT,
  workflow_version: COUNT,
  step: { ...TEXT, description: 'Of which step of the parent it is the run.' },
  parent: { ...TEXT, description: 'The run of the workflow that it is a step of.' },
  item_index: { ...COUNT, description: 'Of which item of a `for_each` it is the run.' },
  loop: {
    ...object({ items: COUNT, concurrency: COUNT, on_error: TEXT }),
    description: 'Of a step with `for_each`: its items have runs of their own, which are its steps.',
  },
  waits_for: { ...TEXT, description: 'The run that must end before this one starts its steps.' },
  concurrency_key: { ...TEXT, description: 'Runs of the workflow with this key execute one after the other.' },
  skipped: { const: true, description: 'The condition of the step was not met: it ended without being run.' },
  retried: { ...COUNT, description: 'How often the step was begun again.' },
  deadline: { ...TIME, description: 'When it is given up.' },
  decision: {
    ...object({ approved: { type: 'boolean' }, by: TEXT, at: TIME }, { comment: TEXT }),
    description: 'What a person said to a run of core.approve.',
  },
  dead_letter: { const: true, description: 'Its page failed too often and was set aside; a replay delivers it.' },
  linked_account: TEXT,
  authentication: TEXT,
  error: ref('RunError'),
  replay_of: TEXT,
  replayed_by: TEXT,
  cancel_requested_at: TIME,
  started_at: TIME,
  finished_at: TIME,
};

/** Fields of a whole run that a list leaves out: they can be large. */
export const LARGE_FIELDS = [
  'input',
  'input_artifact',
  'input_refs',
  'reused',
  'options',
  'output',
  'artifact',
  'warnings',
  'launches',
  'page',
];

export const runSchemas: JsonObject = {
  RunSummary: object(brief, briefOptional),
  Run: object(
    {
      ...brief,
      options: ANY_OBJECT,
      launches: {
        type: 'array',
        description: 'Each attempt to make a remote effect happen.',
        items: object(
          { number: COUNT, token: TEXT, sent_at: TIME },
          {
            handle: { description: 'What the service calls the effect.' },
            outcome: { type: 'string', enum: ['succeeded', 'failed', 'canceled', 'unknown'] },
          },
        ),
      },
    },
    {
      ...briefOptional,
      input: { description: 'Secrets are replaced by "[secret]".' },
      input_artifact: { ...ARTIFACT, description: 'In place of a large input; GET .../artifact?part=input reads it.' },
      input_refs: {
        type: 'array',
        items: TEXT,
        description: 'JSON pointers into the input at which large values of other steps stand; they are not copied.',
      },
      reused: {
        type: 'object',
        additionalProperties: TEXT,
        description: 'Of a replay: steps that were not run again, and the runs whose outputs stand for theirs.',
      },
      output: { description: 'Of the form that the output schema of the action gives.' },
      artifact: { ...ARTIFACT, description: 'A large output; GET .../artifact reads it.' },
      warnings: { description: 'Where the output does not fit its schema.' },
      page: { ...ANY_OBJECT, description: 'Which part of a source the run delivers.' },
      steps: {
        type: 'array',
        items: ref('RunSummary'),
        description: 'Runs of the steps that have begun; of a workflow run only.',
      },
      ...UNREADABLE,
    },
  ),
};
