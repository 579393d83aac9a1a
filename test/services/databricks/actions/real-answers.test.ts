import { describe, expect, test } from 'vitest';
import { cancelRemote, firstState } from '../../../../actions/advance.ts';
import { decideRetry } from '../../../../actions/retry.ts';
import type { ConnectorError } from '../../../../connector/errors.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../../actions/harness.ts';
import { startHttpServer } from '../../../servers.ts';

/** An answer as the service gives it. */
interface Answer {
  status?: number;
  /** An object is sent as JSON, text as it is. */
  body?: object | string;
  headers?: Record<string, string>;
}

interface Case {
  action: string;
  input?: object;
  options?: object;
  /** One for each request; the last is given again and again. */
  answers: Answer[];
}

async function serve(answers: Answer[]) {
  const asked: string[] = [];
  const server = await startHttpServer((request, response) => {
    const { status = 200, body = '', headers = {} } = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(`${request.method} ${request.url}`);
    const type = typeof body === 'object' ? 'application/json' : body.startsWith('<') ? 'text/html' : 'text/plain';
    response.writeHead(status, { 'content-type': type, 'x-request-id': 'req-1', ...headers });
    response.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
  return { asked, bench: openBench({ url: server.origin }) };
}

async function run({ action: id, input = {}, options = {}, answers }: Case) {
  const action = await actionOf(`databricks.${id}`);
  const { asked, bench } = await serve(answers);
  const call = callOf(action, input, { options });
  const ended = await runToEnd(action, call, bench).then(
    ({ output }) => ({ output: output as object, error: undefined }),
    (error: ConnectorError) => ({ output: undefined, error }),
  );
  const decision =
    ended.error === undefined
      ? undefined
      : decideRetry(ended.error, { effect: call.effect, phase: 'start', attempt: 1, elapsedMs: 0, random: 0 });
  return { ...ended, asked, again: decision !== undefined && 'again' in decision, decision };
}

const TABLE = { action: 'check_table_exists', input: { full_name: 'main.sales.orders' } };
const STATEMENT = { action: 'execute_statement', input: { warehouse_id: '4f1c2b3a9d8e7f60', statement: 'SELECT 1' } };
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

describe('the network', () => {
  test.each<[string, RegExp]>([
    ['Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 123', /IP access list/],
    ['Unauthorized network access to workspace: 4155', /network policy/],
    ['Public access is not allowed for workspace: 4155', /private link/],
  ])('that is closed is not a missing grant: %s', async (message, hint) => {
    const answers = [{ status: 403, body: { error_code: 'PERMISSION_DENIED', message } }];

    const { error } = await run({ ...STATEMENT, answers });

    expect(error).toMatchObject({ kind: 'permission', upstream: { message, request_id: 'req-1' } });
    expect(error!.hint).toMatch(hint);
    expect(error!.hint).not.toMatch(/Needed/);
  });

  test('says so in a page, too', async () => {
    const body = '<html><body><pre>Source IP address: 1.2.3.4 is blocked by Databricks IP ACL</pre></body></html>';

    expect((await run({ ...STATEMENT, answers: [{ status: 403, body }] })).error!.hint).toMatch(/IP access list/);
  });

  test.each(['', ':4155281926', ':ws-1.x'])('redirects to the page about the private link: %j', async (suffix) => {
    const location = `/login.html?error=private-link-validation-error${encodeURIComponent(suffix)}`;

    const { error } = await run({ ...STATEMENT, answers: [{ status: 303, headers: { location } }] });

    expect(error).toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'permission',
      upstream: { error_code: 'PRIVATE_LINK_VALIDATION_ERROR', message: `private-link-validation-error${suffix}` },
    });
  });

  test.each([
    'Expected iss claim to be: https://sts.windows.net/a/, but was: https://sts.windows.net/b/.',
    'io.jsonwebtoken.IncorrectClaimException: Expected aud claim to be: x',
  ])('takes a token of another tenant for a refused token: %s', async (words) => {
    const body = `<html><head><title>Error 400 ${words}</title></head><body><h2>HTTP ERROR 400</h2></body></html>`;

    const { error } = await run({ ...STATEMENT, answers: [{ status: 400, body }] });

    expect(error).toMatchObject({ code: 'ERR_AUTH_FAILED', kind: 'auth', upstream: { request_id: 'req-1' } });
    expect(error!.hint).toMatch(/tenant/);
  });
});

describe('a statement', () => {
  const ended = (status: object): Answer => ({ body: { statement_id: 's-1', status } });

  test('that was canceled without a message says its state', async () => {
    const { error } = await run({ ...STATEMENT, answers: [ended({ state: 'CANCELED' })] });

    expect(error).toMatchObject({ code: 'ERR_REMOTE_FAILED', upstream: { error_code: 'CANCELED' } });
    expect(error!.message).toContain('CANCELED');
    expect(error!.hint).toMatch(/canceled/);
  });

  test('keeps a SQLSTATE that stands beside the message', async () => {
    const failed = {
      state: 'FAILED',
      error: { error_code: 'BAD_REQUEST', message: '[TABLE_OR_VIEW_NOT_FOUND] no t' },
      sql_state: '42P01',
    };

    const { error } = await run({ ...STATEMENT, answers: [ended(failed)] });

    expect(error!.message).toContain('42P01');
    expect(error!.upstream).toMatchObject({ sql_state: '42P01' });
  });

  test('that the service could not run for the moment is temporary, and not repeated', async () => {
    const error = { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'The service is temporarily unavailable' };

    const { error: found, again } = await run({ ...STATEMENT, answers: [ended({ state: 'FAILED', error })] });

    expect(found).toMatchObject({ code: 'ERR_REMOTE_FAILED', kind: 'temporary' });
    expect(again).toBe(false);
  });

  test.each<[number, string, string]>([
    [400, 'INVALID_PARAMETER_VALUE', 'abc is not a valid endpoint id.'],
    [404, 'NOT_FOUND', 'SQL warehouse 4f1c2b3a9d8e7f60 does not exist'],
    [404, 'RESOURCE_DOES_NOT_EXIST', 'Could not find SQL warehouse 4f1c2b3a9d8e7f60'],
  ])('of an unknown warehouse has a hint: %i %s', async (status, error_code, message) => {
    const answers = [{ status, body: { error_code, message } }];

    for (const action of [STATEMENT, { action: 'insert_rows', input: { ...INSERT } }]) {
      const { error } = await run({ ...action, answers });
      expect(error).toMatchObject({ kind: 'not_found', upstream: { error_code } });
      expect(error!.hint).toMatch(/warehouse/i);
    }
  });
});

const INSERT = { warehouse_id: '4f1c2b3a9d8e7f60', table: 'main.sales.orders', rows: [{ id: 1 }] };

describe('a refusal', () => {
  const rpc = (type: string, fields: object) => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...fields });
  const error = async (answer: Answer) => (await run({ ...STATEMENT, answers: [answer] })).error!;

  test.each<[string, Answer, number]>([
    ['text', { status: 429, body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: '3.5s' })] } }, 3_500],
    [
      'an object',
      {
        status: 503,
        body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: { seconds: 7, nanos: 5e8 } })] },
      },
      7_500,
    ],
    [
      'text, and less in the header',
      {
        status: 429,
        headers: { 'retry-after': '1' },
        body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: '20s' })] },
      },
      20_000,
    ],
    [
      'text, and more in the header',
      {
        status: 429,
        headers: { 'retry-after': '30' },
        body: { error_code: 'X', details: [rpc('RetryInfo', { retry_delay: '2s' })] },
      },
      30_000,
    ],
  ])('says how long to wait: %s', async (_title, answer, ms) => {
    expect((await error(answer)).retryAfterMs).toBe(ms);
  });

  test.each<[string, Answer]>([
    ['the header', { status: 400, body: { error_code: 'X', message: 'm' } }],
    [
      'a detail',
      {
        status: 400,
        headers: { 'x-request-id': '' },
        body: { error_code: 'X', message: 'm', details: [rpc('RequestInfo', { request_id: 'req-1' })] },
      },
    ],
    ['the body', { status: 400, headers: { 'x-request-id': '' }, body: { error_code: 'X', request_id: 'req-1' } }],
  ])('keeps the request id of %s', async (_title, answer) => {
    expect((await error(answer)).upstream).toMatchObject({ request_id: 'req-1' });
  });

  test('has the reason of its details where it has no code', async () => {
    const body = { message: 'no', details: [rpc('ErrorInfo', { reason: 'CUSTOMER_UNAUTHORIZED', domain: 'd' })] };

    expect((await error({ status: 403, body })).upstream).toMatchObject({ error_code: 'CUSTOMER_UNAUTHORIZED' });
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
