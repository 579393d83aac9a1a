import { type ArtifactHandle, artifactId, isArtifactOf } from '../artifacts/artifact-store.ts';
import { addReleased } from '../queue/account-backlog.ts';
import { crowdOf, noteCrowd, placeOfRun } from '../queue/admission.ts';
import { addWithScript, traceAdd } from '../queue/queues.ts';
import { QUOTAS, type QuotaName, quotaExceeded } from '../store/quotas.ts';
import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';
import type { OpenRun, Run, RunChange, RunEnd } from './run.ts';
import { encodeChange, encodeEnd, encodeEndedNew, encodeNew } from './run-codec.ts';
import { bucketKeys, countedAtEnd, countedAtStart, keepOfBuckets } from './run-counts.ts';
import { toRun } from './runs.ts';

/** Retention removes a run with its index entries and artifacts; the key's own expiry is only for when retention stands still. */
const EXPIRY_MARGIN_MS = 7 * 86_400_000;

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
  const account = backlogOwnerOf(run);
  const owners = { account, tenant: run.tenant };
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
    keys.prefix,
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
  const [isWritten, ofAccount, ofTenant, window, backlog, released] = answer as Exclude<
    typeof answer,
    [string, string]
  >;
  noteCrowd(ctx, owners, { ofAccount, ofTenant, window, hasBacklog: backlog === 1 });
  await addReleased(ctx, released);
  return isWritten === 1;
}

/** Writes the run of a step that has ended as soon as it is there; with the same id a second time it changes nothing. */
export async function writeEndedRun(ctx: Context, run: OpenRun, end: RunEnd): Promise<void> {
  const { keys } = ctx;
  const key = keys.run(run.id);
  const now = ctx.clock.now();
  await callScript(
    ctx.redis,
    'createEndedRun',
    [key, keys.endedRuns(run.tenant), keys.changes(run.parent ?? run.tenant)],
    [run.id, run.created_at, now, keepMs(ctx), keys.prefix, run.tenant, ...encodeEndedNew(run, end, now)],
  );
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

/** Whose turn a run takes: its account's, or its tenant's when it has none or only starts other runs. */
function backlogOwnerOf(run: Pick<Run, 'kind' | 'linked_account' | 'tenant'>): string {
  return (run.kind === 'workflow' ? undefined : run.linked_account) ?? run.tenant;
}

/** Claims a run for a worker; writes of an earlier claim are refused from now on. */
export async function beginRun(ctx: Context, id: string): Promise<Run | undefined> {
  const { keys } = ctx;
  const [fields, released] = (await callScript(
    ctx.redis,
    'beginRun',
    [keys.run(id), keys.openRuns(), keys.runChannel(id)],
    [id, ctx.clock.now(), keys.prefix],
  )) as [string[], string[]];
  if (released.length > 0) await addReleased(ctx, released);
  return toRun(id, fields);
}

/**
 * Saves fields of a run that is claimed. `leaves`: it will wait for the service, and gives its place to others of its account.
 * See engine/store/lua/saveRun.lua for the answers.
 */
export async function saveRun(
  ctx: Context,
  run: Run,
  change: RunChange,
  leaves = false,
): Promise<'ok' | 'canceled' | 'lost'> {
  const { keys } = ctx;
  const [answer, released] = (await callScript(
    ctx.redis,
    'saveRun',
    [keys.run(run.id), keys.openRuns(), keys.runChannel(run.id), changesOf(ctx, run) ?? keys.run(run.id)],
    [
      run.id,
      run.fencing_token ?? '',
      ctx.clock.now(),
      leaves ? '1' : '0',
      keys.prefix,
      run.tenant,
      backlogOwnerOf(run),
      ...encodeChange(change),
    ],
  )) as ['ok' | 'canceled' | 'lost', string[]];
  if (released.length > 0) await addReleased(ctx, released);
  return answer;
}

/**
 * Ends a run; false when it had ended or another holder has it. `run.fencing_token` undefined ends it anyone who holds it,
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
  const counted = countedAtEnd(run, end);
  const [answer, released] = (await callScript(
    ctx.redis,
    'finishRun',
    [
      key,
      keys.openRuns(),
      keys.endedRuns(run.tenant),
      // A step that failed is found through its parent.
      run.purpose === 'step' ? key : keys.failedRuns(run.tenant),
      keys.runChannel(run.id),
      ...(event === undefined ? [key, key] : [keys.events(run.tenant), keys.eventChannel(run.tenant)]),
      // Also of polls and lookups: a list of failed runs has those that failed.
      keys.changes(run.parent ?? run.tenant),
      ...(counted === '' ? [key, key, key] : bucketKeys(ctx, run)),
    ],
    [
      run.id,
      unlessBegun ? 'queued' : (run.fencing_token ?? ''),
      status,
      ctx.clock.now(),
      run.created_at,
      keepMs(ctx),
      keys.prefix,
      run.tenant,
      backlogOwnerOf(run),
      event ?? '',
      ownBytes(run.id, end.artifact),
      counted,
      ...encodeEnd(fields),
    ],
  )) as ['ok' | 'lost', string[]];
  if (released.length > 0) await addReleased(ctx, released);
  return answer === 'ok';
}

/** Takes a run away that nobody will ask for, before it has ended; its place goes to others. */
export async function dropRun(ctx: Context, run: Run): Promise<void> {
  const { keys } = ctx;
  const released = await callScript(
    ctx.redis,
    'dropRun',
    [keys.run(run.id), keys.openRuns()],
    [run.id, ctx.clock.now(), keys.prefix, run.tenant, backlogOwnerOf(run), ownBytes(run.id, run.input_artifact)],
  );
  await addReleased(ctx, released as string[]);
  const { input_artifact: artifact } = run;
  if (artifact !== undefined && isArtifactOf(artifact.id, run.id)) await ctx.artifacts.remove(artifact.id);
}
