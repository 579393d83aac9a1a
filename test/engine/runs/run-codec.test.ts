import { describe, expect, test } from 'vitest';
import type { ClaimableRun, EndedRun, OpenRun, Run, RunEnd } from '../../../engine/runs/run.ts';
import { decodeRun, encodeChange, encodeEnd, encodeEndedNew, encodeNew } from '../../../engine/runs/run-codec.ts';

const COMMON = {
  id: 'run_1',
  tenant: 'acme',
  status: 'queued',
  input: { n: 1 },
  options: {},
  launches: [],
  attempts: 0,
  failures: 0,
  created_at: 5,
} as const;
const ACTION = { ...COMMON, launches: [], kind: 'action', purpose: 'action', action: 'core.file' } as const;
const PAGE = { version: 3, from: null };

/** One of each. */
const RUNS: Record<string, OpenRun> = {
  action: { ...ACTION, launches: [], interactive: true, replay_of: 'run_0' },
  lookup: { ...ACTION, launches: [], purpose: 'lookup' },
  poll: { ...ACTION, launches: [], purpose: 'poll', workflow: 'wf_1', workflow_version: 1, page: PAGE },
  workflow: { ...COMMON, launches: [], kind: 'workflow', purpose: 'workflow', workflow: 'wf_1', workflow_version: 2 },
  delivery: {
    ...COMMON,
    launches: [],
    kind: 'workflow',
    purpose: 'workflow',
    workflow: 'wf_1',
    workflow_version: 2,
    page: PAGE,
    dead_letter: 'open',
    replay_of: 'run_0',
    reused: { a: 'run_0.a' },
  },
  step: {
    ...ACTION,
    launches: [],
    purpose: 'step',
    parent: 'run_0',
    step: 'a',
    workflow: 'wf_1',
    workflow_version: 1,
    skipped: true,
    throttled_at: 0,
  },
  loop: {
    ...COMMON,
    launches: [],
    kind: 'workflow',
    purpose: 'step',
    parent: 'run_0',
    step: 'a',
    workflow: 'wf_1',
    workflow_version: 1,
    loop: { items: 3, concurrency: 1, on_error: 'stop' },
  },
};

describe('a run is read as it was written', () => {
  test.each(Object.entries(RUNS))('a new %s', (_, run) => {
    expect(decodeRun('run_1', encodeNew(run))).toEqual(run);
  });

  test('with what its claims and its end added', () => {
    const error = { code: 'ERR_TIMEOUT', kind: 'temporary', message: 'late' } as const;
    const end: RunEnd = { status: 'failed', error, attempts: 2, launches: [{ number: 1, token: 't', sent_at: 6 }] };
    const { status, ...rest } = end;
    const flat = [
      ...encodeNew(RUNS.action!),
      ...encodeChange({ throttled_at: 7, failures: 1 }),
      ...['status', status, 'finished_at', '9', 'fencing_token', '4', 'loop_next', '12'],
      ...encodeEnd(rest),
    ];

    expect(decodeRun('run_1', flat)).toEqual({
      ...RUNS.action,
      throttled_at: 7,
      failures: 1,
      finished_at: 9,
      fencing_token: '4',
      ...end,
    });
  });

  test('that has ended as soon as it is there', () => {
    expect(decodeRun('run_1', encodeEndedNew(RUNS.step!, { status: 'succeeded' }, 8))).toEqual({
      ...RUNS.step,
      status: 'succeeded',
      finished_at: 8,
    });
  });

  test('and is not there when no field is', () => {
    expect(decodeRun('run_1', {})).toBeUndefined();
  });
});

describe('a run that is not as it was written is refused with the name of the field', () => {
  const hash = (run: OpenRun, change: Record<string, string | undefined>) => {
    const flat = encodeNew(run);
    const fields: Record<string, string> = {};
    for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) delete fields[name];
      else fields[name] = value;
    }
    return fields;
  };
  const made = (run: OpenRun, change: object) => {
    const { run: text } = hash(run, {});
    return JSON.stringify({ ...JSON.parse(text!), ...change });
  };
  test.each<[string, OpenRun, Record<string, string | undefined>]>([
    ['run', RUNS.action!, { run: '{"id": "tor' }],
    ['run', RUNS.action!, { run: '[]' }],
    ['state', RUNS.action!, { state: '{' }],
    ['end', RUNS.action!, { end: 'null' }],
    ['status', RUNS.action!, { status: 'asleep' }],
    ['status', RUNS.action!, { status: undefined }],
    ['finished_at', RUNS.action!, { status: 'succeeded' }],
    ['finished_at', RUNS.action!, { status: 'succeeded', finished_at: 'soon' }],
    ['kind', RUNS.action!, { kind: 'workflow' }],
    ['kind', RUNS.workflow!, { kind: 'action' }],
    ['failures', RUNS.action!, { failures: '' }],
    ['interactive', RUNS.action!, { interactive: 'true' }],
    ['id', RUNS.action!, { run: made(RUNS.action!, { id: 'run_2' }) }],
    ['purpose', RUNS.action!, { run: made(RUNS.action!, { purpose: 'call' }) }],
    ['action', RUNS.action!, { run: made(RUNS.action!, { action: undefined }) }],
    ['created_at', RUNS.action!, { run: made(RUNS.action!, { created_at: '5' }) }],
    ['page', RUNS.poll!, { run: made(RUNS.poll!, { page: undefined }) }],
    ['parent', RUNS.step!, { run: made(RUNS.step!, { parent: undefined }) }],
    ['workflow', RUNS.loop!, { run: made(RUNS.loop!, { workflow: undefined }) }],
  ])('%s of %j', (field, run, change) => {
    expect(() => decodeRun('run_1', hash(run, change))).toThrow(expect.objectContaining({ field }));
  });
});

/** `tsc` checks this file: a line below that does compile is an error there. */
function illegal(run: Run, open: OpenRun): unknown[] {
  const ended: EndedRun[] = [];
  // @ts-expect-error an ended run says when it ended
  ended.push({ ...ACTION, launches: [], status: 'succeeded' });
  // @ts-expect-error an open run has not ended
  const unfinished: OpenRun = { ...ACTION, launches: [], finished_at: 9 };
  // @ts-expect-error flags are booleans
  const flag: OpenRun = { ...ACTION, launches: [], interactive: '1' };
  // @ts-expect-error a poll has a page
  const poll: OpenRun = { ...ACTION, launches: [], purpose: 'poll', workflow: 'wf_1', workflow_version: 1 };
  // @ts-expect-error an action by itself has no page
  const page: OpenRun = { ...ACTION, launches: [], page: PAGE };
  // @ts-expect-error a step has a parent
  const step: OpenRun = { ...ACTION, launches: [], purpose: 'step', step: 'a', workflow: 'wf_1', workflow_version: 1 };
  // @ts-expect-error a workflow is no action
  const workflow: OpenRun = { ...COMMON, launches: [], kind: 'action', purpose: 'workflow', workflow: 'wf_1' };
  const flow = {
    ...COMMON,
    launches: [],
    kind: 'workflow',
    purpose: 'workflow',
    workflow: 'wf_1',
    workflow_version: 1,
  } as const;
  // @ts-expect-error only a page is dead-lettered
  const dead: OpenRun = { ...flow, launches: [], dead_letter: 'open' };
  // @ts-expect-error only a replay reuses steps
  const reused: OpenRun = { ...flow, launches: [], reused: {} };
  // @ts-expect-error a loop has no retry of its own
  const loop: OpenRun = { ...RUNS.loop!, purpose: 'step', kind: 'workflow', loop: { items: 1 }, retry: { times: 1 } };
  // @ts-expect-error a failure has an error
  const end: RunEnd = { status: 'failed' };
  // @ts-expect-error a success has none
  const success: RunEnd = { status: 'succeeded', error: { code: 'ERR_TIMEOUT', kind: 'temporary', message: '' } };
  // @ts-expect-error what has ended cannot be written as new
  const written = encodeNew(run);
  // @ts-expect-error a claim does not end a run
  const change = encodeChange({ status: 'succeeded' });
  // @ts-expect-error nobody holds a workflow's run, so it has no state of a claim
  const state: OpenRun = { ...flow, launches: [], state: { phase: 'await' } };
  // @ts-expect-error and it has no session, which alone writes that
  const held: ClaimableRun = { ...flow, launches: [] };
  if (run.purpose === 'poll') void (run.page.version satisfies number);
  if (open.purpose === 'step') void (open.parent satisfies string);
  return [unfinished, flag, poll, page, step, workflow, dead, reused, loop, end, success, written, change, state, held];
}

test('a run that cannot be does not compile', () => {
  expect(illegal(RUNS.poll as Run, RUNS.step!)).toHaveLength(15);
});
