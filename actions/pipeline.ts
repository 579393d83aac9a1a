import { ConnectorError, withDetails } from '../connector/errors.ts';
import type { Action, AwaitManifest, Json } from '../connector/manifest.ts';
import type { Outcome } from '../connector/outcome.ts';
import { buildRequest } from '../connector/request.ts';
import { resolveTemplate, type Scopes } from '../connector/template.ts';
import type { ActionCall, ActionState, ArtifactAbout, Explanation, Io, Step } from './call.ts';
import { cancelPipeline } from './cancel.ts';
import { judge } from './conditions.ts';
import { beforeLaunch, isLaunch } from './launch.ts';
import { isBareList, type PageAnswer, pageRequest, readPages } from './pages.ts';
import { describeHandle, remoteFailure } from './remote-failure.ts';
import { scopesOf } from './scopes.ts';
import { keepStart, missingStart, readsAnswer } from './start-fields.ts';

const GROWTH = 1.5;
/** Some services drop an operation that nobody polls for 15 minutes. */
const MAX_WAIT_MS = 10 * 60_000;
const DEFAULT_INTERVAL_SECONDS: [number, number] = [1, 30];
/** For an `await` whose time limit is a reference that is missing. */
const DEFAULT_TIMEOUT_SECONDS = 24 * 3600;

/** Carries an action that is described by its manifest alone one step on; see `advance`. */
export async function advancePipeline(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  if (state.phase === 'cancel') return endTimeout(action, call, state, io);
  return state.phase === 'start' ? start(action, call, state, io) : poll(action, call, state, io);
}

async function start(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const { manifest } = action;
  const scopes = scopesOf(action, call);
  // Built first: a validation error of the input must not look like a launch.
  const request =
    manifest.pages === undefined || manifest.pages.style === 'chunks'
      ? buildRequest(manifest.request!, scopes)
      : pageRequest(action, scopes, { count: 0 });
  await beforeLaunch(action, call, state, io);
  const answer = await io.send(request, 'start');
  if (answer.result !== undefined) return done(action, answer.result, { ...scopes, last: answer.body });
  const isList = manifest.pages !== undefined && isBareList(manifest.pages);
  if (readsAnswer(manifest) && !isList) assertObject(action, answer);
  const { body } = answer;
  const launched: ActionState = {
    phase: 'await',
    startedAt: state.startedAt,
    polls: 0,
    start: keepStart(action, body),
  };
  const answered = { ...scopes, start: body, last: body };
  const waiting = manifest.await;
  if (waiting !== undefined) launched.deadline = io.now() + timeoutMs(waiting, scopes);
  const verdict = waiting === undefined ? 'success' : judge(waiting, body);
  // Who looks into a failure at the service needs its id, too.
  if (verdict === 'failure' && isLaunch(call)) await io.launched(launched);
  if (verdict === 'failure') throw await failure(action, body, io);
  if (waiting === undefined || verdict === 'success') {
    const ended = await concludeStart({ action, call, io, launched }, answered, answer);
    if (ended !== undefined) return withHandle(ended, call, launched);
    // A download can fail and be resumed, which must not begin with another launch.
    if (isLaunch(call)) await io.launched(launched);
    return { kind: 'next', state: launched };
  }
  if (!isWaitedFor(waiting, scopes))
    return withHandle(done(action, manifest.result ?? '$last', answered), call, launched);
  const missing = missingStart(action, body);
  if (missing !== undefined) throw lacking(action, missing, answer);
  if (isLaunch(call)) await io.launched(launched);
  return { kind: 'wait', ms: pause(waiting, launched, io), state: launched };
}

async function poll(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const waiting = action.manifest.await!;
  const scopes: Scopes = { ...scopesOf(action, call), start: state.start };
  if (await isListed(waiting, scopes, state, io)) {
    const next = { ...state, polls: state.polls + 1 };
    return { kind: 'wait', ms: pause(waiting, next, io), state: next };
  }
  const answer = await io.send(buildRequest(waiting.request, scopes), 'poll');
  if (answer.result !== undefined) return done(action, answer.result, { ...scopes, last: answer.body });
  assertObject(action, answer);
  const verdict = judge(waiting, answer.body);
  if (verdict === 'success') {
    const read = { ...scopes, last: answer.body };
    const ended = await conclude(action, call, io, { scopes: read, answer });
    if (ended !== undefined) return ended;
    return done(action, action.manifest.result ?? '$last', {
      ...read,
      ...(await action.connector.service.chunks!.download(call, io, { last: read.last, state })),
    });
  }
  if (verdict === 'failure') throw await failure(action, answer.body, io);
  refuseUndone(action, answer.body, state, io);
  const next = { ...state, polls: state.polls + 1 };
  if (state.deadline === undefined || io.now() < state.deadline)
    return { kind: 'wait', ms: pause(waiting, next, io), state: next };
  if (waiting.on_timeout !== 'cancel' || waiting.cancel === undefined)
    throw timedOut(action, state, 'It continues at the service.');
  return {
    kind: 'next',
    state: { ...next, phase: 'cancel', cancel: { reason: 'timeout', since: io.now(), polls: 0 } },
  };
}

/** @throws ConnectorError ERR_REMOTE_FAILED when somebody else did the opposite of what is waited for */
function refuseUndone(action: Action, last: unknown, { startedAt }: ActionState, io: Io): void {
  const undone = action.connector.service.undone?.(action.id, last, io.now() - startedAt);
  if (undone === undefined) return;
  throw new ConnectorError('ERR_REMOTE_FAILED', `${action.manifest.title} was undone: ${undone.message}`, {
    kind: 'conflict',
    hint: undone.hint,
    upstream: { error_code: undone.state },
    launchEnded: true,
  });
}

/** At the time limit the operation is asked for itself. */
async function isListed(waiting: AwaitManifest, scopes: Scopes, state: ActionState, io: Io): Promise<boolean> {
  const { list } = waiting;
  if (list === undefined || (state.deadline !== undefined && io.now() >= state.deadline)) return false;
  const id = resolveTemplate(list.of, scopes);
  return id !== undefined && (await io.isActive(list, String(id)));
}

/** The time limit is over: cancels, sees it through, and ends the run, unless the operation got there first. */
async function endTimeout(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const step = await cancelPipeline(action, call, state, io);
  if (step === 'nothing_to_cancel') throw timedOut(action, state, 'It could not be canceled.');
  if (step.kind !== 'done') return step;
  const { outcome } = step.output as { outcome: string };
  if (outcome === 'succeeded') return { kind: 'next', state: { ...state, phase: 'await' } };
  if (outcome === 'unconfirmed') throw timedOut(action, state, 'Its cancellation was not confirmed.');
  throw withDetails(timedOut(action, state, 'It was canceled.'), { launchEnded: true });
}

/** The output, pages included; `undefined` when rows have to be downloaded first. */
async function conclude(
  action: Action,
  call: ActionCall,
  io: Io,
  { scopes, answer }: { scopes: Scopes; answer: PageAnswer },
): Promise<Step | undefined> {
  const { pages, result } = action.manifest;
  if (pages === undefined) return done(action, result ?? '$last', scopes);
  if (pages.style !== 'chunks') {
    const read = await readPages(action, scopes, answer, (request) => io.send(request, 'page'));
    return done(action, result ?? '$last', { ...scopes, ...read });
  }
  const few = action.connector.service.chunks!.few(call, scopes);
  return few === undefined ? undefined : done(action, result ?? '$last', { ...scopes, ...few });
}

/** A first answer that cannot be used belongs to a launch all the same, which must not be taken for one that was refused. */
async function concludeStart(
  { action, call, io, launched }: { action: Action; call: ActionCall; io: Io; launched: ActionState },
  answered: Scopes,
  answer: PageAnswer,
): Promise<Step | undefined> {
  try {
    return await conclude(action, call, io, { scopes: answered, answer });
  } catch (error) {
    if (isLaunch(call) && action.manifest.await !== undefined) await io.launched(launched);
    throw error;
  }
}

function done(action: Action, template: Json, scopes: Scopes): Step {
  const output = resolveTemplate(template, scopes) ?? {};
  const { shape } = action.manifest;
  return {
    kind: 'done',
    output: shape === undefined ? output : action.connector.service.shapes![shape]!(output),
    ...previewsOf(template, scopes.pages),
  };
}

/** The property that gets the rows of a result, when the rows are in an artifact and the property has the first of them. */
function previewsOf(template: Json, pages: unknown): Pick<Step & { kind: 'done' }, 'previews'> {
  const { artifact, count } = (pages ?? {}) as { artifact?: ArtifactAbout; count?: number };
  if (artifact === undefined || template === null || typeof template !== 'object') return {};
  const names = Object.keys(template).filter((name) => (template as { [name: string]: Json })[name] === '$items');
  const { id, media_type, size } = artifact;
  return { previews: Object.fromEntries(names.map((name) => [name, { id, media_type, size, rows: count ?? 0 }])) };
}

/** A launch that ended with its first answer was not saved in between; the record shows its handle all the same. */
function withHandle(step: Step, call: ActionCall, { start }: ActionState): Step {
  return step.kind === 'done' && isLaunch(call) && start !== undefined ? { ...step, handle: start } : step;
}

async function failure(action: Action, last: unknown, io: Io): Promise<ConnectorError> {
  const explain = action.connector.service.explains?.[action.id];
  let explanation: Explanation | undefined;
  if (explain !== undefined) {
    try {
      explanation = await explain(last, io);
    } catch (error) {
      // A better text is not worth losing the failure itself; a cancel must get through.
      if (!(error instanceof ConnectorError) || error.code === 'ERR_CANCELED') throw error;
    }
  }
  return remoteFailure(action, last, explanation);
}

function isWaitedFor(waiting: AwaitManifest, scopes: Scopes): boolean {
  return waiting.when === undefined || resolveTemplate(waiting.when, scopes) === true;
}

function timeoutMs(waiting: AwaitManifest, scopes: Scopes): number {
  const seconds = resolveTemplate(waiting.timeout_seconds, scopes);
  return (typeof seconds === 'number' ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1000;
}

/** Grows with every poll, spread by a fifth each way, and ends at the deadline. */
function pause(waiting: AwaitManifest, state: ActionState, io: Io): number {
  const [first, most] = waiting.interval_seconds ?? DEFAULT_INTERVAL_SECONDS;
  const grown = Math.min(first * GROWTH ** state.polls, most) * 1000;
  const spread = Math.min(grown * (0.8 + 0.4 * io.random()), MAX_WAIT_MS);
  const left = state.deadline === undefined ? spread : Math.max(0, state.deadline - io.now());
  return Math.round(Math.min(spread, left));
}

/** @throws ConnectorError ERR_RESPONSE_INVALID for an empty answer, a list or a bare value where an object is read */
function assertObject(action: Action, answer: Outcome): void {
  const { body } = answer;
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) return;
  const what =
    body === undefined ? 'empty' : Array.isArray(body) ? 'a list' : `a ${body === null ? 'null' : typeof body}`;
  throw invalid(answer, `the response to "${action.manifest.title}" is ${what}, not an object`);
}

function lacking(action: Action, path: string, answer: Outcome): ConnectorError {
  return invalid(
    answer,
    `the response to "${action.manifest.title}" has no "${path}", so the operation cannot be tracked`,
  );
}

function invalid(answer: Outcome, message: string): ConnectorError {
  const { status, requestId } = answer;
  return new ConnectorError('ERR_RESPONSE_INVALID', message, {
    upstream: { status, ...(requestId === undefined ? {} : { request_id: requestId }) },
    sent: 'answered',
  });
}

function timedOut(action: Action, state: ActionState, rest: string): ConnectorError {
  const handle = describeHandle(state.start);
  const seconds = Math.round(((state.deadline ?? 0) - state.startedAt) / 1000);
  return new ConnectorError('ERR_TIMEOUT', `"${action.manifest.title}" did not finish within ${seconds} s. ${rest}`, {
    kind: 'failed',
    hint: `${handle === '' ? '' : `Look for ${handle}. `}Set a longer limit with the option timeout_seconds.`,
  });
}
