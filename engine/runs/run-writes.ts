import { type ArtifactHandle, artifactId, isArtifactOf } from '../artifacts/artifact-store.ts';
import { announceChange } from '../events/change-stream.ts';
import { crowdOf, noteCrowd, placeOfRun } from '../queue/admission.ts';
import { addWithScript, traceAdd } from '../queue/queues.ts';
import { releaseBacklog } from '../queue/release-backlog.ts';
import { leavePlace, type Owners, placeKeys } from '../queue/run-places.ts';
import { QUOTAS, type QuotaName, quotaExceeded, usageWrite } from '../store/quotas.ts';
import { transact, type Write } from '../store/records.ts';
import { callScript, callScriptOverKeys } from '../store/scripts.ts';
import type { Context } from './context.ts';
import { type ClaimableRun, isEnded, type OpenRun, type Run, type RunChange, type RunEnd } from './run.ts';
import { encodeChange, encodeEnd, encodeEndedNew, encodeNew } from './run-codec.ts';
import { bucketKeys, countedAtEnd, countedAtStart, keepOfBuckets, keptAtEnd } from './run-counts.ts';
import { toRun } from './runs.ts';

/** Retention removes a run with its index entries and artifacts; the key's own expiry is only for when retention stands still. */
const DAY_MS = 86_400_000;
const EXPIRY_MARGIN_MS = 7 * DAY_MS;

/** How long the record of an ended run is kept at most. */
export function keepMs({ config }: Context): number {
  return config.retentionMs + EXPIRY_MARGIN_MS;
}

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
  const key = keys.run(run.id);
  // Polls and steps are found through their workflow and parent, not in the tenant's list.
  const index = run.purpose === 'action' || run.purpose === 'workflow' ? keys.runs(run.tenant) : key;
  const workflowIndex =
    run.purpose === 'workflow' && run.workflow !== undefined ? keys.workflowRuns(run.workflow) : key;
  const counted = countedAtStart(run);
  const buckets = counted === '' ? [key, key, key] : bucketKeys(ctx, run);
  const fields = encodeNew(turn.kind === 'first' ? { ...run, interactive: true } : run);
  const isPageRun = run.page !== undefined && run.purpose !== 'poll';
  const isRefusable = run.parent === undefined && run.purpose !== 'lookup' && !isPageRun;
  const owners = ownersOf(run);
  const { account } = owners;
  const crowd = crowdOf(ctx, owners);
  const rank = placeOfRun(crowd, turn);
  const scriptKeys = [
    key,
    index,
    keys.openRuns(),
    workflowIndex,
    keys.usage(run.tenant),
    keys.quotas(run.tenant),
    keys.inFlight(account),
    keys.inFlight(run.tenant),
    keys.backlog(account),
    keys.backlogs(),
    keys.roundRobin(run.tenant),
    keys.slots(),
    changesOf(ctx, run) ?? key,
    ...buckets,
  ];
  const scriptArgs = (trace = '') => [
    run.id,
    run.created_at,
    ctx.clock.now(),
    run.tenant,
    account,
    turn.most,
    turn.kind,
    rank === 'backlog' ? 'backlog' : 'job',
    trace,
    isRefusable ? QUOTAS.unfinished_runs.limit : '',
    QUOTAS.artifact_bytes.limit,
    QUOTAS.input_bytes.limit,
    ownBytes(run.id, run.input_artifact),
    counted,
    ...keepOfBuckets(ctx),
    ...fields,
  ];
  if (rank !== 'backlog')
    noteCrowd(ctx, owners, { ...crowd, ofAccount: crowd.ofAccount + 1, ofTenant: crowd.ofTenant + 1 });
  const { runs } = ctx.queues;
  const answer = (await traceAdd(runs, (trace) =>
    rank === 'backlog'
      ? callScript(ctx.redis, 'createRun', scriptKeys, scriptArgs(trace))
      : addWithScript(ctx.redis, runs, {
          job: { id: run.id, rank, trace },
          script: { name: 'createRun', args: [...scriptKeys, ...scriptArgs(trace)] },
        }),
  )) as [string, string] | [number, number, number, number, number, string[]];
  if (typeof answer[0] === 'string') {
    // As in a backlog: the next ones add no job that must be taken back.
    noteCrowd(ctx, owners, { ...crowd, hasBacklog: true });
    if (rank !== 'backlog') await runs.remove(run.id);
    throw quotaExceeded(answer[0] as QuotaName, answer[1] as string);
  }
  const [isWritten, ofAccount, ofTenant, window, backlog, accounts] = answer as Exclude<
    typeof answer,
    [string, string]
  >;
  noteCrowd(ctx, owners, { ofAccount, ofTenant, window, hasBacklog: backlog === 1 });
  await releaseBacklog(ctx, run.tenant, accounts);
  return isWritten === 1;
}

/** Writes the run of a step that has ended as soon as it is there; with the same id a second time it changes nothing. */
export async function writeEndedRun(ctx: Context, run: OpenRun, end: RunEnd): Promise<void> {
  const { keys } = ctx;
  const key = keys.run(run.id);
  const now = ctx.clock.now();
  const fields = encodeEndedNew(run, end, now);
  const { index, ms } = endedPlace(ctx, run);
  const writes: Write[] = [
    ['HSET', key, ...fields],
    usageWrite(ctx, { tenant: run.tenant, name: 'input_bytes', amount: inputBytes(fields) }),
    ['ZADD', index, now, run.id],
    ...(ms === undefined ? [] : [['PEXPIRE', key, ms] as Write]),
    ['ANNOUNCE', keys.changes(run.parent ?? run.tenant), run.id],
  ];
  await transact(ctx, [['absent', key]], writes);
}

/**
 * Where an ended run is found by retention, and how long its record is kept at most. The id of a run below another begins with that of the
 * topmost, and a dot: while that one is open, its steps and items may be read, so such a run is held until retention releases it.
 */
function endedPlace(ctx: Context, { id, tenant }: Pick<Run, 'id' | 'tenant'>): { index: string; ms?: number } {
  if (id.includes('.')) return { index: ctx.keys.heldRuns(tenant) };
  return { index: ctx.keys.endedRuns(tenant), ms: keepMs(ctx) };
}

/** What a caller gives with a run, and its record keeps. */
const GIVEN: ReadonlySet<string> = new Set(['input', 'metadata']);

/** Bytes of the input and the metadata of an encoded run, as `HSTRLEN` counts them. */
function inputBytes(fields: readonly string[]): number {
  let bytes = 0;
  for (let i = 0; i + 1 < fields.length; i += 2) if (GIVEN.has(fields[i]!)) bytes += Buffer.byteLength(fields[i + 1]!);
  return bytes;
}

/** Bytes that go when the run goes; a workflow's run refers to the artifact of its last step. */
export function ownBytes(run: string, artifact: ArtifactHandle | undefined): number {
  return artifact?.id.startsWith(artifactId(run, '')) ? (artifact.size ?? 0) : 0;
}

/** The stream of the changes of a run; `undefined` for a run that is in no list. */
export function changesOf({ keys }: Pick<Context, 'keys'>, run: Pick<Run, 'purpose' | 'parent' | 'tenant'>) {
  if (run.purpose === 'poll' || run.purpose === 'lookup') return undefined;
  return keys.changes(run.parent ?? run.tenant);
}

function ownersOf({ kind, linked_account, tenant }: Pick<Run, 'kind' | 'linked_account' | 'tenant'>): Owners {
  return { account: (kind === 'workflow' ? undefined : linked_account) ?? tenant, tenant };
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
  if (stream !== undefined) announceChange(ctx, stream, id);
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
