import type { JsonObject } from '../connector/manifest.ts';
import { type PreviewRequest, previewTrigger, type TriggerPreview } from '../engine/polling/trigger-preview.ts';
import { getWorkflow } from '../engine/workflows/workflows.ts';
import { requireActionRole } from './http/auth.ts';
import { MAX_DEFINITION_BYTES } from './http/body.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { LOOKUP_LIMIT_MS, lookupEnd } from './lookups.ts';

const MAX_EVENTS = 100;

const BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    input: { title: 'Input', type: 'object', default: {}, description: 'Input of the trigger, as in a workflow.' },
    linked_account: { title: 'Linked account', type: 'string', minLength: 1, description: 'Id or name.' },
    authentication: { title: 'Authentication', type: 'string', minLength: 1 },
    workflow: {
      title: 'Workflow',
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description:
        'Id or name. The preview starts from the cursor of this workflow, and events have the IDs that it delivers. Hidden secrets of an unchanged input keep their values.',
    },
    from: {
      title: 'From',
      type: 'string',
      enum: ['cursor', 'start', 'beginning'],
      default: 'cursor',
      description:
        'start: as if the workflow had not read anything yet. beginning: so, and with what is there already, also where the input starts from now on.',
    },
    limit: { title: 'Limit', type: 'integer', minimum: 1, maximum: MAX_EVENTS, default: 20 },
  },
};

interface PreviewBody extends Omit<PreviewRequest, 'id' | 'workflow'> {
  workflow?: string;
}

const POSITION: JsonObject = {
  type: ['object', 'null'],
  required: ['value', 'key'],
  properties: { value: { type: ['string', 'null'] }, key: { type: ['string', 'null'] } },
};

export const triggerPreviewSchemas: JsonObject = {
  TriggerPreview: object(
    {
      events: {
        type: 'array',
        description: 'The first events that the next poll would deliver, in order.',
        items: object(
          { id: TEXT, data: { description: 'As in `trigger.events` of a run.' } },
          { change: { type: 'string', enum: ['new', 'changed'] } },
        ),
      },
      truncated: {
        type: 'boolean',
        description: 'Events within the limit are left out, because all together are larger than 512 KB as JSON.',
      },
      total: {
        ...object({
          events: COUNT,
          exact: { type: 'boolean', description: 'False: at least so many; the source does not count them all.' },
        }),
        description: 'How many events would be delivered until the workflow has caught up.',
      },
      held_back: { ...COUNT, description: 'Rows that wait because their cursor value is in the future.' },
      from: { ...POSITION, description: 'The position that the preview starts from; null before the first event.' },
      to: { ...POSITION, description: 'The position after the batch that was read.' },
      cursor: {
        type: ['object', 'null'],
        required: ['column', 'type'],
        properties: { column: TEXT, type: { type: ['string', 'null'], description: 'SQL type, if it is known.' } },
        description: 'The cursor column of a trigger that has one.',
      },
      request: {
        ...object({ action: TEXT, input: { description: 'Secrets are hidden; null when it is too large to show.' } }),
        description: 'The last request to the service, for example the SQL statement.',
      },
    },
    { columns: { type: 'array', description: 'Of SQL rows, as in `trigger.columns` of a run.' } },
  ),
};

/** `POST /v1/triggers/{id}/preview`: what the next poll would deliver. */
export function triggerPreviewRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route<unknown, PreviewBody>({
      method: 'POST',
      path: '/v1/triggers/{id}/preview',
      operation: 'preview_trigger',
      failures: [502, 504],
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag: 'Connectors',
      summary: 'Preview the events that a polling trigger would deliver next, and how many.',
      description:
        'The source is read as the next poll would read it. Nothing is delivered, and no cursor moves. The request ends after 30 seconds; a stopped warehouse is started, as by a poll. Errors of the service point at the fields of the input that they name.',
      body: BODY,
      answers: { 200: { description: 'The first events.', schema: ref('TriggerPreview') } },
      async handle({ caller, params, body }) {
        const { tenant } = caller;
        const workflow = body.workflow === undefined ? undefined : await getWorkflow(ctx, tenant, body.workflow);
        const deadline = performance.now() + LOOKUP_LIMIT_MS;
        const preview = await previewTrigger(ctx, tenant, {
          request: { ...body, id: params.id!, workflow },
          mayRun: (action) => requireActionRole(ctx, caller, action),
          answer: (run) =>
            lookupEnd(serving, run, { what: 'the preview', ms: Math.max(1, deadline - performance.now()) }),
        });
        return { status: 200, body: show(preview) };
      },
    }),
  ];
}

function show({ total, heldBack, isCut, ...preview }: TriggerPreview): object {
  return {
    ...preview,
    truncated: isCut,
    total: { events: total.events, exact: total.isExact },
    held_back: heldBack,
  };
}
