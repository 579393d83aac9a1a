import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { advance, cancelRemote, firstState } from '../../actions/advance.ts';
import type { ActionCall, ActionState } from '../../actions/call.ts';
import { parseJson } from '../../connector/json.ts';
import type { Action, ActionManifest } from '../../connector/manifest.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { actionFrom, actionOf, type Bench, callOf, openBench, roundTrip, runToEnd, useEmulator } from './harness.ts';

const emulator = useEmulator();

/** An operation that is started, polled and canceled, as most of Databricks' are. */
const OPERATION: Partial<ActionManifest> = {
  effect: 'once',
  request: { method: 'POST', path: '/start', body: { name: '$input.name' } },
  await: {
    request: { method: 'GET', path: '/poll/{start.id}' },
    success: { state: ['DONE'] },
    failure: { state: ['FAILED', 'CANCELED'] },
    code: 'error.code',
    message: 'error.message',
    interval_seconds: [1, 10],
    timeout_seconds: 60,
    cancel: { method: 'POST', path: '/cancel/{start.id}' },
  },
  result: { id: '$start.id', value: '$last.value', name: '$input.name' },
};

/** A service that answers each request with the next of its bodies; a number is a status. Asked for more, it fails. */
async function serve(answers: (object | number)[]) {
  const asked: string[] = [];
  const server = await startHttpServer(async (request, response) => {
    const body = await readBody(request);
    asked.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`);
    const answer = answers.shift() ?? 500;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.writeHead(200, { 'x-request-id': 'req-7' }).end(JSON.stringify(answer));
  });
  return { bench: openBench({ url: server.origin }), asked, answers };
}

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

describe('start and await', () => {
  test('judge the first answer before any poll', async () => {
    const { bench, asked } = await serve([{ id: 'a', state: 'DONE', value: 5 }]);
    const action = actionFrom(OPERATION);

    const { output } = await runToEnd(action, callOf(action, { name: 'n' }), bench);

    expect(output).toEqual({ id: 'a', value: 5, name: 'n' });
    expect(asked).toEqual(['POST /start {"name":"n"}']);
    expect(bench.events).toEqual(['launching', 'start POST /start']);
  });

  test('poll until it is done, an unknown state being pending, with growing pauses', async () => {
    const { bench, asked } = await serve([
      { id: 'a' },
      { state: 'NEW_STATE' },
      {},
      { state: 'RUNNING' },
      { state: 'DONE', value: 6 },
    ]);
    const action = actionFrom(OPERATION);

    const { output, waits } = await runToEnd(action, callOf(action, { name: 'n' }), bench);

    expect(output).toEqual({ id: 'a', value: 6, name: 'n' });
    expect(asked.slice(1)).toEqual(Array.from({ length: 4 }, () => 'GET /poll/a'));
    expect(waits).toEqual([1_000, 1_500, 2_250, 3_375]);
  });

  test('keep of the first answer only what the manifest refers to', async () => {
    const { bench } = await serve([{ id: 'a', secret: 's', rows: [1] }]);
    const action = actionFrom(OPERATION);

    await advance(action, callOf(action, { name: 'n' }), firstState(0), bench.io);

    expect(bench.launched).toEqual([expect.objectContaining({ phase: 'await', start: { id: 'a' } })]);
  });

  test('make the handle durable after the answer and before anything else', async () => {
    const { bench } = await serve([{ id: 'a' }, { state: 'DONE' }]);
    const action = actionFrom(OPERATION);

    await runToEnd(action, callOf(action, { name: 'n' }), bench);

    expect(bench.events).toEqual(['launching', 'start POST /start', 'launched', 'poll GET /poll/a']);
  });

  test.each(['safe', 'idempotent'] as const)('note no launch of a %s action', async (effect) => {
    const { bench } = await serve([{ id: 'a' }, { state: 'DONE' }]);
    const action = actionFrom({ ...OPERATION, effect });

    await runToEnd(action, callOf(action, { name: 'n' }), bench);

    expect(bench.events).toEqual(['start POST /start', 'poll GET /poll/a']);
  });

  test('note no launch when the request cannot be built', async () => {
    const { bench } = await serve([]);
    const action = actionFrom({ ...OPERATION, request: { method: 'POST', path: '/start/{input.name}' } });

    await expect(runToEnd(action, callOf(action, { name: '..' }), bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
    expect(bench.events).toEqual([]);
  });

  test('keep a 64-bit handle exact over a restart', async () => {
    const server = await startHttpServer((request, response) =>
      response.end(
        request.method === 'POST' ? '{"run_id":9007199254740993}' : `{"state":"DONE","value":"${request.url}"}`,
      ),
    );
    const bench = openBench({ url: server.origin });
    const action = actionFrom({
      ...OPERATION,
      await: {
        ...OPERATION.await!,
        request: { method: 'GET', path: '/poll', query: { run_id: '$start.run_id' } },
        cancel: { method: 'POST', path: '/cancel' },
      },
      result: { value: '$last.value' },
    });

    expect((await runToEnd(action, callOf(action, {}), bench)).output).toEqual({
      value: '/poll?run_id=9007199254740993',
    });
  });

  test('end with the words of the service when the operation failed', async () => {
    const { bench } = await serve([
      { id: 'a' },
      { state: 'FAILED', error: { code: 'NO_SPACE', message: 'disk full' } },
    ]);
    const action = actionFrom({
      ...OPERATION,
      errors: [{ when: { code: ['NO_SPACE'] }, kind: 'invalid', hint: 'Make space.' }],
    });

    await expect(runToEnd(action, callOf(action, { name: 'n' }), bench)).rejects.toMatchObject({
      code: 'ERR_REMOTE_FAILED',
      kind: 'invalid',
      hint: 'Make space.',
      upstream: { error_code: 'NO_SPACE', message: 'disk full' },
    });
  });

  test.each<[string, object | number]>([
    ['empty', 200],
    ['a list', [1]],
    ['without the handle', { other: 1 }],
  ])('refuse an answer that is %s, with the request id', async (title, answer) => {
    const { bench } = await serve([answer]);
    const action = actionFrom(OPERATION);

    await expect(runToEnd(action, callOf(action, { name: 'n' }), bench)).rejects.toMatchObject({
      code: 'ERR_RESPONSE_INVALID',
      upstream: title === 'empty' ? { status: 200 } : { status: 200, request_id: 'req-7' },
    });
  });

  test('do not wait when the option says so', async () => {
    const { bench, asked } = await serve([{ id: 'a', state: 'RUNNING' }]);
    const action = actionFrom({ ...OPERATION, await: { ...OPERATION.await!, when: '$options.wait_for_completion' } });

    const { output } = await runToEnd(
      action,
      callOf(action, { name: 'n' }, { options: { wait_for_completion: false } }),
      bench,
    );

    expect(output).toEqual({ id: 'a', name: 'n' });
    expect(asked).toHaveLength(1);
  });

  test("take the manifest's default where the caller gives no option", async () => {
    const { bench, asked } = await serve([{ id: 'a' }, { state: 'DONE' }]);
    const action = actionFrom({
      ...OPERATION,
      options: { type: 'object', properties: { wait_for_completion: { type: 'boolean', default: true } } },
      await: { ...OPERATION.await!, when: '$options.wait_for_completion' },
    });

    await runToEnd(action, callOf(action, { name: 'n' }), bench);

    expect(asked).toHaveLength(2);
  });

  test('take a failure as an answer where a rule says so', async () => {
    const { bench } = await serve([404]);
    const action = actionFrom({
      ...OPERATION,
      errors: [{ when: { status: [404] }, result: { name: '$input.name', exists: false } }],
    });

    expect((await runToEnd(action, callOf(action, { name: 'n' }), bench)).output).toEqual({ name: 'n', exists: false });
  });

  test('accept an empty answer where nothing of it is needed', async () => {
    const { bench } = await serve([200]);
    const action = actionFrom({ request: { method: 'DELETE', path: '/x' }, result: { deleted: true } });

    expect((await runToEnd(action, callOf(action, {}), bench)).output).toEqual({ deleted: true });
  });
});

describe('the time limit', () => {
  test('leaves the operation where the manifest says so, and names its handle', async () => {
    const { bench } = await serve([{ id: 'a' }, ...Array.from({ length: 30 }, () => ({ state: 'RUNNING' }))]);
    const action = actionFrom(OPERATION);

    await expect(runToEnd(action, callOf(action, { name: 'n' }), bench)).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      kind: 'failed',
      message: expect.stringContaining('within 60 s. It continues at the service.'),
      hint: expect.stringContaining('id a'),
    });
  });

  test('cancels the operation where the manifest says so', async () => {
    const { bench, asked } = await serve([
      { id: 'a' },
      { state: 'RUNNING' },
      200,
      { state: 'RUNNING' },
      { state: 'CANCELED' },
    ]);
    const action = actionFrom({
      ...OPERATION,
      await: { ...OPERATION.await!, on_timeout: 'cancel', timeout_seconds: 1 },
    });

    await expect(runToEnd(action, callOf(action, { name: 'n' }), bench)).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('It was canceled.'),
    });
    expect(asked.slice(1)).toEqual(['GET /poll/a', 'POST /cancel/a', 'GET /poll/a', 'GET /poll/a']);
  });

  test('takes the result of an operation that ended before its cancel', async () => {
    const { bench } = await serve([
      { id: 'a' },
      { state: 'RUNNING' },
      400,
      { state: 'DONE', value: 7 },
      { state: 'DONE', value: 7 },
    ]);
    const action = actionFrom({
      ...OPERATION,
      await: { ...OPERATION.await!, on_timeout: 'cancel', timeout_seconds: 1 },
    });

    expect((await runToEnd(action, callOf(action, { name: 'n' }), bench)).output).toMatchObject({ value: 7 });
  });

  test('lets the last poll happen at the deadline', async () => {
    const { bench } = await serve([{ id: 'a' }, { state: 'RUNNING' }, { state: 'DONE', value: 8 }]);
    const action = actionFrom({ ...OPERATION, await: { ...OPERATION.await!, timeout_seconds: 2 } });

    const { waits } = await runToEnd(action, callOf(action, { name: 'n' }), bench);

    expect(waits).toEqual([1_000, 1_000]);
  });
});

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
