import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/audit.ts';
import type { Context } from '../engine/context.ts';
import { acceptPosition, previewCursor } from '../engine/cursor-preview.ts';
import { type Cursor, readCursor, readCursorHistory, writeCursor } from '../engine/cursors.ts';
import { getWorkflow, loadDefinition, publishedVersion, type Workflow } from '../engine/workflows.ts';
import type { Position } from '../triggers/position.ts';
<<<<<<< HEAD
import { endLookup } from './lookups.ts';
import { type Call, type Route, route } from './route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TIME } from './schemas.ts';
=======
import { answerOf } from './lookups.ts';
import { type Call, type Route, route } from './route.ts';
import { ANY_OBJECT, COUNT, object, ref } from './schemas.ts';
>>>>>>> 9f3f4ea (wip)
import type { Serving } from './serving.ts';

const VERSION = {
  title: 'Version',
  type: 'integer',
  minimum: 0,
  description: 'The version that was read; refused when it has moved since.',
} as const;

const VALUE: JsonObject = {
  title: 'Value',
  type: 'string',
  minLength: 1,
  description: 'The cursor column of the last row that counts as read, as text.',
};

const KEY: JsonObject = {
  title: 'Key',
  type: 'string',
  description: 'The key column of that row; left out, every row with the value counts as read.',
};

const BODY: JsonObject = {
  type: 'object',
  required: ['value'],
  additionalProperties: false,
  properties: {
    value: VALUE,
    key: KEY,
    version: VERSION,
  },
};

const DRY_RUN: JsonObject = {
  title: 'Dry run',
  type: 'boolean',
  default: false,
  description: 'Move nothing, and count the events that would be delivered again.',
};
const MOVE_ANSWERS = {
  200: {
    description: 'The cursor; of a dry run, what it would do.',
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
      description: 'Of the last row that was read; null at the start.',
      required: ['value', 'key'],
      properties: { value: OPTIONAL_TEXT, key: OPTIONAL_TEXT },
    },
    lag_seconds: {
      type: ['integer', 'null'],
      minimum: 0,
      description: 'Age of the newest row that was read, where the cursor is a time.',
    },
    paused: { type: ['object', 'null'], description: 'Since when, by whom and why nothing is polled.' },
    version: { ...COUNT, description: 'Rises with each move.' },
    events: { ...COUNT, description: 'Delivered since the beginning.' },
    in_flight: { ...OPTIONAL_TEXT, description: 'The run that reads or delivers the next page.' },
    failures: { ...COUNT, description: 'In a row.' },
    last_error: OPTIONAL_TEXT,
    not_before: { ...OPTIONAL_TIME, description: 'No poll before that time, after failures.' },
    paused: {
      type: ['object', 'null'],
      description: 'Nothing is polled meanwhile.',
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
    events: { ...COUNT, description: 'From there to the present position: they would be delivered again.' },
  }),
  CursorMove: {
    ...ANY_OBJECT,
    description: '`value`, `key`, `version`, `at`, and who moved it: the `run` of a page, or a key (`by`).',
  },
};

/** `/v1/workflows/{id}/cursor`: how far the trigger of a workflow has read. */
export function cursorRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
<<<<<<< HEAD
  const move = async (call: Call<{ dry_run?: boolean }>, given: Position | null, version: number | undefined) => {
=======
  const move = async (call: Call, position: Position | null, version: number | undefined) => {
>>>>>>> 9f3f4ea (wip)
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
<<<<<<< HEAD
    return { status: 200, body: showCursor(await readCursor(ctx, workflow.id)) };
=======
    return { status: 200, body: showCursor(await readCursor(ctx, workflow.id), ctx.clock.now()) };
>>>>>>> 9f3f4ea (wip)
  };
  return [
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/cursor',
      operation: 'get_cursor',
      tag: 'Cursors',
      summary: 'Read how far the trigger has read.',
      answers: { 200: { description: 'The cursor.', schema: ref('Cursor') } },
      async handle(call) {
        const { id } = await pollingWorkflow(ctx, call);
<<<<<<< HEAD
        return { status: 200, body: showCursor(await readCursor(ctx, id)) };
=======
        return { status: 200, body: showCursor(await readCursor(ctx, id), ctx.clock.now()) };
>>>>>>> 9f3f4ea (wip)
      },
    }),
    route<{ dry_run?: boolean }, { value: string; key?: string; version?: number }>({
      method: 'PUT',
      path: '/v1/workflows/{id}/cursor',
      operation: 'set_cursor',
      tag: 'Cursors',
      summary: 'Move the cursor: rows after it are delivered, again if need be.',
      description: 'What is in flight is delivered still, but can no longer move the cursor.',
      query: { dry_run: DRY_RUN },
      body: BODY,
<<<<<<< HEAD
      answers: MOVE_ANSWERS,
      handle: (call) => move(call, { value: call.body.value, key: call.body.key ?? null }, call.body.version),
=======
      answers: { 200: { description: 'The cursor.', schema: ref('Cursor') } },
      async handle(call) {
        const { value, key = null, version } = call.body;
        const position = await acceptPosition(ctx, await pollingWorkflow(ctx, call), { value, key });
        return move(call, position, version);
      },
>>>>>>> 9f3f4ea (wip)
    }),
    route<{ version?: number; dry_run?: boolean }>({
      method: 'DELETE',
      path: '/v1/workflows/{id}/cursor',
      operation: 'reset_cursor',
      tag: 'Cursors',
      summary: 'Go back to the start of the trigger.',
      query: { version: VERSION, dry_run: DRY_RUN },
      answers: MOVE_ANSWERS,
      handle: (call) => move(call, null, call.query.version),
    }),
    route<unknown, { value?: string; key?: string }>({
      method: 'POST',
      path: '/v1/workflows/{id}/cursor/preview',
      operation: 'preview_cursor',
      tag: 'Cursors',
      summary: 'Count the events that would be delivered again if the cursor were set there, or reset without a value.',
      body: { ...BODY, required: [], properties: { value: VALUE, key: KEY } },
      answers: { 200: { description: 'How many.', schema: object({ events: COUNT }) } },
      async handle(call) {
        const workflow = await pollingWorkflow(ctx, call);
        const { value, key = null } = call.body;
        const to = value === undefined ? null : await acceptPosition(ctx, workflow, { value, key });
        const { run, count } = await previewCursor(ctx, workflow, to);
        const output = await answerOf(serving, run, 'the events could not be counted');
        return { status: 200, body: { events: count(output) } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/workflows/{id}/cursor/history',
      operation: 'get_cursor_history',
      tag: 'Cursors',
      summary: 'List the last 200 moves, newest first.',
      answers: {
        200: {
          description: 'The moves.',
          schema: object({ items: { type: 'array', items: ref('CursorMove') }, next_cursor: { type: 'null' } }),
        },
      },
      async handle(call) {
        const { id } = await pollingWorkflow(ctx, call);
        const moves = (await readCursorHistory(ctx, id)) as { at: number }[];
        return {
          status: 200,
          body: { items: moves.map((entry) => ({ ...entry, at: iso(entry.at) })), next_cursor: null },
        };
      },
    }),
  ];
}

<<<<<<< HEAD
/** The service counts; nothing of it is kept. */
async function countAgain(serving: Serving, workflow: Workflow, to: Position | null): Promise<number> {
  const { run, count } = await previewCursor(serving.ctx, workflow, to);
  return count(await endLookup(serving, run, { what: 'the count', told: 'the events could not be counted' }));
}

function plain(position: Position | null) {
  return position === null ? null : { value: position.value, key: position.key };
}

/** The workflow of the path, whose trigger polls. @throws ConnectorError ERR_NOT_FOUND */
=======
/** The workflow of a path, if it polls. @throws ConnectorError ERR_NOT_FOUND */
>>>>>>> 9f3f4ea (wip)
export async function pollingWorkflow(ctx: Context, { caller, params }: Call): Promise<Workflow> {
  const workflow = await getWorkflow(ctx, caller.tenant, params.id!);
  const { trigger } = await loadDefinition(ctx, workflow.id, publishedVersion(workflow));
  if (ctx.catalogue.triggers.get(trigger.id)?.kind === 'poll') return workflow;
  throw new ConnectorError(
    'ERR_NOT_FOUND',
    `the workflow "${workflow.name}" has no cursor: its trigger ${trigger.id} polls nothing`,
    {
      hint: 'Only a workflow with a polling trigger has a cursor.',
    },
  );
}

<<<<<<< HEAD
/** A cursor as it is shown. */
export function showCursor(cursor: Cursor) {
=======
/** A cursor as the API shows it. */
export function showCursor(cursor: Cursor, now: number) {
>>>>>>> 9f3f4ea (wip)
  return {
    position: cursor.position === null ? null : { value: cursor.position.value, key: cursor.position.key },
    lag_seconds: lagOf(cursor.position, now),
    paused: cursor.paused === null ? null : { ...cursor.paused, at: iso(cursor.paused.at) },
    version: cursor.version,
    events: cursor.events,
    in_flight: cursor.inFlight,
    failures: cursor.failures,
    last_error: cursor.lastError,
    not_before: iso(cursor.notBefore),
    paused: cursor.paused === null ? null : { ...cursor.paused, at: iso(cursor.paused.at) },
    last_tick_at: iso(cursor.lastTickAt),
    last_success_at: iso(cursor.lastSuccessAt),
    updated_at: iso(cursor.updatedAt),
  };
}

/** How old the newest row is that was read, where the cursor is a time. */
function lagOf(position: Position | null, now: number): number | null {
  const text = position?.value ?? '';
  const at = /^\d{4}-\d\d-\d\dT.*Z$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.round((now - at) / 1000));
}

function iso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
