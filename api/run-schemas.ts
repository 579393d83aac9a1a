import type { JsonObject } from '../connector/manifest.ts';
import { RUN_STATUSES, RUN_TRIGGERS } from '../engine/runs/run.ts';
import { PHASES } from '../engine/runs/segments.ts';
import { ANY_OBJECT, COUNT, METADATA, object, ref, TEXT, TEXTS, TIME, UNREADABLE } from './http/schemas.ts';

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
  draft: { type: 'boolean', description: 'It runs a draft of the workflow as it was then.' },
  trigger: {
    type: 'string',
    enum: [...RUN_TRIGGERS],
    description:
      'What started the run: a request (`manual`), the trigger of its workflow, an event, a replay, another workflow, or a step test.',
  },
  step: { ...TEXT, description: 'The step of the parent run that this run executes.' },
  parent: { ...TEXT, description: 'The workflow run that this run is a step of.' },
  item_index: { ...COUNT, description: 'Index of the `for_each` item that this run executes.' },
  loop: {
    ...object({ items: COUNT, concurrency: COUNT, on_error: TEXT }),
    description:
      'Set for a step with `for_each`: each item has its own run. `items` is their number, also of those that have not started.',
  },
  waits_for: { ...TEXT, description: 'The run that must end before this run starts its steps.' },
  concurrency_key: { ...TEXT, description: 'Runs of the workflow with the same key execute one at a time.' },
  skipped: { const: true, description: 'The condition of the step was false, so the step was skipped.' },
  retried: { ...COUNT, description: 'Number of retries of the step.' },
  deadline: { ...TIME, description: 'When the run times out.' },
  decision: {
    ...object({ approved: { type: 'boolean' }, by: TEXT, at: TIME }, { comment: TEXT }),
    description: 'Decision of a person about a run of core.approve.',
  },
  pending_approvals: {
    ...COUNT,
    description: 'Number of approvals that the run waits for, also in its steps and their runs. Left out for none.',
  },
  dead_letter: {
    const: true,
    description: 'The event batch failed too often and was dead-lettered. Replay the run to deliver it.',
  },
  linked_account: TEXT,
  authentication: TEXT,
  metadata: METADATA,
  error: ref('RunError'),
  replay_of: TEXT,
  replayed_by: TEXT,
  cancel_requested_at: TIME,
  started_at: TIME,
  finished_at: TIME,
};

const SEGMENTS: JsonObject = {
  segments: {
    type: 'array',
    description:
      'Where the time of the run went, in order: the first 200 segments. Without `to`, the segment has not ended. In lists only with `parent`.',
    items: object(
      { phase: { type: 'string', enum: [...PHASES] }, from: TIME, attempt: COUNT },
      {
        to: TIME,
        launch: { ...COUNT, description: 'Number of the launch.' },
        code: { ...TEXT, description: 'Code of the error in which the segment ended.' },
      },
    ),
  },
  more_segments: {
    ...object({ count: COUNT, ms: { type: 'object', additionalProperties: COUNT } }),
    description: 'Segments after the first 200: their number, and the milliseconds per phase.',
  },
};

export const runSchemas: JsonObject = {
  RunSummary: object(brief, { ...briefOptional, ...SEGMENTS }),
  Run: object(
    {
      ...brief,
      options: ANY_OBJECT,
      launches: {
        type: 'array',
        description: 'Attempts to perform the effect at the service.',
        items: object(
          { number: COUNT, token: TEXT, sent_at: TIME },
          {
            handle: { description: 'Id of the operation at the service.' },
            outcome: { type: 'string', enum: ['succeeded', 'failed', 'canceled', 'unknown'] },
            ended_at: { ...TIME, description: 'When the outcome was known.' },
          },
        ),
      },
    },
    {
      ...briefOptional,
      input: { description: 'Secrets are replaced by "[secret]".' },
      input_artifact: {
        ...ARTIFACT,
        description: 'Replaces a large input. Download it with GET .../artifact?part=input.',
      },
      input_refs: {
        type: 'array',
        items: TEXT,
        description:
          'JSON pointers to the places in the input where large values of other steps are referenced instead of copied.',
      },
      reused: {
        type: 'object',
        additionalProperties: TEXT,
        description: 'For a replay: the steps that were not run again, with the runs whose outputs are reused.',
      },
      output: { description: 'Matches the output schema of the action.' },
      artifact: { ...ARTIFACT, description: 'A large output. Download it with GET .../artifact.' },
      warnings: { description: 'JSON pointers to values in the output that do not match the output schema.' },
      ...SEGMENTS,
      replays: { ...TEXTS, description: 'The runs that replayed this run, oldest first; the last 100.' },
      page: { ...ANY_OBJECT, description: 'The part of the source that the run delivers.' },
      steps: {
        type: 'array',
        items: ref('RunSummary'),
        description:
          'Runs of the started steps. Only for a workflow run, and for a loop: of its items, those of the first 200 that have started.',
      },
      steps_next_cursor: {
        ...TEXT,
        description:
          'For a loop with more than 200 items: `cursor` of GET /v1/runs?parent={id}, which lists the other items. Left out when `steps` has all of them.',
      },
      ...UNREADABLE,
    },
  ),
};
