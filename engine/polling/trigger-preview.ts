import { ConnectorError, type ErrorRecord } from '../../connector/errors.ts';
import { stringifyAtEdge } from '../../connector/json.ts';
import type { JsonObject, Trigger } from '../../connector/manifest.ts';
import { openSource } from '../../triggers/open-source.ts';
import type { Page, Position, TriggerEvent } from '../../triggers/position.ts';
import type { Poll, Source } from '../../triggers/source.ts';
import { typesOf } from '../../triggers/table/table-types.ts';
import { readCursor, readMemory } from '../cursors/cursors.ts';
import type { Context } from '../runs/context.ts';
import { submitAction } from '../runs/submit.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import { columnsOf, place } from './polls.ts';
import { atField, checkUse, type TriggerUse } from './preview-input.ts';

/** What would come, asked for. */
export interface PreviewRequest extends TriggerUse {
  /** Whose cursor the preview starts from, and whose events it makes; its hidden values are those of the input. */
  workflow?: Workflow | undefined;
  /** `start`: as if nothing had been read yet. `beginning`: so, and with what is there already, whatever the input says of its start. */
  from: 'cursor' | 'start' | 'beginning';
  /** Most events that are shown. */
  limit: number;
}

/** What the next poll would deliver, and what would come after it. */
export interface TriggerPreview {
  events: TriggerEvent[];
  /** Of SQL rows. */
  columns?: unknown;
  /** The position that was read from, and that after the events of the batch. */
  from: ReturnType<typeof place>;
  to: ReturnType<typeof place>;
  /** Without `isExact`, at least so many. */
  total: { events: number; isExact: boolean };
  /** Rows that are held back because their cursor value is in the future. */
  heldBack: number;
  /** Events of the batch are left out: they are too large to be shown together. */
  isCut: boolean;
  cursor: { column: string; type: string | null } | null;
  /** The last request that was made, with its secrets hidden. */
  request: { action: string; input: unknown };
}

/** Runs an action that was submitted to its end. `input` is as its record shows it. */
export type AnswerOf = (run: string) => Promise<{ output: unknown; input: unknown } | { error: ErrorRecord }>;

/** The types, the identity of the table, and a window that is read again may each take a request before the first rows. */
const MAX_REQUESTS = 30;
/** After so many without an event, such as in a long look back, batches have the size of the trigger. */
const SMALL_REQUESTS = 6;
/** Of the JSON of all events that are shown. */
const MAX_SHOWN_CHARACTERS = 524_288;
/** Of the request that is shown; an input may hold a file. */
const MAX_INPUT_CHARACTERS = 65_536;

/**
 * Reads what the next poll of a trigger would deliver, as the poll would: by the same source, from the same position. Nothing is
 * delivered, and no cursor moves, also where a poll is in flight. A smaller batch than the trigger's is asked for; its events are the first
 * of the trigger's own.
 * @throws ConnectorError ERR_TRIGGER_UNKNOWN; ERR_CONFLICT for a trigger that does not poll; ERR_INPUT_INVALID, ERR_CURSOR_COLUMN,
 * ERR_HISTORY_GONE and the errors of the service, with pointers into the request; ERR_TIMEOUT when nothing is found in 30 requests
 */
export async function previewTrigger(
  ctx: Context,
  tenant: string,
  { request, mayRun, answer }: { request: PreviewRequest; mayRun: (action: string) => void; answer: AnswerOf },
): Promise<TriggerPreview> {
  const { workflow, from, limit } = request;
  const { trigger, use, input } = await checkUse(ctx, tenant, request);
  const start = workflow === undefined || from !== 'cursor' ? null : (await readCursor(ctx, workflow.id)).position;
  const small = withBatchOf(trigger, input, limit);
  const state: { position: Position | null; memory: string | null } = { position: start, memory: null };
  try {
    const hasMemory = openSource(trigger, input).hasMemory;
    if (hasMemory && workflow !== undefined && from === 'cursor') state.memory = await readMemory(ctx, workflow.id);
    for (let requests = 0; requests < MAX_REQUESTS; requests += 1) {
      const sized = requests < SMALL_REQUESTS ? small : input;
      const source = openSource(trigger, sized);
      const owner = workflow?.id ?? 'preview';
      const poll: Poll = { input: sized, ...state, now: ctx.clock.now(), owner };
      const found = await readBatch(ctx, { tenant, use, source, poll, mayRun, answer });
      const { page } = found;
      if (page.events.length > 0 || !page.more) return show(found, { start, state, input, limit });
      state.position = page.to ?? state.position;
      state.memory = page.memory ?? state.memory;
    }
  } catch (error) {
    throw error instanceof ConnectorError ? atField(error, { trigger, input }) : error;
  }
  throw new ConnectorError('ERR_TIMEOUT', `no event was found in the first ${MAX_REQUESTS} requests to the source`, {
    hint: 'The source has a lot to read before the first new event. Shorten the look back, or preview from the start.',
  });
}

interface Batch {
  page: Page;
  output?: unknown;
  request: TriggerPreview['request'];
}

/** One request to the source, and what it says. */
async function readBatch(
  ctx: Context,
  of: {
    tenant: string;
    use: TriggerUse;
    source: Source;
    poll: Poll;
    /** Throws when anyone who asks may not run this action by itself. */
    mayRun: (action: string) => void;
    answer: AnswerOf;
  },
): Promise<Batch> {
  const { tenant, use, source, poll, mayRun, answer } = of;
  const ask = source.ask(source.asksWithMemory === true ? poll : { ...poll, memory: null });
  mayRun(ask.action);
  const run = await submitAction(ctx, tenant, {
    request: {
      action: ask.action,
      linked_account: use.linked_account,
      authentication: use.authentication,
      input: ask.input,
    },
    origin: { purpose: 'lookup', effect: 'safe' },
  });
  const ended = await answer(run.id);
  if ('output' in ended) {
    const request = { action: ask.action, input: ended.input };
    return { page: source.read(poll, ended.output), output: ended.output, request };
  }
  const found = source.recover?.(poll, ended.error);
  if (found instanceof ConnectorError) throw found;
  if (found !== undefined) return { page: found, request: { action: ask.action, input: null } };
  const { code, message, ...more } = ended.error;
  throw new ConnectorError(code, `the source could not be read: ${message}`, more);
}

function show(
  { page, output, request }: Batch,
  of: { start: Position | null; state: { position: Position | null }; input: JsonObject; limit: number },
): TriggerPreview {
  const { start, state, input, limit } = of;
  const [type = null] = typesOf(page.to) ?? typesOf(state.position) ?? [];
  const batch = page.events.slice(0, limit);
  const events = thatFit(batch);
  return {
    events,
    ...(events.length === 0 ? {} : columnsOf(output)),
    from: place(start),
    to: place(page.to ?? state.position),
    total: totalOf(page),
    heldBack: page.backlog?.before.future ?? 0,
    isCut: events.length < batch.length,
    cursor: typeof input.cursor_column === 'string' ? { column: input.cursor_column, type } : null,
    request: stringifyAtEdge(request.input).length > MAX_INPUT_CHARACTERS ? { ...request, input: null } : request,
  };
}

/** What is not delivered before the batch; a batch with nothing after it is all there is. */
function totalOf({ events, more, backlog, hasMoreThanCounted }: Page): TriggerPreview['total'] {
  const { length } = events;
  const rows = backlog?.before.rows ?? null;
  if (!more) return { events: length, isExact: true };
  if (rows === null) return { events: length, isExact: false };
  return { events: Math.max(rows, length), isExact: hasMoreThanCounted !== true };
}

function thatFit(events: TriggerEvent[]): TriggerEvent[] {
  let left = MAX_SHOWN_CHARACTERS;
  const end = events.findIndex((event) => {
    left -= stringifyAtEdge(event).length;
    return left < 0;
  });
  return end < 0 ? events : events.slice(0, end);
}

/** The input with as small a batch as is shown, where the trigger has a size. */
function withBatchOf(trigger: Trigger, input: JsonObject, limit: number): JsonObject {
  const { properties = {} } = trigger.manifest.input as { properties?: JsonObject };
  if (properties.page_size === undefined) return input;
  return { ...input, page_size: Math.min(Number(input.page_size ?? limit), limit) };
}
