import { describe, expect, test } from 'vitest';
import { cancelRemote, firstState } from '../../../../actions/advance.ts';
import { actionOf, callOf } from '../../../actions/harness.ts';
import { type Answer, run, serve } from './real-answers.ts';

const TABLE = { action: 'check_table_exists', input: { full_name: 'main.sales.orders' } };
const MODEL = { action: 'query_serving_endpoint', input: { name: 'churn', inputs: [1] } };
const RUN = { action: 'run_job', input: { job_id: '5' }, options: { wait_for_completion: true, timeout_seconds: 60 } };
const CLUSTER = {
  action: 'start_cluster',
  input: { cluster_id: '0923-1-a' },
  options: { wait_for_completion: true, timeout_seconds: 600 },
};

describe('check_table_exists', () => {
  test.each<[string, Answer, boolean]>([
    ['a table', { body: { table_exists: true } }, true],
    ['no table', { body: { table_exists: false } }, false],
    [
      'no table, as an error',
      {
        status: 404,
        body: { error_code: 'TABLE_DOES_NOT_EXIST', message: "Table 'main.sales.orders' does not exist." },
      },
      false,
    ],
    [
      'no schema',
      { status: 404, body: { error_code: 'SCHEMA_DOES_NOT_EXIST', message: "Schema 'main.sales' does not exist." } },
      false,
    ],
    [
      'no catalog',
      { status: 404, body: { error_code: 'CATALOG_DOES_NOT_EXIST', message: "Catalog 'main' does not exist." } },
      false,
    ],
    [
      'no table, with the general code',
      {
        status: 404,
        body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: "Table 'main.sales.orders' does not exist" },
      },
      false,
    ],
  ])('answers to %s', async (_title, answer, exists) => {
    expect((await run({ ...TABLE, answers: [answer] })).output).toEqual({ exists });
  });

  test.each<[string, Answer, RegExp]>([
    ['a page of another host', { status: 404, body: '<html><title>404 Not Found</title></html>' }, /workspace URL/],
    ['a page without words', { status: 404, body: '<!doctype html><body>nginx</body>' }, /workspace URL/],
    ['a path that is not there', { status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND', message: 'No API' } }, /API/],
    [
      'no metastore',
      { status: 404, body: { error_code: 'METASTORE_DOES_NOT_EXIST', message: 'Metastore does not exist' } },
      /metastore/i,
    ],
    ['text of a gateway', { status: 404, body: 'default backend - 404' }, /.*/],
    ['nothing', { status: 404 }, /.*/],
    ['another object', { status: 404, body: { error_code: 'NOT_FOUND', message: 'Workspace 1 not found' } }, /.*/],
  ])('takes %s for no answer', async (_title, answer, hint) => {
    const { error, output } = await run({ ...TABLE, answers: [answer] });

    expect(output).toBeUndefined();
    expect(error).toMatchObject({ code: 'ERR_UPSTREAM', upstream: { status: 404, request_id: 'req-1' } });
    expect(error!.hint ?? '').toMatch(hint);
  });
});

describe('a model', () => {
  test.each([
    'Encountered an unexpected error while parsing the input data. Error: ...',
    'Unexpected error in the model: ClusterNotReadyException',
    'The endpoint churn is not ready',
  ])('that refuses is asked once: %s', async (message) => {
    const { error, again } = await run({
      ...MODEL,
      answers: [{ status: 400, body: { error_code: 'BAD_REQUEST', message } }],
    });

    expect(error).toMatchObject({ code: 'ERR_UPSTREAM', upstream: { message } });
    expect(again).toBe(false);
  });

  test.each(['{"predictions":[NaN,1.5]}', '{"predictions":[-Infinity],"note":"say \\"NaN\\""}', '[Infinity]'])(
    'that answers %s is known to have answered',
    async (body) => {
      const { error, decision } = await run({ ...MODEL, answers: [{ body }] });

      expect(error).toMatchObject({ code: 'ERR_RESPONSE_INVALID', kind: 'failed' });
      expect(error!.message).toContain('NaN');
      expect(decision).toEqual({ stop: error });
    },
  );

  test('may write the words in its text', async () => {
    const { output } = await run({ ...MODEL, answers: [{ body: { predictions: ['NaN', 'Infinity'] } }] });

    expect(output).toMatchObject({ predictions: ['NaN', 'Infinity'] });
  });
});

describe('a run with the legacy state only', () => {
  const state = (life_cycle_state: string, result_state?: string, state_message = '') => ({
    body: { run_id: 7, state: { life_cycle_state, result_state, state_message } },
  });

  test('is read to its end', async () => {
    const answers = [{ body: { run_id: 7 } }, state('RUNNING'), state('TERMINATED', 'SUCCESS')];

    expect((await run({ ...RUN, answers })).output).toMatchObject({ state: 'TERMINATED', outcome: 'SUCCESS' });
  });

  test.each([
    ['TERMINATED', 'FAILED', 'Task load failed'],
    ['INTERNAL_ERROR', 'FAILED', 'Cluster lost'],
    ['SKIPPED', undefined, 'Another run is active'],
  ])('fails in its words: %s %s', async (life, result, message) => {
    const { error } = await run({ ...RUN, answers: [{ body: { run_id: 7 } }, state(life, result, message)] });

    expect(error).toMatchObject({ code: 'ERR_REMOTE_FAILED', upstream: { error_code: result ?? life, message } });
  });
});

describe('a cluster', () => {
  test("tells the cloud's own message", async () => {
    const parameters = { aws_api_error_code: 'InsufficientInstanceCapacity', aws_error_message: 'We have no m5.large' };
    const ended = {
      state: 'TERMINATED',
      state_message: 'Could not launch',
      termination_reason: { code: 'AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE', type: 'CLOUD_FAILURE', parameters },
    };

    const { error } = await run({ ...CLUSTER, answers: [{ body: {} }, { body: ended }] });

    expect(error!.message).toContain('InsufficientInstanceCapacity');
    expect(error!.message).toContain('We have no m5.large');
    expect(error!.upstream).toMatchObject({ error_code: 'AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE' });
  });

  test('that runs already is started', async () => {
    const message = 'Cluster 0923-1-a is in unexpected state Running.';

    const { output } = await run({
      ...CLUSTER,
      answers: [{ status: 400, body: { error_code: 'INVALID_STATE', message } }],
    });

    expect(output).toEqual({ cluster_id: '0923-1-a', state: 'RUNNING' });
  });

  test('that is terminating cannot be started', async () => {
    const message = 'Cluster 0923-1-a is in unexpected state Terminating.';

    const { error } = await run({
      ...CLUSTER,
      answers: [{ status: 400, body: { error_code: 'INVALID_STATE', message } }],
    });

    expect(error).toMatchObject({ kind: 'conflict' });
  });
});

describe('a stop', () => {
  test.each(['RUNNING', 'STARTING'])('that something undoes ends with what happened: %s', async (state) => {
    const { error, asked } = await run({
      action: 'stop_warehouse',
      input: { id: '4f1c2b3a9d8e7f60' },
      options: { wait_for_completion: true, timeout_seconds: 86_400 },
      answers: [{ body: {} }, { body: { state: 'STOPPING' } }, { body: { state } }],
    });

    expect(error).toMatchObject({ code: 'ERR_REMOTE_FAILED', kind: 'conflict', upstream: { error_code: state } });
    expect(error!.message).toContain('started again');
    expect(asked.length).toBeLessThan(40);
  });
});

test('a web page in the place of a run is not taken for a run that is gone', async () => {
  const action = await actionOf('databricks.run_job');
  const { bench } = await serve([{ status: 404, body: '<html><title>Not here</title></html>' }]);
  const state = { ...firstState(bench.io.now()), phase: 'cancel' as const, start: { run_id: 7 } };
  const canceling = { ...state, cancel: { reason: 'canceled' as const, since: bench.io.now(), polls: 1 } };

  const confirmed = cancelRemote(action, callOf(action, { job_id: '5' }), canceling, bench.io);

  await expect(confirmed).rejects.toMatchObject({ upstream: { status: 404 } });
});
