import { compileSchema } from '../connector/schema.ts';

const id = { type: 'string', pattern: '^[a-z][a-z0-9_]*$', maxLength: 60 } as const;

/** The workflow as a caller writes it; closed, so that a misspelt key is found. */
export const workflowSchema = compileSchema({
  type: 'object',
  required: ['name', 'trigger', 'steps'],
  additionalProperties: false,
  properties: {
    name: { title: 'Name', type: 'string', minLength: 1, maxLength: 200, description: 'Unique in the tenant.' },
    trigger: {
      title: 'Trigger',
      type: 'object',
      required: ['id'],
      additionalProperties: false,
      properties: {
        id: { title: 'Trigger', type: 'string', description: '`core.manual`, or a trigger of the catalogue.' },
        linked_account: { title: 'Linked account', type: 'string' },
        authentication: { title: 'Authentication', type: 'string' },
        input: { title: 'Input', type: 'object', default: {} },
        schedule: {
          title: 'Schedule',
          type: 'object',
          additionalProperties: false,
          properties: {
            every_seconds: { title: 'Every (seconds)', type: 'integer', minimum: 1 },
            cron: { title: 'Cron', type: 'string', minLength: 1, description: 'Five or six fields.' },
            time_zone: {
              title: 'Time zone',
              type: 'string',
              default: 'UTC',
              description: 'IANA name; used with cron.',
            },
          },
        },
      },
    },
    steps: {
      title: 'Steps',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
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
        },
      },
    },
    enabled: { title: 'Enabled', type: 'boolean', default: true },
  },
});

export interface Schedule {
  every_seconds?: number;
  cron?: string;
  time_zone?: string;
}

export interface Step {
  id: string;
  action: string;
  linked_account?: string;
  authentication?: string;
  input: Record<string, unknown>;
  options?: Record<string, unknown>;
}

export interface WorkflowDefinition {
  name: string;
  trigger: {
    id: string;
    linked_account?: string;
    authentication?: string;
    input: Record<string, unknown>;
    schedule?: Schedule;
  };
  steps: Step[];
  enabled: boolean;
}
