import { isArtifactOf } from '../artifacts/artifact-store.ts';
import { announceSoon, changedAgain } from '../events/change-stream.ts';
import { crowdOf, mayGoFirst, noteCrowd, placeOfRun } from '../queue/admission.ts';
import { traceAdd } from '../queue/queues.ts';
import { releaseBacklog } from '../queue/release-backlog.ts';
import { leavePlace, placeKeys } from '../queue/run-places.ts';
import { QUOTAS, quotaExceeded } from '../store/quotas.ts';
import { callScript, callScriptOverKeys } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { endedPlace, keepMs } from './ended-runs.ts';
import { type Shared, writeNewRun } from './new-runs.ts';
import { type ClaimableRun, isEnded, type OpenRun, type Run, type RunChange, type RunEnd } from './run.ts';
import { encodeChange, encodeEnd, encodeNew } from './run-codec.ts';
import { bucketKeys, countedAtEnd, countedAtStart, keepOfBuckets, keptAtEnd } from './run-counts.ts';
import { changesOf, ownBytes, ownersOf } from './run-owners.ts';
import { toRun } from './runs.ts';

/** Which place a new run takes; see engine/queue/account-backlog.ts. */
export interface Turn {
  /** `first`: a person waits. */
  kind: 'first' | 'bulk';
  /** Most runs of its account that can be in flight at once; 0 for no limit of its own. */
  most: number;
}

/**
 * Writes the record of a new run with its job, or with its place in the backlog. False, and nothing is changed, when a run with its id
 * was there. Runs that follow from others (steps, items, the delivery of what a poll found) are counted
 * and never refused, so what has begun can end.
 * @throws ConnectorError ERR_QUOTA_BUSY for too many unfinished runs, ERR_QUOTA_EXCEEDED for too many bytes of artifacts or inputs
 */
export async function writeRun(ctx: Context, run: OpenRun, turn: Turn = { kind: 'bulk', most: 0 }): Promise<boolean> {
  const { keys } = ctx;
  // Polls and steps are found through their workflow and parent, not in the tenant's list.
  const index = run.purpose === 'action' || run.purpose === 'workflow' ? keys.runs(run.tenant) : '';
  const workflowIndex = run.purpose === 'workflow' && run.workflow !== undefined ? keys.workflowRuns(run.workflow) : '';
  const counted = countedAtStart(run);
  const isPageRun = run.page !== undefined && run.purpose !== 'poll';
  const isRefusable = run.parent === undefined && run.purpose !== 'lookup' && !isPageRun;
  const owners = ownersOf(run);
  const { account } = owners;
  const crowd = crowdOf(ctx, owners);
  const rank = placeOfRun(crowd, { ...turn, mayGoFirst: () => mayGoFirst(ctx, run.tenant) });
  const place = rank === 'backlog' ? rank : 'job';
  const shared: Shared = {
    place,
    keys: [
      keys.openRuns(),
      index,
      workflowIndex,
      keys.usage(run.tenant),
      keys.quotas(run.tenant),
      keys.inFlight(account),
      keys.inFlight(run.tenant),
      keys.backlog(account),
      keys.backlogs(),
      keys.roundRobin(run.tenant),
      keys.slots(),
      changesOf(ctx, run) ?? '',
      ...(counted === '' ? ['', '', ''] : bucketKeys(ctx, run)),
    ],
    args: [
      run.tenant,
      account,
      turn.most,
      turn.kind,
      place,
      isRefusable ? QUOTAS.unfinished_runs.limit : '',
      QUOTAS.artifact_bytes.limit,
      QUOTAS.input_bytes.limit,
      counted,
      ...keepOfBuckets(ctx),
    ],
  };
  const fields = encodeNew(madeIn(ctx, turn.kind === 'first' ? { ...run, interactive: true } : run));
  if (rank !== 'backlog')
    noteCrowd(ctx, owners, { ...crowd, ofAccount: crowd.ofAccount + 1, ofTenant: crowd.ofTenant + 1 });
  const { runs } = ctx.queues;
  const { result, accounts, ...now } = await traceAdd(runs, (trace = '') =>
    writeNewRun(ctx, shared, {
      key: keys.run(run.id),
      id: run.id,
      rank: rank === 'backlog' ? 0 : rank,
      trace,
      args: [run.id, run.created_at, ctx.clock.now(), trace, ownBytes(run.id, run.input_artifact)],
      fields,
    }),
  );
  noteCrowd(ctx, owners, now);
  await releaseBacklog(ctx, run.tenant, accounts);
  if (typeof result === 'string') return result === 'written';
  // As in a backlog: the next ones add no job that must be taken back.
  noteCrowd(ctx, owners, { ...crowd, hasBacklog: true });
  if (rank !== 'backlog') await runs.remove(run.id);
  throw quotaExceeded(result.quota, result.found);
}

/** A run continues with the manifests with which it was made, and so do the runs below it. */
function madeIn({ scope }: Context, run: OpenRun): OpenRun {
  return scope === undefined || scope.tenant !== run.tenant ? run : { ...run, catalog: scope.catalog };
}

/**
 * Claims a run for a worker; writes of an earlier claim are refused from now on. A run that only starts others (a workflow's, a loop's)
 * gives its place back at once: its own runs need places.
 */
export async function beginRun(ctx: Context, id: string): Promise<Run | undefined> {
  const { keys } = ctx;
  const scriptKeys = [keys.run(id), keys.openRuns(), keys.runChannel(id)];
  const fields = (await callScript(ctx.redis, 'beginRun', scriptKeys, [id, ctx.clock.now()])) as string[];
  const run = toRun(id, fields);
  if (run === undefined || isEnded(run.status)) return run;
  const stream = changesOf(ctx, run);
  if (stream !== undefined) announceSoon(ctx, stream, id);
  if (run.kind === 'workflow') await releaseBacklog(ctx, run.tenant, await leavePlace(ctx, ownersOf(run), id));
  return run;
}

/**
 * Saves fields of a run that is claimed. `leaves`: it will wait for the service, and gives its place to others of its account.
 * See engine/store/lua/saveRun.lua for the answers.
 */
export async function saveRun(
  ctx: Context,
  run: ClaimableRun,
  change: RunChange,
  leaves = false,
): Promise<'ok' | 'canceled' | 'lost'> {
  const { keys } = ctx;
  const owners = ownersOf(run);
  if (change.status !== undefined) changedAgain(ctx, run.id);
  const [answer, accounts] = (await callScriptOverKeys(
    ctx.redis,
    'saveRun',
    [
      keys.run(run.id),
      keys.openRuns(),
      keys.runChannel(run.id),
      changesOf(ctx, run) ?? keys.run(run.id),
      ...(leaves ? placeKeys(keys, owners) : []),
    ],
    [run.id, run.fencing_token ?? '', ctx.clock.now(), owners.account, ...encodeChange(change)],
  )) as ['ok' | 'canceled' | 'lost', string[]];
  if (accounts.length > 0) await releaseBacklog(ctx, run.tenant, accounts);
  return answer;
}

/**
 * Ends a run; false when it had ended or another holder has it. Without a `run.fencing_token` it ends under any holder,
 * `unlessBegun` only while nobody has ever claimed it. `event`: the text of a life-cycle event that is emitted in the same step.
 */
export async function finishRun(
  ctx: Context,
  run: Run,
  end: RunEnd,
  { unlessBegun = false, event }: { unlessBegun?: boolean; event?: string | undefined } = {},
): Promise<boolean> {
  const { keys } = ctx;
  const key = keys.run(run.id);
  const { status, ...fields } = end;
  const owners = ownersOf(run);
  const { index, ms = '' } = endedPlace(ctx, run);
  const counted = countedAtEnd(run, end);
  const now = ctx.clock.now();
  changedAgain(ctx, run.id);
  const [answer, accounts] = (await callScript(
    ctx.redis,
    'finishRun',
    [
      key,
      keys.openRuns(),
      index,
      // A step that failed is found through its parent.
      run.purpose === 'step' ? key : keys.failedRuns(run.tenant),
      keys.runChannel(run.id),
      ...(event === undefined ? [key, key] : [keys.events(run.tenant), keys.eventChannel(run.tenant)]),
      keys.usage(run.tenant),
      // Also of polls and lookups: a list of failed runs has those that failed.
      keys.changes(run.parent ?? run.tenant),
      ...(counted === '' ? [key, key, key] : bucketKeys(ctx, run)),
      ...placeKeys(keys, owners),
    ],
    [
      run.id,
      unlessBegun ? 'queued' : (run.fencing_token ?? ''),
      status,
      now,
      run.created_at,
      ms,
      owners.account,
      event ?? '',
      ownBytes(run.id, end.artifact),
      counted,
      keptAtEnd(run, { now, runKeptMs: keepMs(ctx) }),
      ...encodeEnd(fields),
    ],
  )) as ['ok' | 'lost', string[]];
  if (accounts.length > 0) await releaseBacklog(ctx, run.tenant, accounts);
  return answer === 'ok';
}

/** Takes a run away that nobody will ask for, before it has ended; its place goes to others. */
export async function dropRun(ctx: Context, run: Run): Promise<void> {
  const { keys } = ctx;
  const owners = ownersOf(run);
  const accounts = (await callScript(
    ctx.redis,
    'dropRun',
    [keys.run(run.id), keys.openRuns(), keys.usage(run.tenant), ...placeKeys(keys, owners)],
    [run.id, owners.account, ownBytes(run.id, run.input_artifact)],
  )) as string[];
  await releaseBacklog(ctx, run.tenant, accounts);
  const { input_artifact: artifact } = run;
  if (artifact !== undefined && isArtifactOf(artifact.id, run.id)) await ctx.artifacts.remove(artifact.id);
}
