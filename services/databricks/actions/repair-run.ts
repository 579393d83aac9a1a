import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { cancelPipeline } from '../../../actions/cancel.ts';
import { advancePipeline } from '../../../actions/pipeline.ts';
import type { Action, ActionManifest } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath } from '../../../connector/template.ts';

interface RepairInput {
  run_id: string | number | bigint;
  latest_repair_id?: string | number | bigint;
}

/** What is kept beside the state of the pipeline. */
interface RepairState {
  /** Of the repair before this one, which the service wants to be told. */
  latest?: unknown;
  /** When the run had ended before this repair, epoch ms of the service. */
  endTime?: number;
  /** The repair was seen to run, so an end is its end. */
  isRunning?: boolean;
}

const RUN = '/api/2.2/jobs/runs/get';
const ENDED = new Set(['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR']);
/** The service reports the earlier result for some seconds. An end that nothing tells from the earlier one counts after this. */
const EARLIER_RESULT_MS = 120_000;
/** A page holds 100 of each list of a run; a job has at most 1,000 tasks, and each can be repaired several times. */
const MAX_PAGES = 100;

/** Repairs a run: finds the repair before this one, launches, and waits for the end of this repair. */
export async function advanceRepairRun(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const own = state.own as RepairState | undefined;
  if (own === undefined && state.phase === 'start' && state.sent !== true) return lookAtRun(call, state, io);
  const kept: RepairState = { ...own };
  const withOwn = (part: ActionState): ActionState => ({ ...part, own: kept });
  const inner: Io = {
    ...io,
    launched: (next) => io.launched(withOwn(next)),
    async send(request, purpose) {
      const answer = await io.send(request, purpose);
      if (purpose !== 'poll' || !request.path.startsWith(RUN) || state.phase === 'start') return answer;
      if (!isEnded(answer.body)) kept.isRunning = true;
      else if (isEarlier(answer.body, { state, own: kept, now: io.now() }))
        return { ...answer, body: { ...(answer.body as object), status: { state: 'PENDING' }, state: undefined } };
      return answer;
    },
  };
  const step = await advancePipeline(withRequest(action), withLatest(call, kept), state, inner);
  return step.kind === 'done' ? step : { ...step, state: withOwn(step.state) };
}

/** Cancels the repair; see `cancelRemote`. */
export async function cancelRepairRun(
  action: Action,
  call: ActionCall,
  state: ActionState,
  io: Io,
): Promise<Step | 'nothing_to_cancel'> {
  const step = await cancelPipeline(withRequest(action), call, state, io);
  return step === 'nothing_to_cancel' || step.kind === 'done'
    ? step
    : { ...step, state: { ...step.state, own: state.own } };
}

/** What the run says of itself before the repair. */
async function lookAtRun(call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const { run_id } = call.input as RepairInput;
  const repairs: { id: unknown; start: number }[] = [];
  let body: unknown;
  let page_token: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const input = { run_id, include_history: true, ...(page_token === undefined ? {} : { page_token }) };
    body = (await io.send(buildRequest({ method: 'GET', path: RUN, query: '*' }, { input }), 'poll')).body;
    for (const item of listOf(readPath(body, 'repair_history'))) {
      if (readPath(item, 'type') === 'REPAIR')
        repairs.push({ id: readPath(item, 'id'), start: Number(readPath(item, 'start_time') ?? 0) });
    }
    const next = readPath(body, 'next_page_token');
    if (typeof next !== 'string' || next === '' || next === page_token) break;
    page_token = next;
  }
  const latest = repairs.reduce<(typeof repairs)[number] | undefined>(
    (last, item) => (last === undefined || item.start >= last.start ? item : last),
    undefined,
  );
  const endTime = Number(readPath(body, 'end_time') ?? 0);
  const own: RepairState = {
    ...(latest === undefined ? {} : { latest: latest.id }),
    ...(endTime > 0 ? { endTime } : {}),
  };
  return { kind: 'next', state: { ...state, own } };
}

function withLatest(call: ActionCall, { latest }: RepairState): ActionCall {
  const input = call.input as RepairInput;
  if (latest === undefined || input.latest_repair_id !== undefined) return call;
  return { ...call, input: { ...input, latest_repair_id: latest } };
}

/** Whether an end that is reported is the one from before the repair. */
function isEarlier(body: unknown, { state, own, now }: { state: ActionState; own: RepairState; now: number }): boolean {
  const id = readPath(state.start, 'repair_id');
  const repair = listOf(readPath(body, 'repair_history')).find((item) => String(readPath(item, 'id')) === String(id));
  if (repair !== undefined && hasState(repair) && !isEnded(repair)) return true;
  if (own.isRunning === true) return false;
  const end = Number(readPath(body, 'end_time') ?? 0);
  if (own.endTime !== undefined && end > 0) return end === own.endTime;
  if (repair !== undefined && hasState(repair)) return false;
  return now - state.startedAt < EARLIER_RESULT_MS;
}

function hasState(body: unknown): boolean {
  return readPath(body, 'status.state') !== undefined || readPath(body, 'state.life_cycle_state') !== undefined;
}

function isEnded(body: unknown): boolean {
  return ENDED.has(String(readPath(body, 'status.state') ?? readPath(body, 'state.life_cycle_state')));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function withRequest(action: Action): Action {
  const run = { run_id: '$input.run_id' };
  const manifest: ActionManifest = {
    ...action.manifest,
    request: { method: 'POST', path: '/api/2.2/jobs/runs/repair', body: '*' },
    await: {
      when: '$options.wait_for_completion',
      // Without it, the service leaves `repair_history` out.
      request: { method: 'GET', path: RUN, query: { ...run, include_history: true } },
      success: [
        {
          'status.state': ['TERMINATED'],
          'status.termination_details.code': ['SUCCESS', 'SUCCESS_WITH_FAILURES'],
        },
        { status: [null], 'state.result_state': ['SUCCESS', 'SUCCESS_WITH_FAILURES'] },
      ],
      failure: [
        { 'status.state': ['TERMINATED'] },
        { status: [null], 'state.life_cycle_state': ['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'] },
      ],
      code: ['status.termination_details.code', 'state.result_state', 'state.life_cycle_state'],
      message: ['status.termination_details.message', 'state.state_message'],
      interval_seconds: [2, 30],
      timeout_seconds: '$options.timeout_seconds',
      on_timeout: 'leave',
      cancel: { method: 'POST', path: '/api/2.2/jobs/runs/cancel', body: run },
      list: {
        request: { method: 'GET', path: '/api/2.2/jobs/runs/list', query: { active_only: true, limit: 25 } },
        items: 'runs',
        key: 'run_id',
        of: '$input.run_id',
        next: 'next_page_token',
        param: 'page_token',
      },
    },
    result: {
      run_id: '$input.run_id',
      state: { $first: ['$last.status.state', '$last.state.life_cycle_state'] },
      outcome: { $first: ['$last.status.termination_details.code', '$last.state.result_state'] },
      url: '$last.run_page_url',
      repair_id: '$start.repair_id',
    },
  };
  return { ...action, manifest };
}
