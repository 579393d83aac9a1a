import { createHash } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { listRuns, type RunFilter } from '../runs/run-list.ts';
import { hasHappened } from './happened.ts';
import { planReplay, type Repeated, type ReplayChoice } from './replay-plan.ts';

/** Which runs, and how they would be done again. */
export interface ManyReplays extends ReplayChoice {
  filter: RunFilter;
}

/** What one run would do again. */
export interface ReplayPreview {
  run: string;
  workflow?: string;
  action?: string;
  repeated: Repeated[];
}

export interface BulkReplayPreview {
  /** Runs that match, however many. */
  total: number;
  /** The oldest of them, `MAX_SHOWN` at most. */
  runs: ReplayPreview[];
  /** How often each action would be done again, over all runs; most often first. */
  actions: { action: string; effect: Effect; count: number }[];
  /** How many actions of each effect would be done again: `once` and `token` change something a second time. */
  effects: Record<Effect, number>;
  /** Actions of runs that are no workflow's, whether they happened before or not. */
  singleActions: string[];
  /** Says yes to exactly this. */
  confirm: string;
}

/** What a person can look through; the counts are of all. */
const MAX_SHOWN = 1000;
const PAGE = 200;
const CONFIRM_DIGITS = 16;
const CONFIRM = /^([0-9a-z]{1,11})-[0-9a-f]+$/;

/**
 * What a replay of many would do: runs that match and ended by `asOf`, those that were replayed already left out. Changes
 * nothing. The list is read page by page, newest first, and never held whole; `onPage` gets each page.
 * Two calls with the same `asOf` agree for as long as none of the runs is replayed or goes: what ends later is not theirs.
 */
export async function previewReplays(
  ctx: Context,
  tenant: string,
  request: ManyReplays & { asOf?: number; onPage?: (runs: readonly ReplayPreview[]) => Promise<unknown> },
): Promise<BulkReplayPreview> {
  const { asOf = ctx.clock.now(), onPage } = request;
  const content = createHash('sha256').update(JSON.stringify([request.from ?? 'start', request.version ?? 'same']));
  const effects: Record<Effect, number> = { safe: 0, idempotent: 0, token: 0, once: 0 };
  const actions = new Map<string, BulkReplayPreview['actions'][number]>();
  const singleActions = new Set<string>();
  let total = 0;
  let oldest: ReplayPreview[] = [];
  for await (const runs of matching(ctx, tenant, { filter: request.filter, asOf })) {
    const previews = await Promise.all(runs.map((run) => preview(ctx, run, request)));
    for (const { action, effect } of previews.flatMap(({ repeated }) => repeated)) {
      effects[effect] += 1;
      const known = actions.get(`${action} ${effect}`);
      if (known === undefined) actions.set(`${action} ${effect}`, { action, effect, count: 1 });
      else known.count += 1;
    }
    for (const { action } of previews) if (action !== undefined) singleActions.add(action);
    for (const one of previews) content.update(JSON.stringify(one));
    total += previews.length;
    oldest = [...oldest, ...previews].slice(-MAX_SHOWN);
    await onPage?.(previews);
  }
  return {
    total,
    // Newest first as listed; the oldest are to be done first.
    runs: oldest.reverse(),
    actions: [...actions.values()].sort((a, b) => b.count - a.count),
    effects,
    singleActions: [...singleActions],
    confirm: `${asOf.toString(36)}-${content.digest('hex').slice(0, CONFIRM_DIGITS)}`,
  };
}

/** When the dry run was made whose `confirm` this is. @throws ConnectorError ERR_INPUT_INVALID */
export function asOfConfirm(confirm: string): number {
  const time = CONFIRM.exec(confirm)?.[1];
  if (time !== undefined) return Number.parseInt(time, 36);
  throw new ConnectorError('ERR_INPUT_INVALID', `confirm "${confirm}" is not a value from a dry run`, {
    hint: 'Omit "confirm" for a dry run, then send the "confirm" value of its response.',
    errors: [{ pointer: '/confirm', message: 'is not a value from a dry run' }],
  });
}

async function* matching(
  ctx: Context,
  tenant: string,
  { filter, asOf }: { filter: RunFilter; asOf: number },
): AsyncGenerator<Run[]> {
  let cursor: string | undefined;
  do {
    const page = await listRuns(ctx, tenant, { filter, limit: PAGE, cursor });
    yield page.runs.filter(
      ({ purpose, status, finished_at, replayed_by }) =>
        (purpose === 'action' || purpose === 'workflow') &&
        isEnded(status) &&
        (finished_at ?? 0) <= asOf &&
        replayed_by === undefined,
    );
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

async function preview(ctx: Context, run: Run, choice: ReplayChoice): Promise<ReplayPreview> {
  if (run.kind === 'action') {
    const repeated = { action: run.action!, effect: run.effect ?? ('once' as const) };
    return { run: run.id, action: run.action!, repeated: (await hasHappened(ctx, run)) ? [repeated] : [] };
  }
  try {
    const { repeated } = await planReplay(ctx, run, choice);
    return { run: run.id, workflow: run.workflow!, repeated };
  } catch (error) {
    // Its workflow or step is gone: the replay says so, run by run.
    if (!(error instanceof ConnectorError)) throw error;
    return { run: run.id, workflow: run.workflow!, repeated: [] };
  }
}
