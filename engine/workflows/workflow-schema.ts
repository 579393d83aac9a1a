import type { JsonObject } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import { MAX_TIMEOUT_SECONDS } from '../process/time-limits.ts';
import type { Schedule } from '../queue/schedules.ts';
import type { Retry } from '../runs/run.ts';
import { METADATA_SCHEMA, type Metadata } from '../store/metadata.ts';

/** A pattern is read at each of its times, by every worker; one that names each minute and hour has 300 characters. */
const MAX_CRON_LENGTH = 500;

const id = { type: 'string', pattern: '^[a-z][a-z0-9_]*$', maxLength: 60 } as const;
const expression = {
  type: 'string',
  pattern: '^\\s*\\{\\{[\\s\\S]+\\}\\}\\s*$',
  description: 'One expression, such as {{ trigger.rows }}.',
} as const;
const MAX_ITEMS_AT_ONCE = 100;
const MAX_RETRIES = 20;
const DAY_SECONDS = 86_400;

const step: JsonObject = {
  title: 'Step',
  type: 'object',
  required: ['id', 'action'],
  additionalProperties: false,
  properties: {
    id: { title: 'ID', ...id },
    action: { title: 'Action', type: 'string' },
    linked_account: { title: 'Linked account', type: 'string' },
    authentication: { title: 'Authentication', type: 'string' },
    input: { title: 'Input', type: 'object', default: {} },
    options: { title: 'Options', type: 'object' },
    needs: {
      title: 'Needs',
      description: 'Steps that must end first. Default: the previous step. With [], the step starts immediately.',
      type: 'array',
      uniqueItems: true,
      items: { title: 'Step', ...id },
    },
    if: { title: 'If', ...expression },
    for_each: {
      title: 'For each',
      description: 'Runs the action once for each item of a list. The input can then use `item` and `index`.',
      type: 'object',
      required: ['items'],
      additionalProperties: false,
      properties: {
        items: { title: 'Items', ...expression },
        concurrency: { title: 'Concurrency', type: 'integer', minimum: 1, maximum: MAX_ITEMS_AT_ONCE, default: 1 },
        on_error: {
          title: 'When an item fails',
          description:
            'stop: start no more items, and fail. continue: process all items; a failed item is null in `items` of the output, with its error in `errors`.',
          type: 'string',
          enum: ['stop', 'continue'],
          default: 'stop',
        },
      },
    },
    retry: {
      title: 'Retry',
      description:
        'Launches the step again after a failure, but only if the last launch had no effect or its remote operation failed.',
      type: 'object',
      required: ['times'],
      additionalProperties: false,
      properties: {
        times: { title: 'Max retries', type: 'integer', minimum: 1, maximum: MAX_RETRIES },
        delay_seconds: {
          title: 'Initial delay (seconds)',
          description: 'Doubles with each retry.',
          type: 'number',
          minimum: 0,
          maximum: DAY_SECONDS,
          default: 10,
        },
        max_delay_seconds: { title: 'Max delay', type: 'number', minimum: 0, maximum: DAY_SECONDS, default: 600 },
      },
    },
    timeout_seconds: {
      title: 'Timeout (seconds)',
      description: 'From the start of the step, including retries. The remote operation is canceled.',
      type: 'number',
      exclusiveMinimum: 0,
      maximum: MAX_TIMEOUT_SECONDS,
    },
    on_error: {
      title: 'On failure',
      description:
        'stop: the workflow fails. continue: the workflow continues. Or steps that run first; then the workflow fails or continues.',
      default: 'stop',
      type: ['string', 'object'],
      if: { type: 'string' },
      then: { enum: ['stop', 'continue'] },
      required: ['steps'],
      additionalProperties: false,
      properties: {
        steps: { title: 'Steps', type: 'array', minItems: 1, maxItems: 20, items: { $ref: '#/$defs/step' } },
        then: { title: 'Then', type: 'string', enum: ['stop', 'continue'], default: 'stop' },
      },
    },
  },
};

/** The workflow as a caller writes it; closed, so that a misspelt key is found. */
export const workflowSchema = compileSchema({
  type: 'object',
  required: ['name', 'trigger', 'steps'],
  additionalProperties: false,
  properties: {
    name: {
      title: 'Name',
      type: 'string',
      minLength: 1,
      maxLength: 200,
      format: 'label',
      description: 'Unique in the tenant.',
    },
    description: { title: 'Description', type: 'string', maxLength: 2000 },
    variables: {
      title: 'Variables',
      description: 'Values that expressions read as variables.NAME.',
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
    },
    secrets: {
      title: 'Secrets',
      description:
        'Texts that expressions read as secrets.NAME. They are never shown again, and values derived from them are hidden in runs.',
      type: 'object',
      maxProperties: 100,
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: { title: 'Secret', type: 'string', minLength: 1, maxLength: 65_536, writeOnly: true },
    },
    trigger: {
      title: 'Trigger',
      type: 'object',
      required: ['id'],
      additionalProperties: false,
      properties: {
        id: { title: 'Trigger', type: 'string', description: '`core.manual`, or any other trigger.' },
        linked_account: { title: 'Linked account', type: 'string' },
        authentication: { title: 'Authentication', type: 'string' },
        input: { title: 'Input', type: 'object', default: {} },
        schedule: {
          title: 'Schedule',
          type: 'object',
          additionalProperties: false,
          properties: {
            every_seconds: { title: 'Every (seconds)', type: 'integer', minimum: 1, maximum: MAX_TIMEOUT_SECONDS },
            cron: {
              title: 'Cron',
              type: 'string',
              minLength: 1,
              maxLength: MAX_CRON_LENGTH,
              description:
                'Five fields (minute hour day month weekday), six with seconds first, seven with a year last, or a name such as @daily. When clocks change, a time that does not exist occurs once at the end of the gap, and a time that exists twice occurs once.',
            },
            time_zone: {
              title: 'Time zone',
              type: 'string',
              maxLength: 100,
              default: 'UTC',
              description: 'IANA name; used with cron.',
            },
          },
        },
        overlap: {
          title: 'Overlap',
          description:
            'For a schedule: what to do if the previous run is still active. queue (default): one run waits until it ends; further times are skipped. skip: no run. cancel_previous: the previous run is canceled, and the next one starts after it.',
          type: 'string',
          enum: ['queue', 'skip', 'cancel_previous'],
        },
        freshness: {
          title: 'Freshness',
          description:
            'For a polling trigger: if a row waits longer than this, or no poll succeeded for this long, the event trigger.late is emitted once, and trigger.on_time after recovery.',
          type: 'object',
          required: ['max_lag_seconds'],
          additionalProperties: false,
          properties: {
            max_lag_seconds: { title: 'Max lag (seconds)', type: 'integer', minimum: 1, maximum: 31_536_000 },
          },
        },
        dead_letter_after: {
          title: 'Dead-letter after',
          description:
            'Number of consecutive failures after which an event batch is dead-lettered: the cursor moves on, and the run is kept for a replay. Default: the cursor waits.',
          type: 'integer',
          minimum: 1,
          maximum: 1000,
        },
      },
    },
    steps: { title: 'Steps', type: 'array', minItems: 1, maxItems: 100, items: { $ref: '#/$defs/step' } },
    concurrency_key: {
      title: 'Concurrency key',
      description:
        'Runs with the same key execute one at a time, oldest first. A text, or an expression that uses trigger, variables and run. An empty value means no key.',
      type: 'string',
      minLength: 1,
      maxLength: 2000,
    },
    on_failure: {
      title: 'On failure',
      description:
        'Steps that run once after a run fails, before it ends. They do not run for canceled runs. They can read run.error and the outputs of the previous steps. If one of them fails, the run fails with its original error.',
      type: 'object',
      required: ['steps'],
      additionalProperties: false,
      properties: {
        steps: { title: 'Steps', type: 'array', minItems: 1, maxItems: 20, items: { $ref: '#/$defs/step' } },
      },
    },
    notify: {
      title: 'Notify',
      description: 'Which ends of a run emit an event for the webhook endpoints: run.failed, run.succeeded.',
      type: 'array',
      uniqueItems: true,
      maxItems: 2,
      items: { type: 'string', enum: ['failed', 'succeeded'] },
      default: ['failed'],
    },
    timeout_seconds: {
      title: 'Timeout (seconds)',
      description: 'Time limit of a whole run.',
      type: 'number',
      exclusiveMinimum: 0,
      maximum: MAX_TIMEOUT_SECONDS,
    },
    metadata: {
      ...METADATA_SCHEMA,
      description: `${METADATA_SCHEMA.description} It belongs to the workflow, not to a version: omitted, it stays as it is.`,
    },
    enabled: {
      title: 'Enabled',
      type: 'boolean',
      default: true,
      description: 'Omitted in an update of a published workflow, it stays as it is.',
    },
    publish: {
      title: 'Publish',
      description:
        'false stores the draft of the workflow, which can be incomplete, and makes no version: new runs keep using the published one.',
      type: 'boolean',
      default: true,
    },
  },
  $defs: { step },
});

export interface ForEach {
  items: string;
  concurrency: number;
  on_error: 'stop' | 'continue';
}

/** Steps that are done when another has failed, and what happens to the workflow then. */
export interface ErrorBranch {
  steps: Step[];
  then: 'stop' | 'continue';
}

export interface Step {
  id: string;
  action: string;
  linked_account?: string;
  authentication?: string;
  input: Record<string, unknown>;
  options?: Record<string, unknown>;
  needs?: string[];
  if?: string;
  for_each?: ForEach;
  retry?: Retry;
  timeout_seconds?: number;
  on_error: 'stop' | 'continue' | ErrorBranch;
}

export interface WorkflowDefinition {
  name: string;
  description?: string;
  variables?: Record<string, unknown>;
  secrets?: Record<string, string>;
  trigger: {
    id: string;
    linked_account?: string;
    authentication?: string;
    input: Record<string, unknown>;
    schedule?: Schedule;
    overlap?: 'queue' | 'skip' | 'cancel_previous';
    freshness?: { max_lag_seconds: number };
    dead_letter_after?: number;
  };
  steps: Step[];
  /** Runs for which it is the same execute one after the other. */
  concurrency_key?: string;
  /** Steps that run when a run has failed, before it ends. */
  on_failure?: { steps: Step[] };
  /** Left out in definitions that were stored before there was a choice: `["failed"]`. */
  notify?: ('failed' | 'succeeded')[];
  timeout_seconds?: number;
  /** Kept in the workflow's own record; stored versions have none. */
  metadata?: Metadata;
  enabled: boolean;
  publish: boolean;
}
