import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import type { Context } from '../engine/context.ts';
import { type Cursor, readCursor, readCursorHistory, writeCursor } from '../engine/cursors/cursors.ts';
import { acceptPosition, previewCursor } from '../engine/polling/cursor-preview.ts';
import { loadDefinition } from '../engine/workflows/definitions.ts';
import type { Workflow } from '../engine/workflows/workflow-record.ts';
import { getWorkflow, publishedVersion } from '../engine/workflows/workflows.ts';
import type { Position } from '../triggers/position.ts';
import { listRoute } from './http/list-route.ts';
import { type Call, type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { endLookup } from './lookups.ts';

const VERSION = {
  title: 'Version',
  type: 'integer',
  minimum: 0,
  description: 'The version that you read. The request fails when the cursor has moved since.',
} as const;

const BODY: JsonObject = {
  type: 'object',
  required: ['value'],
  additionalProperties: false,
  properties: {
    value: {
      title: 'Value',
      type: 'string',
      minLength: 1,
      description: 'Value of the cursor column in the last row that counts as read, as text.',
    },
    key: {
      title: 'Key',
      type: 'string',
      description: 'Value of the key column in that row. Omit it to count every row with the value as read.',
    },
    version: VERSION,
  },
};

const DRY_RUN: JsonObject = {
  title: 'Dry run',
  type: 'boolean',
  default: false,
  description: 'Only count the events that would be delivered again; the cursor does not move.',
};
const MOVE_ANSWERS = {
  200: {
    description: 'The cursor, or with `dry_run` a preview.',
    schema: { oneOf: [ref('Cursor'), ref('CursorPreview')] },
  },
};

const OPTIONAL_TEXT = { type: ['string', 'null'] };
/** Null: it has not happened. */
export const OPTIONAL_TIME: JsonObject = { type: ['string', 'null'], format: 'date-time' };

export const cursorSchemas: JsonObject = {
  Cursor: object({
    position: {
      type: ['object', 'null'],
      description: 'Of the last row read; null at the start.',
      required: ['value', 'key'],
      properties: { value: TEXT, key: OPTIONAL_TEXT },
    },
    version: { ...COUNT, description: 'Increases with each move.' },
    events: { ...COUNT, description: 'Events delivered in total.' },
    in_flight: { ...OPTIONAL_TEXT, description: 'The run that reads or delivers the next event batch.' },
    failures: { ...COUNT, description: 'Consecutive failures.' },
    last_error: OPTIONAL_TEXT,
    last_hint: { ...OPTIONAL_TEXT, description: 'How to resolve the last error.' },
    not_before: { ...OPTIONAL_TIME, description: 'After failures, the trigger does not poll before this time.' },
    paused: {
      type: ['object', 'null'],
      description: 'While paused, the trigger does not poll.',
      required: ['at', 'by', 'reason'],
      properties: { at: TIME, by: TEXT, reason: TEXT },
    },
    last_tick_at: OPTIONAL_TIME,
    last_success_at: OPTIONAL_TIME,
    updated_at: OPTIONAL_TIME,
  }),
  CursorPreview: object({
    dry_run: { const: true },
    position: {
      type: ['object', 'null'],
      required: ['value', 'key'],
      properties: { value: OPTIONAL_TEXT, key: OPTIONAL_TEXT },
    },
    events: {
      ...COUNT,
      description: 'Events between the new and the current position, which would be delivered again.',
    },
  }),
  CursorMove: {
    ...ANY_OBJECT,
    description:
      '`value`, `key`, `version`, `at`, and what moved it: the `run` that delivered an event batch, or an API key (`by`).',
  },
};

/** `/v1/workflows/{id}/cursor`: how far the trigger of a workflow has read. */
export function cursorRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  const move = async (call: Call<{ dry_run?: boolean }>, given: Position | null, version: number | undefined) => {
    const workflow = await pollingWorkflow(ctx, call);
    const position =
      given === null ? null : await acceptPosition(ctx, workflow, { value: given.value!, key: given.key });
    if (call.query.dry_run === true) {
      const events = await countAgain(serving, workflow, position);
      return { status: 200, body: { dry_run: true, position: plain(position), events } };
    }
    const { caller } = call;
    await writeCursor(ctx, workflow.id, { position, by: caller.name, expectedVersion: version });
    await audit(ctx, caller, {
      action: position === null ? 'cursor.reset' : 'cursor.set',
      target: { kind: 'workflow', id: workflow.id, name: workflow.name },
      ...(position === null ? {} : { details: { ...position } }),
    });
    return { status: 200, body: showCursor(await readCursor(ctx, workflow.id)) };
  };
  return [
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/cursor',
      operation: 'get_cursor',
      tag: 'Cursors',
      summary: 'Get the cursor of a workflow: how far its trigger has read.',
      answers: { 200: { description: 'The cursor.', schema: ref('Cursor') } },
      async handle(call) {
        const { id } = await pollingWorkflow(ctx, call);
        return { status: 200, body: showCursor(await readCursor(ctx, id)) };
      },
    }),
    route<{ dry_run?: boolean }, { value: string; key?: string; version?: number }>({
      method: 'PUT',
      path: '/v1/workflows/{id}/cursor',
      operation: 'set_cursor',
      failures: [409, 422],
      tag: 'Cursors',
      summary: 'Set the cursor. Rows after it are delivered, even if they were delivered before.',
      description: 'The event batch in flight is still delivered, but no longer moves the cursor.',
      query: { dry_run: DRY_RUN },
      body: BODY,
      answers: MOVE_ANSWERS,
      handle: (call) => move(call, { value: call.body.value, key: call.body.key ?? null }, call.body.version),
    }),
    route<{ version?: number; dry_run?: boolean }>({
      method: 'DELETE',
      path: '/v1/workflows/{id}/cursor',
      operation: 'reset_cursor',
      tag: 'Cursors',
      summary: 'Reset the cursor to the start of the trigger.',
      query: { version: VERSION, dry_run: DRY_RUN },
      answers: MOVE_ANSWERS,
      handle: (call) => move(call, null, call.query.version),
    }),
    listRoute({
      path: '/v1/workflows/{id}/cursor/history',
      operation: 'get_cursor_history',
      tag: 'Cursors',
      summary: 'List the moves of the cursor, newest first. The last 200 are kept.',
      item: 'CursorMove',
      page: 'A page of moves.',
      async read(call, page) {
        const { id } = await pollingWorkflow(ctx, call);
        const { items, ...rest } = await readCursorHistory(ctx, id, page);
        return { items: items.map((entry) => ({ ...entry, at: iso(entry.at) })), ...rest };
      },
    }),
  ];
}

/** The service counts; nothing of it is kept. */
async function countAgain(serving: Serving, workflow: Workflow, to: Position | null): Promise<number> {
  const { run, count } = await previewCursor(serving.ctx, workflow, to);
  return count(await endLookup(serving, run, { what: 'counting the events', told: 'the events could not be counted' }));
}

function plain(position: Position | null) {
  return position === null ? null : { value: position.value, key: position.key };
}

/** The workflow of the path, whose trigger polls. @throws ConnectorError ERR_NOT_FOUND */
export async function pollingWorkflow(ctx: Context, { caller, params }: Call): Promise<Workflow> {
  const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
  const { trigger } = await loadDefinition(ctx, workflow.id, publishedVersion(workflow));
  if (ctx.manifests.triggers.get(trigger.id)?.kind === 'poll') return workflow;
  throw new ConnectorError(
    'ERR_NOT_FOUND',
    `the workflow "${workflow.name}" has no cursor: its trigger ${trigger.id} does not poll`,
    {
      hint: 'Only workflows with a polling trigger have a cursor.',
    },
  );
}

/** A cursor as it is shown. */
export function showCursor(cursor: Cursor) {
  return {
    position: cursor.position === null ? null : { value: cursor.position.value, key: cursor.position.key },
    version: cursor.version,
    events: cursor.events,
    in_flight: cursor.inFlight,
    failures: cursor.failures,
    last_error: cursor.lastError,
    last_hint: cursor.lastHint,
    not_before: iso(cursor.notBefore),
    paused: cursor.paused === null ? null : { ...cursor.paused, at: iso(cursor.paused.at) },
    last_tick_at: iso(cursor.lastTickAt),
    last_success_at: iso(cursor.lastSuccessAt),
    updated_at: iso(cursor.updatedAt),
  };
}

function iso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
