import { toMicros } from '../../triggers/cursor-values.ts';
import { pausedBy } from '../authentications/authentication-pause.ts';
import type { Context } from '../context.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import type { Workflow } from '../workflows/workflows.ts';
import { type Cursor, readCursor } from './cursors.ts';

/**
 * How a trigger fares, the worst first: `draft` and `disabled` do not tick; `authentication` waits for a person to renew it;
 * `paused` for a person to resume it; `failing` polls later and later; `late` should have ticked and did not.
 */
export const TRIGGER_STATES = ['draft', 'disabled', 'authentication', 'paused', 'failing', 'late', 'ok'] as const;
export type TriggerState = (typeof TRIGGER_STATES)[number];

/** Times are epoch ms. */
export interface TriggerView {
  state: TriggerState;
  /** Of a trigger that polls. */
  cursor?: Cursor;
  /** Behind the clock, of a cursor that is a time; it grows while the source has nothing new. */
  lagMs?: number;
  nextTickAt?: number;
}

/** A tick that is later than this is told of; the watchdog then makes up for it. */
const LATE_MS = 60_000;
const MICROS_PER_MS = 1000n;

/** How the trigger of a workflow fares, at the version that ticks use. */
export async function viewTrigger(ctx: Context, workflow: Workflow): Promise<TriggerView> {
  const { id, version, latest } = workflow;
  const { trigger: use } = await loadDefinition(ctx, id, version === 0 ? latest : version);
  const polls = ctx.catalogue.triggers.get(use.id)?.kind === 'poll';
  const [cursor, next] = await Promise.all([
    polls ? readCursor(ctx, id) : undefined,
    ctx.redis.zscore(ctx.keys.dueTicks(), id),
  ]);
  const nextTickAt = next === null ? undefined : Number(next);
  const lagMs = cursor === undefined ? undefined : lagOf(cursor, use.input.cursor_type, ctx.clock.now());
  return {
    state: await stateOf(ctx, workflow, { use, cursor, nextTickAt }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(lagMs === undefined ? {} : { lagMs }),
    ...(nextTickAt === undefined ? {} : { nextTickAt }),
  };
}

async function stateOf(
  ctx: Context,
  workflow: Workflow,
  of: {
    use: { linked_account?: string; authentication?: string };
    cursor: Cursor | undefined;
    nextTickAt: number | undefined;
  },
): Promise<TriggerState> {
  const { use, cursor, nextTickAt } = of;
  if (workflow.version === 0) return 'draft';
  if (!workflow.enabled) return 'disabled';
  const { linked_account: linkedAccount, authentication } = use;
  const stopped = linkedAccount && (await pausedBy(ctx, { linkedAccount, authentication }));
  if (stopped) return stopped === 'paused' ? 'paused' : 'authentication';
  if (cursor?.paused != null) return 'paused';
  if ((cursor?.failures ?? 0) > 0) return 'failing';
  return nextTickAt !== undefined && ctx.clock.now() - nextTickAt > LATE_MS ? 'late' : 'ok';
}

function lagOf({ position }: Cursor, type: unknown, now: number): number | undefined {
  if (position?.value == null || (type !== 'TIMESTAMP' && type !== 'TIMESTAMP_NTZ')) return undefined;
  return Math.max(0, now - Number(toMicros(position.value) / MICROS_PER_MS));
}
