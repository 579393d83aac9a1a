import type { JsonObject } from '../../connector/manifest.ts';
import type { Service } from '../../connector/service.ts';
import type { Warning } from '../../triggers/warning.ts';
import { pausedBy } from '../credentials/records/authentication-pause.ts';
import { type Cursor, readCursor } from '../cursors/cursors.ts';
import { nextCronTime } from '../queue/cron.ts';
import { type Due, scheduleOf } from '../queue/schedules.ts';
import type { Context } from '../runs/context.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import { triggerWarning } from '../workflows/missing-parts.ts';
import { shownVersion, type Workflow } from '../workflows/workflow-record.ts';
import type { WorkflowDefinition } from '../workflows/workflow-schema.ts';
import { readDeadLetters } from './dead-letters.ts';
import { readWaitingRun, type WaitingRun } from './waiting-runs.ts';

/**
 * Trigger health, the worst first: `draft` and `disabled` do not tick; `authentication` waits for a person to renew it;
 * `paused` for a person to resume it; `not_delivering` has open dead letters and delivered nothing since; `failing` polls later and
 * later, or its trigger is gone; `late` should have ticked and did not.
 */
export const TRIGGER_STATES = [
  'draft',
  'disabled',
  'authentication',
  'paused',
  'not_delivering',
  'failing',
  'late',
  'ok',
] as const;
export type TriggerState = (typeof TRIGGER_STATES)[number];

/** What is not delivered yet; `null` where it is not known. All are 0 when everything is delivered. */
export interface Lag {
  /** Age of the oldest, of a source whose events have a time. */
  seconds: number | null;
  rows: number | null;
  /** Versions of a table. */
  versions: number | null;
}

/** Times are epoch ms. */
export interface TriggerView {
  state: TriggerState;
  /** What follows is of a trigger that polls. */
  cursor?: Cursor;
  lag?: Lag;
  futureRows?: number;
  deadLettersOpen?: number;
  /** What a person should know of a source that was read. */
  warnings?: Warning[];
  /** Of the next tick that polls or starts a run. */
  nextTickAt?: number;
  /** Of a schedule. */
  waitingRun?: WaitingRun;
}

/** A tick that is later than this is told of; the watchdog then makes up for it. */
const LATE_MS = 60_000;
const MS = 1000;
const UNKNOWN: Lag = { seconds: null, rows: null, versions: null };
const NOTHING: Lag = { seconds: 0, rows: 0, versions: 0 };

/** The health of a workflow's trigger, at the version that ticks use. */
export async function viewTrigger(ctx: Context, workflow: Workflow): Promise<TriggerView> {
  const { id } = workflow;
  const version = shownVersion(workflow);
  if (version === undefined) return { state: 'draft' };
  const { trigger: use } = await loadDefinition(ctx, id, version);
  const polls = isPolled(ctx, use);
  const [cursor, next, letters, waitingRun] = await Promise.all([
    polls ? readCursor(ctx, id) : undefined,
    ctx.redis.zscore(ctx.keys.dueTicks(), id),
    polls ? readDeadLetters(ctx, id) : undefined,
    polls ? undefined : readWaitingRun(ctx, id),
  ]);
  const view = await toView(ctx, workflow, { use, cursor, letters, due: next === null ? undefined : Number(next) });
  return { ...view, ...(waitingRun === undefined ? {} : { waitingRun }) };
}

/** Whether a trigger has a cursor. */
export function isPolled(ctx: Context, use: { id: string }): boolean {
  return ctx.manifests.triggers.get(use.id)?.kind === 'poll';
}

function isKnown(ctx: Context, use: { id: string }): boolean {
  return ctx.manifests.triggers.has(use.id);
}

function serviceOf(ctx: Context, use: { id: string }): Service | undefined {
  return ctx.manifests.triggers.get(use.id)?.connector.service;
}

/** What Redis knows of a trigger. */
export interface TriggerParts {
  use: Pick<WorkflowDefinition['trigger'], 'id' | 'input' | 'schedule' | 'linked_account' | 'authentication'>;
  cursor: Cursor | undefined;
  /** Epoch ms of the next tick. */
  due: number | undefined;
  letters: { open: number; lastAt: number | null } | undefined;
}

/** The health of a trigger from its parts. */
export async function toView(ctx: Context, workflow: Workflow, parts: TriggerParts): Promise<TriggerView> {
  const { use, cursor, due, letters } = parts;
  const nextTickAt = due === undefined ? undefined : pollTime(scheduleOf(ctx, use), due, cursor?.notBefore ?? null);
  return {
    state: await stateOf(ctx, workflow, parts),
    ...(isKnown(ctx, use) ? {} : { warnings: [triggerWarning(use.id)] }),
    ...(cursor === undefined
      ? {}
      : {
          cursor,
          lag: lagOf(cursor, ctx.clock.now()),
          futureRows: cursor.backlog?.future ?? 0,
          warnings: serviceOf(ctx, use)?.triggerWarnings?.(use.input as JsonObject, cursor.position) ?? [],
        }),
    ...(letters === undefined ? {} : { deadLettersOpen: letters.open }),
    ...(nextTickAt === undefined ? {} : { nextTickAt }),
  };
}

async function stateOf(ctx: Context, workflow: Workflow, parts: TriggerParts): Promise<TriggerState> {
  const { use, cursor, due, letters } = parts;
  if (workflow.version === 0) return 'draft';
  if (!workflow.enabled) return 'disabled';
  if (!isKnown(ctx, use)) return 'failing';
  const { linked_account: linkedAccount, authentication } = use;
  const stopped = linkedAccount && (await pausedBy(ctx, { linkedAccount, authentication }));
  if (stopped) return stopped === 'paused' ? 'paused' : 'authentication';
  if (cursor?.paused != null) return 'paused';
  if (letters !== undefined && letters.open > 0 && (cursor?.lastDeliveryAt ?? 0) <= letters.lastAt!) {
    return 'not_delivering';
  }
  if ((cursor?.failures ?? 0) > 0) return 'failing';
  return due !== undefined && ctx.clock.now() - due > LATE_MS ? 'late' : 'ok';
}

/** The first tick that a backoff does not hold. */
function pollTime(schedule: Due | undefined, due: number, notBefore: number | null): number {
  if (notBefore === null || notBefore <= due || schedule === undefined) return due;
  if ('cron' in schedule) return nextCronTime(schedule, notBefore - 1) ?? notBefore;
  return due + Math.ceil((notBefore - due) / schedule.everyMs) * schedule.everyMs;
}

function lagOf({ backlog }: Cursor, now: number): Lag {
  if (backlog === null) return UNKNOWN;
  const { rows, versions, oldest } = backlog;
  if (rows === 0) return NOTHING;
  return { seconds: oldest === null ? null : Math.max(0, now - Date.parse(oldest)) / MS, rows, versions };
}
