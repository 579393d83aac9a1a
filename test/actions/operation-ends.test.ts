import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { advance, cancelRemote, firstState } from '../../actions/advance.ts';
import type { ActionCall, ActionState } from '../../actions/call.ts';
import { parseJson } from '../../connector/json.ts';
import type { Action, ActionManifest } from '../../connector/manifest.ts';
import { actionFrom, actionOf, type Bench, callOf, openBench, roundTrip, runToEnd, useEmulator } from './harness.ts';
import { OPERATION, serve } from './operation.ts';

const emulator = useEmulator();

async function cancelToEnd(action: Action, call: ActionCall, bench: Bench, from: ActionState): Promise<unknown> {
  let state = from;
  for (let steps = 0; steps < 500; steps += 1) {
    const step = await cancelRemote(action, call, state, bench.io);
    if (step === 'nothing_to_cancel') return step;
    if (step.kind === 'done') return step.output;
    state = roundTrip(step.state);
    if (step.kind === 'wait') bench.pass(step.ms);
    await delay(5);
  }
  throw new Error('the cancel did not end within 500 steps');
}

describe('a launch found sent without an answer', () => {
  const sent: ActionState = { ...firstState(0), sent: true };

  test('of a once action is never sent again', async () => {
    const { bench } = await serve([]);
    const action = actionFrom(OPERATION);

    await expect(advance(action, callOf(action, { name: 'n' }), sent, bench.io)).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      hint: expect.stringContaining('run_1'),
    });
    expect(bench.events).toEqual([]);
  });

  test('of a statement tells how to look for it', async () => {
    const action = await actionOf('databricks.execute_statement');
    const call = callOf(action, { warehouse_id: 'w', statement: 'SELECT 1' });

    await expect(advance(action, call, sent, openBench(emulator()).io)).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      hint: expect.stringContaining('penstock_run = run_1'),
    });
  });

  test('of a job run is sent again with the same token, and runs once', async () => {
    const action = await actionOf('databricks.run_job');
    const bench = openBench(emulator());
    const call = callOf(action, { job_id: await jobOf({}) }, { run: { id: 'run_9', token: `t-${Math.random()}` } });
    const before = emulator().requests.effects()['POST /api/2.2/jobs/run-now'] ?? 0;
    emulator().faults.add({ match: { path: '/run-now' }, fault: { drop: 'after' } });

    const lost = await advance(action, call, firstState(0), bench.io).catch((error) => error);
    const { output } = await runToEnd(action, call, bench, sent);

    expect(lost).toMatchObject({ code: 'ERR_NO_ANSWER', sent: 'maybe' });
    expect(output).toMatchObject({ run_id: expect.stringMatching(/^\d+$/) });
    expect(emulator().requests.effects()['POST /api/2.2/jobs/run-now']).toBe(before + 1);
  });
});

describe('a job run that fails', () => {
  test("ends with the failed task's own error", async () => {
    const job = await jobOf({ fail_with: "ValueError: column 'amount' has text in row 17" });
    const action = await actionOf('databricks.run_job');
    const call = callOf(action, { job_id: job }, { options: { wait_for_completion: true } });

    await expect(runToEnd(action, call, openBench(emulator()))).rejects.toMatchObject({
      code: 'ERR_REMOTE_FAILED',
      message: expect.stringContaining('task "work" failed: ValueError: column \'amount\' has text in row 17'),
      upstream: { error_code: 'RUN_EXECUTION_ERROR' },
    });
  });

  test('ends with what the run says when its output cannot be had', async () => {
    const job = await jobOf({ fail_with: 'ValueError: x' });
    const action = await actionOf('databricks.run_job');
    const call = callOf(action, { job_id: job }, { options: { wait_for_completion: true } });
    emulator().faults.add({ match: { path: '/get-output' }, fault: { status: 403 } });

    await expect(runToEnd(action, call, openBench(emulator()))).rejects.toMatchObject({
      code: 'ERR_REMOTE_FAILED',
      upstream: { error_code: 'RUN_EXECUTION_ERROR' },
    });
  });
});

describe('cancel', () => {
  test('reaches the service and is confirmed', async () => {
    const action = await actionOf('databricks.execute_statement');
    const bench = openBench(emulator());
    const call = callOf(action, { warehouse_id: emulator().warehouseId, statement: 'SELECT emulator_sleep(60)' });
    const step = await advance(action, call, firstState(bench.io.now()), bench.io);

    const outcome = await cancelToEnd(action, call, bench, roundTrip((step as { state: ActionState }).state));

    expect(outcome).toEqual({ outcome: 'canceled' });
  });

  test('that does not take is sent again', async () => {
    const action = await actionOf('databricks.execute_statement');
    const bench = openBench(emulator());
    const call = callOf(action, { warehouse_id: emulator().warehouseId, statement: 'SELECT emulator_sleep(60)' });
    const step = await advance(action, call, firstState(bench.io.now()), bench.io);
    emulator().faults.add({ match: { path: '/cancel$' }, fault: { empty: true } });

    const outcome = await cancelToEnd(action, call, bench, (step as { state: ActionState }).state);

    expect(outcome).toEqual({ outcome: 'canceled' });
    expect(bench.events.filter((event) => event.startsWith('cancel'))).toHaveLength(2);
  });

  test('of what has ended says how it ended', async () => {
    const { bench } = await serve([{ id: 'a' }, 400, { state: 'DONE' }]);
    const action = actionFrom(OPERATION);
    const call = callOf(action, { name: 'n' });
    const step = await advance(action, call, firstState(0), bench.io);

    expect(await cancelToEnd(action, call, bench, (step as { state: ActionState }).state)).toEqual({
      outcome: 'succeeded',
    });
  });

  test('is given up as unconfirmed after ten minutes', async () => {
    const { bench, answers } = await serve([{ id: 'a' }]);
    const action = actionFrom(OPERATION);
    const call = callOf(action, { name: 'n' });
    const step = await advance(action, call, firstState(0), bench.io);
    for (let index = 0; index < 300; index += 1) answers.push({ state: 'RUNNING' });

    expect(await cancelToEnd(action, call, bench, (step as { state: ActionState }).state)).toEqual({
      outcome: 'unconfirmed',
    });
  });

  test('of a token launch without an answer learns the handle first', async () => {
    const action = await actionOf('databricks.run_job');
    const bench = openBench(emulator());
    const call = callOf(
      action,
      { job_id: await jobOf({ sleep_seconds: '60' }) },
      { run: { id: 'r', token: `t-${Math.random()}` } },
    );
    emulator().faults.add({ match: { path: '/run-now' }, fault: { drop: 'after' } });
    await advance(action, call, firstState(0), bench.io).catch(() => {});

    expect(await cancelToEnd(action, call, bench, { ...firstState(0), sent: true })).toEqual({ outcome: 'canceled' });
  });

  test.each<[string, Partial<ActionManifest>, ActionState]>([
    ['was not launched', OPERATION, firstState(0)],
    [
      'cannot be canceled',
      { ...OPERATION, await: { ...OPERATION.await!, cancel: undefined } as never },
      { ...firstState(0), phase: 'await', start: { id: 'a' } },
    ],
    ['is once and has no handle', OPERATION, { ...firstState(0), sent: true }],
  ])('does nothing for what %s', async (_title, manifest, state) => {
    const { bench } = await serve([]);
    const action = actionFrom(manifest);

    expect(await cancelRemote(action, callOf(action, { name: 'n' }), state, bench.io)).toBe('nothing_to_cancel');
    expect(bench.events).toEqual([]);
  });
});

/** A job of one notebook task with these parameters. */
async function jobOf(parameters: Record<string, string>): Promise<string> {
  const response = await fetch(`${emulator().url}/api/2.2/jobs/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator().token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'of a test',
      tasks: [{ task_key: 'work', notebook_task: { notebook_path: '/Shared/work', base_parameters: parameters } }],
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return String((parseJson(text) as { job_id: bigint }).job_id);
}
