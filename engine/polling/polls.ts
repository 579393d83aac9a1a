import { ConnectorError, type ErrorRecord, toErrorRecord } from '../../connector/errors.ts';
import type { JsonObject, Trigger } from '../../connector/manifest.ts';
import { openSource } from '../../triggers/open-source.ts';
import type { Page, Position } from '../../triggers/position.ts';
import type { Poll } from '../../triggers/source.ts';
import { endRange } from '../cursors/backfills.ts';
import { beginPoll, commitCursor, handPage, type PollTurn, readMemory } from '../cursors/cursors.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { submitAction } from '../runs/submit.ts';
import { newId } from '../store/ids.ts';
import { runAccountOf } from '../workflows/account-of-run.ts';
import { loadDefinition, openTriggerInput } from '../workflows/definitions.ts';
import { knownTrigger } from '../workflows/missing-parts.ts';
import { submitWorkflow } from '../workflows/submit-workflow.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import { noteFailure, noteSuccess } from './trigger-health.ts';

/** The part of a source that a poll reads: the live one of a workflow, or a backfill. */
export interface Reading {
  workflow: Workflow;
  trigger: Trigger;
  /** Which cursor holds the place; the workflow's own unless it is a range. */
  cursor: string;
  until?: string | undefined;
}

/**
 * Asks the source for the next page, unless one is in flight, the trigger is paused, or a backoff holds.
 * Safe to call as often as one likes, from any process: one of them gets the turn.
 * @returns the run of the poll, or what blocks it
 */
export async function poll(
  ctx: Context,
  reading: Reading,
): Promise<Exclude<PollTurn, { kind: 'go' }> | { kind: 'asked'; run: string }> {
  const { workflow, trigger, cursor, until } = reading;
  const now = ctx.clock.now();
  const id = newId('run', now);
  const turn = await beginPoll(ctx, cursor, id);
  if (turn.kind !== 'go') return turn;
  const definition = await loadDefinition(ctx, workflow.id, workflow.version);
  const { trigger: use } = definition;
  try {
    const input = openTriggerInput(ctx, workflow, definition) as JsonObject;
    const source = openSource(trigger, input);
    const memory = source.asksWithMemory === true ? await readMemory(ctx, cursor) : null;
    const ask = source.ask({ input, position: turn.position, memory, now, owner: workflow.id, until });
    await submitAction(ctx, workflow.tenant, {
      request: {
        action: ask.action,
        linked_account: use.linked_account,
        authentication: use.authentication,
        input: ask.input,
      },
      origin: {
        id,
        purpose: 'poll',
        workflow: workflow.id,
        workflow_version: workflow.version,
        effect: 'safe',
        page: {
          version: turn.version,
          from: turn.position,
          at: now,
          ...(cursor === workflow.id ? {} : { cursor }),
          ...(until === undefined ? {} : { until }),
        },
      },
    });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const page = { version: turn.version, from: turn.position, ...(cursor === workflow.id ? {} : { cursor }) };
    const attempt = { id, tenant: workflow.tenant, workflow: workflow.id, workflow_version: workflow.version, page };
    await noteFailure(ctx, attempt, toErrorRecord(error));
  }
  return { kind: 'asked', run: id };
}

/**
 * Hands what a finished poll found to a run of the workflow; nothing new only frees the cursor.
 * Called again after a crash it makes no second run: the page's run id is derived from the poll's.
 * @throws ConnectorError ERR_CURSOR_COLUMN and whatever else the source finds wrong
 */
export async function deliverPage(ctx: Context, run: Run, output: unknown): Promise<void> {
  const reading = await openReading(ctx, run);
  if (reading === undefined) return;
  await hand(ctx, run, reading.source.read(reading.poll, output), output);
}

/**
 * A poll failed: its source may make a page of that, such as a new snapshot where changes are no longer kept, or find
 * better words for it.
 * @returns what to say of the failure, or `undefined` when a page was made of it
 */
export async function recoverPoll(ctx: Context, run: Run, error: ErrorRecord): Promise<ErrorRecord | undefined> {
  const reading = await openReading(ctx, run);
  const found = reading?.source.recover?.(reading.poll, error);
  if (found === undefined) return error;
  if (found instanceof ConnectorError) return toErrorRecord(found);
  await hand(ctx, run, found);
  return undefined;
}

async function openReading(ctx: Context, run: Run) {
  const { workflow, workflow_version: version, page } = run;
  if (workflow === undefined || version === undefined || page === undefined) return undefined;
  const definition = await loadDefinition(ctx, workflow, version);
  const trigger = knownTrigger(ctx, definition.trigger.id);
  const input = openTriggerInput(ctx, { id: workflow, tenant: run.tenant }, definition) as JsonObject;
  const source = openSource(trigger, input);
  const memory = source.hasMemory ? await readMemory(ctx, page.cursor ?? workflow) : null;
  const poll: Poll = {
    input,
    position: page.from,
    memory,
    now: page.at ?? run.created_at,
    owner: workflow,
    until: page.until,
  };
  return { source, poll };
}

async function hand(ctx: Context, run: Run, found: Page, output?: unknown): Promise<void> {
  const {
    workflow,
    workflow_version: version,
    page,
  } = run as Required<Pick<Run, 'workflow' | 'workflow_version' | 'page'>>;
  const cursor = page.cursor ?? workflow;
  if (found.to === null) {
    const held = await handPage(ctx, cursor, {
      poll: run.id,
      page: '',
      version: page.version,
      backlog: found.backlog?.after,
      ms: tookMs(ctx, run),
    });
    if (held !== undefined) await noteSuccess(ctx, run, held.failuresBefore);
    if (held !== undefined && page.cursor !== undefined) await endRange(ctx, page.cursor, 'done');
    return;
  }
  if (found.events.length === 0) return moveOn(ctx, run, { ...found, to: found.to });
  const pageRun = `${run.id}p`;
  const held = await handPage(ctx, cursor, {
    poll: run.id,
    page: pageRun,
    version: page.version,
    memory: found.memory,
    backlog: found.backlog?.before,
    ms: tookMs(ctx, run),
  });
  if (held === undefined) return;
  await submitWorkflow(ctx, run.tenant, {
    id: pageRun,
    workflow,
    version,
    linked_account: runAccountOf(await loadDefinition(ctx, workflow, version)),
    trigger: { events: found.events, ...columnsOf(output), from: place(page.from), to: place(found.to) },
    page: {
      ...page,
      to: found.to,
      events: found.events.length,
      is_full: found.more,
      ...(found.memory === undefined ? {} : { memory: pageRun }),
      ...(found.backlog === undefined ? {} : { backlog: found.backlog.after }),
    },
  });
}

/** The columns of the rows that the events are made of: by them expressions know which texts are numbers. */
export function columnsOf(output: unknown): { columns?: unknown } {
  const { columns } = (output ?? {}) as { columns?: unknown };
  return Array.isArray(columns) && columns.length > 0 ? { columns } : {};
}

/** The source moved without anything to deliver: a start that was fixed, a part whose rows were all known. */
async function moveOn(ctx: Context, run: Run, found: Page & { to: Position }): Promise<void> {
  const { workflow, page } = run as Required<Pick<Run, 'workflow' | 'page'>>;
  const moved = await commitCursor(ctx, page.cursor ?? workflow, {
    version: page.version,
    to: found.to,
    run: run.id,
    events: 0,
    endsPoll: true,
    isSilent: page.from !== null && page.from.value === found.to.value && page.from.key === found.to.key,
    memory: found.memory === undefined ? undefined : { set: found.memory },
    backlog: found.backlog?.after,
  });
  if (moved === undefined) return;
  await noteSuccess(ctx, run, moved.failuresBefore);
  if (found.more) await enqueueTick(ctx, page.cursor ?? workflow);
  else if (page.cursor !== undefined) await endRange(ctx, page.cursor, 'done');
}

/** From the question to its answer. */
function tookMs(ctx: Context, run: Run): number {
  return Math.max(0, Math.round(ctx.clock.now() - (run.page?.at ?? run.created_at)));
}

/** What steps and people see of a position. */
export function place(position: Position | null): { value: string | null; key: string | null } | null {
  return position === null ? null : { value: position.value, key: position.key };
}
