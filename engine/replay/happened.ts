import { ConnectorError } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { readHeads } from '../runs/runs.ts';
import { childRunIds } from '../workflows/children.ts';
import { loadDefinition } from '../workflows/definitions.ts';

/** Items of a loop that are read at once. */
const BATCH = 200;
/** Failures before the service was asked to do anything. */
const NOT_SENT = new Set([
  'ERR_NOT_SENT',
  'ERR_INPUT_INVALID',
  'ERR_EXPRESSION',
  'ERR_NO_AUTHENTICATION',
  'ERR_NEEDS_REAUTH',
]);

/**
 * Whether what a run does has happened, or may have: of a launch that never left or was refused, nothing has. Of a
 * workflow's run or a loop, whether anything in it has. A step that was skipped or never begun did nothing.
 */
export async function hasHappened(ctx: Context, run: Run | undefined): Promise<boolean> {
  if (run === undefined || run.skipped === true) return false;
  if (run.kind === 'workflow') return hasChildHappened(ctx, run);
  if (run.status === 'succeeded') return true;
  // A failed launch without a handle was refused; with one it ran at the service, and failed there.
  if (run.effect === 'token' || run.effect === 'once')
    return run.launches.some(({ handle, outcome }) => handle !== undefined || outcome !== 'failed');
  if (run.effect === 'safe') return false;
  // These note no launches: only an answer that refuses tells that nothing happened.
  const { code, upstream } = run.error ?? {};
  const isRefused = upstream?.status !== undefined && upstream.status >= 400 && upstream.status < 500;
  return run.attempts > 0 && !isRefused && (code === undefined || !NOT_SENT.has(code));
}

/** What of a run has happened outside, or may have. */
export interface Outside {
  /** How often, by effect; a run of a workflow or loop counts what is in it. */
  happened: Record<Effect, number>;
  /** The last attempt at it, whatever came of it. */
  last?: LastLaunch;
}

export interface LastLaunch {
  /** `unknown`: it was sent, and nobody knows whether it had its effect. */
  outcome: 'succeeded' | 'failed' | 'canceled' | 'unknown';
  at: number;
}

/** Counts what of a run happened outside, in all depths. Costs a round trip per 200 steps or items. */
export async function countOutside(ctx: Context, run: Run | undefined): Promise<Outside> {
  const outside: Outside = { happened: { safe: 0, idempotent: 0, token: 0, once: 0 } };
  await addOutside(ctx, run, outside);
  return outside;
}

async function addOutside(ctx: Context, run: Run | undefined, outside: Outside): Promise<void> {
  if (run === undefined || run.skipped === true) return;
  if (run.kind === 'action') {
    const last = lastLaunch(run);
    if (last !== undefined && (outside.last === undefined || last.at > outside.last.at)) outside.last = last;
    if (await hasHappened(ctx, run)) outside.happened[run.effect ?? 'once'] += 1;
    return;
  }
  const ids = await childrenOf(ctx, run);
  // The workflow was deleted: what its steps did cannot be told, so it counts.
  if (ids === undefined) {
    outside.happened.once += 1;
    return;
  }
  for (let from = 0; from < ids.length; from += BATCH) {
    for (const child of await readHeads(ctx, ids.slice(from, from + BATCH))) await addOutside(ctx, child, outside);
  }
}

/** The last attempt of an action. Those that are safe to repeat note no launches: of them the end tells. */
export function lastLaunch(run: Run): LastLaunch | undefined {
  const launch = run.launches.at(-1);
  if (launch !== undefined) return { outcome: launch.outcome ?? 'unknown', at: launch.sent_at };
  const { status, started_at, finished_at, created_at } = run;
  const notes = run.effect === 'token' || run.effect === 'once' || run.attempts === 0;
  if (!isEnded(status) || (notes && status !== 'succeeded')) return undefined;
  return { outcome: status, at: started_at ?? finished_at ?? created_at };
}

async function hasChildHappened(ctx: Context, run: Run): Promise<boolean> {
  const ids = await childrenOf(ctx, run);
  // The workflow was deleted: what its steps did cannot be told, so it counts.
  if (ids === undefined) return true;
  for (let from = 0; from < ids.length; from += BATCH) {
    for (const child of await readHeads(ctx, ids.slice(from, from + BATCH))) {
      if (await hasHappened(ctx, child)) return true;
    }
  }
  return false;
}

async function childrenOf(ctx: Context, run: Run): Promise<string[] | undefined> {
  try {
    return childRunIds(run, await loadDefinition(ctx, run.workflow!, run.workflow_version!));
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
}
