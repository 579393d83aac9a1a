import { describe, expect, test } from 'vitest';
import { advance, firstState } from '../../actions/advance.ts';
import { startHttpServer } from '../servers.ts';
import { actionFrom, callOf, openBench, runToEnd } from './harness.ts';
import { OPERATION, serve } from './operation.ts';

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
