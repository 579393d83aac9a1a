import { advance, firstState, type Step } from '../../actions/advance.ts';
import type { RowsArtifact } from '../../actions/call.ts';
import { unknownHint } from '../../actions/effect.ts';
import { decideRetry, mayHaveHappened } from '../../actions/retry.ts';
import { ConnectorError, type ErrorRecord, toErrorRecord } from '../../connector/errors.ts';
import { escapePart } from '../../connector/json-pointer.ts';
import { isSuspended } from '../access/tenant-cache.ts';
import type { ValueRef } from '../artifacts/artifact-store.ts';
import { actionLabel } from '../connectors/labels.ts';
import { scopeOfRun } from '../connectors/scope.ts';
import { isAccountPaused } from '../credentials/accounts/pause-account.ts';
import { Later } from '../queue/place.ts';
import type { Turn } from '../queue/turns.ts';
import { deferReceived } from '../secrets/received-links.ts';
import { scrubError, scrubValue } from '../secrets/scrub.ts';
import { secretPlaces } from '../secrets/secret-places.ts';
import { placesOfTexts } from '../secrets/text-places.ts';
import { isRedisUnavailable } from '../store/redis.ts';
import type { Activation, Stopper } from './activation.ts';
import type { Context } from './context.ts';
import { executeCancel } from './execute-cancel.ts';
import { finalize } from './finalize.ts';
import { endOfLaunch } from './launch-end.ts';
import { parkWhilePaused } from './paused-runs.ts';
import { type Prepared, prepare } from './prepare.ts';
import { quarantineRun } from './quarantine.ts';
import { isEnded, type Run } from './run.ts';
import { hideOfRun, sealedOutput } from './run-secrets.ts';
import { LeaseLost, type RunSession, resume } from './run-session.ts';
import { beginRun } from './run-writes.ts';
import { retryOf } from './step-retry.ts';

/**
 * Executes one run as far as it goes without waiting: to its end, or to a saved state and a time to come back.
 * Safe to call at any time for any id, also twice at once: the later call takes the run over, the earlier one's writes are
 * refused, and an ended run is only finalized again (its parent told), which is idempotent.
 * @throws what Redis throws while it refuses commands; the same call is to be made again
 */
export async function activate(ctx: Context, runId: string, stopper: Stopper): Promise<Activation> {
  const run = await beginRun(ctx, runId).catch(async (error: unknown) => {
    if (!(error instanceof ConnectorError) || error.code !== 'ERR_RECORD_UNREADABLE') throw error;
    await quarantineRun(ctx, runId, error);
    return undefined;
  });
  if (run === undefined) return { kind: 'ended' };
  const found = scopeOfRun(ctx, run);
  const scoped = found instanceof Promise ? await found : found;
  return scoped.turns.take('run', run.tenant, (turn) => execute(scoped, run, { stopper, turn }));
}

async function execute(
  ctx: Context,
  run: Run,
  { stopper, turn }: { stopper: Stopper; turn: Turn },
): Promise<Activation> {
  if (isEnded(run.status)) {
    await finalize(ctx, run);
    return { kind: 'ended' };
  }
  if (run.kind === 'workflow') return ctx.handlers.executeWorkflow(ctx, run);
  const session = resume(ctx, run, { stop: stopper.signal, turn });
  try {
    return await advanceRun(ctx, session, stopper);
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'ended' };
    if (isRedisUnavailable(error)) throw error;
    const fields = { run: run.id, action: run.action, account: run.linked_account, err: error };
    if (!(error instanceof ConnectorError)) ctx.log.error(fields, 'unexpected error in a run');
    session.launches.end(session.launches.isOpen || session.hasBegun ? 'unknown' : 'failed');
    return await session.finalize({ status: 'failed', error: await shownError(ctx, run, error) });
  } finally {
    session.close();
  }
}

async function advanceRun(ctx: Context, session: RunSession, stopper: Stopper): Promise<Activation> {
  const { run } = session;
  let prepared: Prepared | undefined;
  for (;;) {
    try {
      // Inside: a token endpoint that is away is a reason to try again, not to fail.
      if (!session.hasBegun && !session.isStopped) {
        const owner = pausedOwner(ctx, run);
        const found = owner instanceof Promise ? await owner : owner;
        if (found !== undefined) return await parkWhilePaused(ctx, session, found);
      }
      prepared ??= await prepare(ctx, session);
      if (session.isStopped) return await executeCancel(ctx, session, prepared);
      const step = await advance(prepared.action, prepared.call, session.state, prepared.io);
      session.noteSuccess();
      if (step.kind === 'done') return await succeed(ctx, session, { prepared, step });
      session.advanceTo(step.state);
      if (step.kind === 'wait') return await session.park({ ms: step.ms, leaves: true });
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      if (error instanceof Later) return await session.park({ ms: error.ms, later: error });
      const reason = session.isCanceled ? 'cancel' : session.signal.aborted ? session.signal.reason : undefined;
      if (reason !== undefined && isStop(error)) {
        if (reason !== 'cancel') return await session.park({ ms: 0 });
        session.turnToCancel(stopper.renew());
        prepared = undefined;
        continue;
      }
      if (!(error instanceof ConnectorError)) throw error;
      // An action may make an error of an answer, in which the service repeats what it was sent.
      return await fail(ctx, session, { failure: scrubError(error, prepared?.secrets() ?? []), prepared });
    }
  }
}

/** Of a run that must not start: the tenant that is suspended, or the account that is paused. */
function pausedOwner(
  ctx: Context,
  { tenant, linked_account: account }: Run,
): string | undefined | Promise<string | undefined> {
  const [isStopped, isPaused] = [isSuspended(ctx, tenant), isAccountPaused(ctx, account)];
  const ownerOf = (stopped: boolean, paused: boolean) => (stopped ? tenant : paused ? account : undefined);
  if (isStopped instanceof Promise || isPaused instanceof Promise)
    return Promise.all([isStopped, isPaused]).then(([stopped, paused]) => ownerOf(stopped, paused));
  return ownerOf(isStopped, isPaused);
}

async function succeed(
  ctx: Context,
  session: RunSession,
  end: { prepared: Prepared; step: Step & { kind: 'done' } },
): Promise<Activation> {
  const { run, launches, attempts } = session;
  const { prepared } = end;
  const { artifact, previews } = end.step;
  const { value, warnings } =
    artifact === undefined ? prepared.action.output.toEdge(end.step.output) : { value: undefined, warnings: [] };
  const output =
    artifact === undefined
      ? await outputOf(ctx, run, { value, prepared })
      : { artifact, ...(await prepared.sealedText()) };
  if (end.step.handle !== undefined) launches.answered(end.step.handle);
  launches.end('succeeded');
  const all = [...(end.step.warnings ?? []), ...warnings];
  return session.finalize({
    status: 'succeeded',
    ...output,
    ...(previews === undefined ? {} : { output_refs: refsOf(previews) }),
    attempts,
    ...(all.length > 0 ? { warnings: await withoutSecrets(ctx, run, all, prepared) } : {}),
  });
}

/**
 * What a service says must not repeat a secret. Secrets that are the service's own, by the schema of the output, and those of a step whose
 * output is made of secrets are given on to later steps: they are sealed beside the output.
 */
async function outputOf(
  ctx: Context,
  run: Run,
  { value, prepared }: { value: unknown; prepared: Prepared },
): Promise<Pick<Run, 'output' | 'sealed_output'>> {
  const said = prepared.givesOn ? value : await withoutSecrets(ctx, run, value, prepared);
  const own = secretPlaces(prepared.action.manifest.output, said);
  const places = prepared.givesOn ? new Map([...placesOfTexts(said, prepared.secrets()), ...own]) : own;
  if (places.size === 0) return { output: said };
  const hidden = hideOfRun(ctx, said, { tenant: run.tenant, run: run.id, part: 'output', places });
  return { output: hidden.shown, ...sealedOutput(hidden) };
}

/** Secrets of this run are taken out of what a service says, and links that another run may have sent it do not work for readers. */
async function withoutSecrets<T>(ctx: Context, { tenant }: Run, said: T, { secrets }: Prepared): Promise<T> {
  // First what works again where it leaves; a link in any other form goes like the secrets.
  return scrubValue(await deferReceived(ctx, tenant, said), secrets()) as T;
}

function shownError(ctx: Context, { tenant }: Run, error: unknown): Promise<ErrorRecord> {
  return deferReceived(ctx, tenant, toErrorRecord(error));
}

function refsOf(previews: Record<string, RowsArtifact>): Record<string, ValueRef> {
  return Object.fromEntries(
    Object.entries(previews).map(([name, { rows, ...artifact }]) => [
      `/${escapePart(name)}`,
      { artifact, path: [], count: rows, is_preview: true },
    ]),
  );
}

/** The one rule says: again later, or the end. */
async function fail(
  ctx: Context,
  session: RunSession,
  of: { failure: ConnectorError; prepared: Prepared | undefined },
): Promise<Activation> {
  const { run, launches, state, attempts } = session;
  const { failure, prepared } = of;
  const attempt = session.noteFailure();
  const isStart = state.phase === 'start' && state.start === undefined;
  const decision = decideRetry(failure, {
    effect: run.effect ?? 'once',
    phase: isStart ? 'start' : state.phase === 'cancel' ? 'cancel' : 'poll',
    attempt,
    elapsedMs: ctx.clock.now() - (run.started_at ?? run.created_at),
    random: ctx.clock.random(),
    service: prepared?.action.connector.service,
    hint: prepared === undefined ? undefined : unknownHint(prepared.action, prepared.call),
  });
  if ('stop' in decision) {
    const end = await endOfLaunch(session, decision.stop, prepared);
    const retry = end.mayFollow ? retryOf(run, end.failure) : undefined;
    if (retry !== undefined) return launchAgain(ctx, session, { failure: end.failure, ...retry });
    launches.end(end.outcome);
    return session.finalize({ status: 'failed', error: await shownError(ctx, run, end.failure), attempts });
  }
  ctx.meters.count('penstock_retries_total', [actionLabel(ctx, run.action!), failure.code]);
  ctx.log.info(
    { run: run.id, action: run.action, code: failure.code, attempt, again_ms: decision.again },
    'run will be retried',
  );
  if (state.sent !== true && !mayHaveHappened(failure, prepared?.action.connector.service)) launches.refused();
  session.phases.failed(failure.code);
  return session.park({
    ms: decision.again,
    leaves: true,
    waitFor: 'backoff',
    change: { error: await shownError(ctx, run, failure), attempts },
  });
}

/** A step's own retry: a new launch, after the last one has failed for good. */
async function launchAgain(
  ctx: Context,
  session: RunSession,
  retry: { failure: ConnectorError; ms: number; retried: number },
): Promise<Activation> {
  const { run, launches, attempts } = session;
  const { failure, ms, retried } = retry;
  launches.end('failed');
  session.advanceTo(firstState(ctx.clock.now()));
  ctx.log.info(
    { run: run.id, action: run.action, code: failure.code, retry: retried, again_ms: ms },
    'step is retried',
  );
  const error = await shownError(ctx, run, failure);
  session.phases.failed(failure.code);
  return session.park({ ms, leaves: true, waitFor: 'backoff', change: { error, attempts, retried } });
}

/** What an aborted request or wait throws, as opposed to an answer that came all the same. */
function isStop(error: unknown): boolean {
  return error instanceof ConnectorError ? error.code === 'ERR_CANCELED' : typeof error === 'string';
}
