import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { cancelPipeline } from '../../../actions/cancel.ts';
import { beforeLaunch } from '../../../actions/launch.ts';
import { advancePipeline } from '../../../actions/pipeline.ts';
import { scopesOf } from '../../../actions/scopes.ts';
import { keepStart } from '../../../actions/start-fields.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Action } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath, resolveTemplate } from '../../../connector/template.ts';
import { ACCEPT, JSON_TYPE } from '../media-types.ts';

interface DispatchInput {
  owner: string;
  repo: string;
  workflow_id: string | number;
  ref: string;
  inputs?: Record<string, unknown>;
}

/** How the run is looked for that a 204 did not name. */
interface Search {
  /** Second of the server's clock in which the request was sent, at the earliest; ISO 8601. */
  since: string;
  /** Epoch ms of ours after which it is given up. */
  until: number;
  /** Id of the only run that the last look found. */
  seen?: string;
  isFound?: boolean;
}

const WORKFLOW = '/repos/{input.owner}/{input.repo}/actions/workflows/{input.workflow_id}';
const FIRST_POLL_MS = 2_000;
const SEARCH_POLL_MS = 3_000;
/** Runs are listed some seconds after the dispatch. */
const SEARCH_MS = 90_000;
const SEARCHED =
  'The server answered 204 and did not name the run. In two looks, it was the only run of the workflow on this branch or tag that workflow_dispatch started since the request was sent.';

/**
 * Runs a workflow and follows its run to the end. A server that knows `return_run_details` names the run; of one that answers 204
 * (GitHub Enterprise Server up to 3.19) the run is looked for, and never guessed: several that could be it are an error.
 */
export async function advanceDispatch(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  if (state.phase === 'start') return dispatch(action, call, state, io);
  const search = state.own as Search | undefined;
  if (isSearching(state)) {
    const next = await look(action, call, state, io);
    return isSearching(next)
      ? { kind: 'wait', ms: SEARCH_POLL_MS, state: next }
      : named(action, call, { state: next, last: next.start });
  }
  return told(await advancePipeline(action, call, state, io), search);
}

/** Cancels the run at GitHub; one that is still looked for is found first. @throws ConnectorError ERR_OUTCOME_UNKNOWN when it cannot be */
export async function cancelDispatch(
  action: Action,
  call: ActionCall,
  state: ActionState,
  io: Io,
): Promise<Step | 'nothing_to_cancel'> {
  if (!isSearching(state)) return cancelPipeline(action, call, state, io);
  const next = await look(action, call, state, io);
  if (isSearching(next)) return { kind: 'wait', ms: SEARCH_POLL_MS, state: next };
  return cancelPipeline(action, call, next, io);
}

async function dispatch(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as DispatchInput;
  const { ref, inputs } = input;
  const body = { ref, return_run_details: true, ...(inputs === undefined ? {} : { inputs }) };
  const request = buildRequest(
    {
      method: 'POST',
      path: `${WORKFLOW}/dispatches`,
      headers: { accept: ACCEPT, 'content-type': JSON_TYPE },
      body: '$start',
    },
    { input, start: body },
  );
  await beforeLaunch(action, call, state, io);
  const before = io.now();
  const answer = await io.send(request, 'start');
  const { timeout_seconds: seconds } = scopesOf(action, call).options as { timeout_seconds: number };
  const launched: ActionState = { phase: 'await', startedAt: state.startedAt, polls: 0, start: {} };
  launched.deadline = io.now() + seconds * 1000;
  if (readPath(answer.body, 'workflow_run_id') !== undefined) {
    launched.start = keepStart(action, answer.body);
    await io.launched(launched);
    return named(action, call, { state: launched, last: answer.body });
  }
  const since = sentAtOfServer(answer.headers.date, { now: io.now(), tookMs: io.now() - before });
  const searching = { ...launched, own: { since, until: io.now() + SEARCH_MS } satisfies Search };
  await io.launched(searching);
  return { kind: 'wait', ms: SEARCH_POLL_MS, state: searching };
}

/** The run is known: waits for its end, unless the caller does not. */
function named(action: Action, call: ActionCall, { state, last }: { state: ActionState; last: unknown }): Step {
  const scopes = scopesOf(action, call);
  const { wait_for_completion: waits } = scopes.options as { wait_for_completion: boolean };
  if (waits) return { kind: 'wait', ms: FIRST_POLL_MS, state };
  const output = resolveTemplate(action.manifest.result!, { ...scopes, start: state.start, last });
  return told({ kind: 'done', output, handle: state.start }, state.own as Search | undefined);
}

type Searching = ActionState & { own: Search };

function isSearching(state: ActionState): state is Searching {
  const search = state.own as Search | undefined;
  return search !== undefined && search.isFound !== true;
}

/** Looks once. A run counts when it is the only one twice in a row: one that somebody else started may be listed before this one. */
async function look(action: Action, call: ActionCall, state: Searching, io: Io): Promise<ActionState> {
  const { own: search } = state;
  const input = call.input as DispatchInput;
  const request = buildRequest(
    {
      method: 'GET',
      path: `${WORKFLOW}/runs`,
      query: { event: 'workflow_dispatch', created: `>=${search.since}`, per_page: 100 },
      headers: { accept: ACCEPT },
    },
    { input },
  );
  const { body } = await io.send(request, 'poll');
  const found = candidates(body, { since: search.since, branch: nameOf(input.ref) });
  if (found.length > 1) throw severalFound(found);
  const [run] = found;
  if (run === undefined) {
    if (io.now() >= search.until) throw noneFound(action);
    return { ...state, polls: state.polls + 1 };
  }
  const { id, html_url } = run;
  if (search.seen !== String(id)) return { ...state, polls: state.polls + 1, own: { ...search, seen: String(id) } };
  const next = { ...state, polls: 0, start: { workflow_run_id: id, html_url }, own: { ...search, isFound: true } };
  await io.launched(next);
  return next;
}

interface FoundRun {
  id: unknown;
  html_url: string;
  head_branch: string | null;
  event: string;
  created_at: string;
}

/** The filters of the request once more: a server may not know them. */
function candidates(body: unknown, { since, branch }: { since: string; branch: string }): FoundRun[] {
  const runs = readPath(body, 'workflow_runs');
  if (!Array.isArray(runs)) {
    throw new ConnectorError('ERR_RESPONSE_INVALID', '"workflow_runs" in the response of the service is not a list', {
      sent: 'answered',
    });
  }
  return (runs as FoundRun[]).filter(
    (run) =>
      run.event === 'workflow_dispatch' &&
      run.head_branch === branch &&
      Date.parse(run.created_at) >= Date.parse(since),
  );
}

/** When the request was sent, by the clock of the server, which says whole seconds; without its `Date`, ours with a minute to spare. */
function sentAtOfServer(date: string | string[] | undefined, { now, tookMs }: { now: number; tookMs: number }): string {
  const answered = Date.parse(String(date));
  const at = Number.isNaN(answered) ? now - 60_000 : answered;
  const second = Math.floor((at - tookMs) / 1000) * 1000;
  return new Date(second).toISOString().replace('.000Z', 'Z');
}

/** Runs have the name of their branch or tag alone. */
function nameOf(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

function told(step: Step, search: Search | undefined): Step {
  if (step.kind !== 'done') return search === undefined ? step : { ...step, state: { ...step.state, own: search } };
  const output = { ...(step.output as object), found_by: search === undefined ? 'response' : 'search' };
  return {
    ...step,
    output,
    ...(search === undefined ? {} : { warnings: [{ pointer: '/workflow_run_id', message: SEARCHED }] }),
  };
}

function severalFound(found: readonly FoundRun[]): ConnectorError {
  const urls = found.slice(0, 5).map(({ html_url }) => html_url);
  return new ConnectorError(
    'ERR_OUTCOME_UNKNOWN',
    `the workflow was started, but the server answered 204 and ${found.length} runs could be this one`,
    {
      hint: `Look at ${urls.join(', ')}. To avoid it, do not start the same workflow on the same branch several times within seconds, or update GitHub Enterprise Server.`,
    },
  );
}

function noneFound(action: Action): ConnectorError {
  return new ConnectorError(
    'ERR_OUTCOME_UNKNOWN',
    `the server accepted "${action.manifest.title}" with 204, but no run was found within ${SEARCH_MS / 1000} s`,
    { hint: 'Look at the runs of the workflow at GitHub before you run it again.' },
  );
}
