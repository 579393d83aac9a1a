import { createHash } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Effect } from '../../connector/manifest.ts';
import { accountOfRun } from '../credentials/records/run-account.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import type { RunFilter } from '../runs/run-filter.ts';
import { listRuns } from '../runs/run-list.ts';
import { findAction } from '../runs/submit.ts';
import { hasHappened } from './happened.ts';
import { peekDelivery } from './replay.ts';
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
  /** Empty where the replay is refused for good. */
  repeated: Repeated[];
  /** Why it could not be replayed now. */
  refusal?: { code: string; message: string };
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
  /** Runs that could not be replayed now: the run itself stays in the list, and is tried again when its turn comes. */
  refused: { count: number; reasons: { code: string; message: string; count: number }[] };
  /** Says yes to exactly this. */
  confirm: string;
}

/** What a person can look through; the counts are of all. */
const MAX_SHOWN = 1000;
const PAGE = 200;
/** Different reasons that are told; those of further ones are counted. */
const MAX_REASONS = 20;
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
  const reasons = new Map<string, BulkReplayPreview['refused']['reasons'][number]>();
  const check = createActionCheck(ctx);
  let refused = 0;
  let total = 0;
  let oldest: ReplayPreview[] = [];
  for await (const runs of matching(ctx, tenant, { filter: request.filter, asOf })) {
    const previews = await Promise.all(runs.map((run) => preview(ctx, run, { choice: request, check })));
    for (const { action, effect } of previews.flatMap(({ repeated }) => repeated)) {
      effects[effect] += 1;
      const known = actions.get(`${action} ${effect}`);
      if (known === undefined) actions.set(`${action} ${effect}`, { action, effect, count: 1 });
      else known.count += 1;
    }
    for (const { action } of previews) if (action !== undefined) singleActions.add(action);
    for (const { refusal, ...one } of previews) {
      // Not part of what is confirmed: an event batch that is being delivered right now is free in a moment.
      content.update(JSON.stringify(one));
      if (refusal === undefined) continue;
      refused += 1;
      const key = `${refusal.code} ${refusal.message}`;
      const known = reasons.get(key);
      if (known !== undefined) known.count += 1;
      else if (reasons.size < MAX_REASONS) reasons.set(key, { ...refusal, count: 1 });
    }
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
    refused: { count: refused, reasons: [...reasons.values()].sort((a, b) => b.count - a.count) },
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
  let after: string | undefined;
  do {
    const page = await listRuns(ctx, tenant, { filter, limit: PAGE, after });
    yield page.items.filter(
      ({ purpose, status, finished_at, replayed_by }) =>
        (purpose === 'action' || purpose === 'workflow') &&
        isEnded(status) &&
        (finished_at ?? 0) <= asOf &&
        replayed_by === undefined,
    );
    after = page.next;
  } while (after !== undefined);
}

async function preview(
  ctx: Context,
  run: Run,
  { choice, check }: { choice: ReplayChoice; check: ActionCheck },
): Promise<ReplayPreview> {
  if (run.kind === 'action') {
    const refusal = isFromStep(choice) ? NO_STEPS : await check(run);
    const repeats = !isForGood(refusal) && (await hasHappened(ctx, run));
    return {
      run: run.id,
      action: run.action!,
      repeated: repeats ? [{ action: run.action!, effect: run.effect ?? 'once' }] : [],
      ...(refusal && { refusal }),
    };
  }
  const shown = { run: run.id, workflow: run.workflow! };
  try {
    const { repeated } = await planReplay(ctx, run, choice);
    const refusal = await refusalOf(peekDelivery(ctx, run));
    return { ...shown, repeated, ...(refusal && { refusal }) };
  } catch (error) {
    // Its workflow or step is gone: the replay says so, run by run.
    return { ...shown, repeated: [], refusal: toRefusal(error) };
  }
}

/** Says why the action of a run cannot be executed; the same question is asked once. */
type ActionCheck = (run: Run) => Promise<ReplayPreview['refusal']>;

const NO_STEPS = {
  code: 'ERR_INPUT_INVALID',
  message: 'runs of a single action have no steps; replay them from the start',
};

/** Whether it is refused when its turn comes too: ids of deleted accounts and authentications are not given again. */
function isForGood(refusal: ReplayPreview['refusal']): boolean {
  return refusal === NO_STEPS || refusal?.code === 'ERR_NOT_FOUND';
}

function isFromStep({ from }: ReplayChoice): boolean {
  return from !== undefined && from !== 'start';
}

function createActionCheck(ctx: Context): ActionCheck {
  const answers = new Map<string, Promise<ReplayPreview['refusal']>>();
  return (run) => {
    const { tenant, linked_account, authentication } = run;
    const key = JSON.stringify([run.action, linked_account, authentication]);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const ask = async () =>
      accountOfRun(ctx, tenant, { action: findAction(ctx, run.action!), linked_account, authentication });
    const answer = refusalOf(ask());
    answers.set(key, answer);
    return answer;
  };
}

async function refusalOf(asked: Promise<unknown>): Promise<ReplayPreview['refusal']> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    return toRefusal(error);
  }
}

/** Without the ids of runs, so that the same reason of many runs is one. Rethrows what is no refusal. */
function toRefusal(error: unknown): { code: string; message: string } {
  if (!(error instanceof ConnectorError) || error.kind === 'unavailable') throw error;
  return { code: error.code, message: error.message.replaceAll(/run_[0-9a-z]+/g, 'run_…') };
}
