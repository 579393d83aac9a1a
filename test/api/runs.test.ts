import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startTestApi } from './client.ts';
import { openApiWorkspace, sleepStatement } from './workspace.ts';

test('runs an action on a linked account by name and gives its rows to who waits', async () => {
  const { send } = await openApiWorkspace();

  const { status, headers, body } = await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=20' },
    body: {
      action: 'databricks.execute_statement',
      linked_account: 'demo',
      input: { statement: 'SELECT 9007199254740993 AS big' },
    },
  });

  expect(status).toBe(200);
  expect(headers.get('preference-applied')).toBe('wait=20');
  expect(headers.get('location')).toBe(`/v1/runs/${body.id}`);
  expect(body).toMatchObject({
    kind: 'action',
    action: 'databricks.execute_statement',
    status: 'succeeded',
    linked_account: expect.stringMatching(/^la_/),
    output: { rows: [{ big: '9007199254740993' }] },
    launches: [{ number: 1, outcome: 'succeeded' }],
  });
});

test('takes a 64-bit id as an exact number and as text, and shows it as text', async () => {
  const { send, workspace } = await openApiWorkspace();

  for (const digits of ['9007199254740993', '"9007199254740993"']) {
    const { body } = await send('POST', '/v1/runs', {
      headers: { prefer: 'wait=20' },
      body: `{"action": "databricks.get_job_run", "linked_account": "demo", "input": {"run_id": ${digits}}}`,
    });

    expect(body.input).toEqual({ run_id: '9007199254740993' });
    expect(body).toMatchObject({
      status: 'failed',
      error: { upstream: { message: expect.stringContaining('9007199254740993') } },
    });
  }
  expect(workspace.emulator.requests.list().filter(({ path }) => path.includes('runs/get')).length).toBe(2);
});

test('answers 202 with the run when the wait is over before it ends', async () => {
  const { send, workspace } = await openApiWorkspace();

  const { status, headers, body } = await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=1' },
    body: sleepStatement(workspace, 30),
  });

  expect(status).toBe(202);
  expect(headers.get('preference-applied')).toBe('wait=1');
  expect(['queued', 'running', 'waiting']).toContain(body.status);
});

test('answers a failed run as a run, with the words of the service', async () => {
  const { send } = await openApiWorkspace();

  const { status, body } = await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=20' },
    body: { action: 'databricks.execute_statement', linked_account: 'demo', input: { statement: 'SELEC 1' } },
  });

  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_REMOTE_FAILED', message: expect.any(String), upstream: { error_code: expect.any(String) } },
  });
});

test('waits again, for a repeated request, on the run of the first', async () => {
  const { send, workspace } = await openApiWorkspace();
  const request = { headers: { prefer: 'wait=20', 'idempotency-key': 'w' }, body: sleepStatement(workspace, 1) };

  const [first, second] = await Promise.all([
    send('POST', '/v1/runs', request),
    until('the first is stored', async () => {
      const answer = await send('POST', '/v1/runs', request);
      return answer.status === 409 ? undefined : answer;
    }),
  ]);

  expect([first, second].map(({ status, body }) => ({ status, id: body.id, run: body.status }))).toEqual(
    [1, 2].map(() => ({ status: 200, id: first.body.id, run: 'succeeded' })),
  );
});

test.each([
  [{ action: 'databricks.execute_statment' }, 404, 'ERR_ACTION_UNKNOWN', '/action'],
  [{ action: 'databricks.query_warehouses' }, 400, 'ERR_INPUT_INVALID', '/linked_account'],
  [{ action: 'databricks.query_warehouses', linked_account: 'nobody' }, 404, 'ERR_NOT_FOUND', '/linked_account'],
  [{ action: 'databricks.query_warehouses', linked_account: 'empty' }, 409, 'ERR_NO_AUTHENTICATION', '/linked_account'],
  [{ action: 'core.file', input: { rows: [] } }, 400, 'ERR_INPUT_INVALID', '/input/path'],
  [{ action: 'core.file', input: { path: 'x', rows: [], more: 1 } }, 400, 'ERR_INPUT_INVALID', '/input/more'],
  [{ action: 'core.file', input: { path: 'x', rows: 'no' } }, 400, 'ERR_INPUT_INVALID', '/input/rows'],
  [
    { action: 'core.file', input: { path: 'x', rows: [] }, options: { timeout_seconds: 0 } },
    400,
    'ERR_INPUT_INVALID',
    '/options/timeout_seconds',
  ],
  [{ action: 'core.file', input: [] }, 400, 'ERR_INPUT_INVALID', '/input'],
  [{ action: 7 }, 400, 'ERR_INPUT_INVALID', '/action'],
])('refuses %j and stores nothing', async (body, status, code, pointer) => {
  const { send } = await startTestApi();
  await send('POST', '/v1/linked_accounts', { body: { name: 'empty' } });

  const answer = await send('POST', '/v1/runs', { body });

  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ code, errors: expect.arrayContaining([expect.objectContaining({ pointer })]) });
  expect((await send('GET', '/v1/runs')).body.items).toEqual([]);
});

test('never shows a secret of an input', async () => {
  const { send } = await startTestApi();
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

  const { body } = await send('POST', '/v1/runs', {
    body: { action: 'core.webhook', input: { url: 'https://example.com/hook', secret, body: {} } },
  });

  expect(body.input.secret).toBe('[secret]');
  const shown = [await send('GET', `/v1/runs/${body.id}`), await send('GET', '/v1/runs')];
  expect(JSON.stringify(shown.map(({ text }) => text))).not.toContain(secret);
});

test('lists runs newest first, in pages, without their large values', async () => {
  const { send } = await startTestApi();
  const made: string[] = [];
  for (let n = 0; n < 5; n++) {
    made.unshift(
      (await send('POST', '/v1/runs', { body: { action: 'core.file', input: { path: `${n}`, rows: [] } } })).body.id,
    );
  }

  const first = (await send('GET', '/v1/runs?limit=3')).body;
  const second = (await send('GET', `/v1/runs?limit=3&cursor=${first.next_cursor}`)).body;

  const shown = [...first.items, ...second.items];
  expect(shown.map(({ id }) => id).sort()).toEqual([...made].sort());
  expect(first.items).toHaveLength(3);
  expect(second.next_cursor).toBeNull();
  expect(shown[0]).not.toHaveProperty('input');
});

test('finds runs by status, action, account, code and time', async () => {
  const { send } = await openApiWorkspace();
  const failed = await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=20' },
    body: { action: 'databricks.execute_statement', linked_account: 'demo', input: { statement: 'SELEC 1' } },
  });
  const done = await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=20' },
    body: { action: 'databricks.query_warehouses', linked_account: 'demo' },
  });
  const ids = async (query: string) =>
    (await send('GET', `/v1/runs?${query}`)).body.items.map(({ id }: { id: string }) => id);

  expect(await ids('status=failed')).toEqual([failed.body.id]);
  expect(await ids('status=succeeded')).toEqual([done.body.id]);
  expect(await ids('action=databricks.query_warehouses')).toEqual([done.body.id]);
  expect(await ids('linked_account=demo')).toEqual([done.body.id, failed.body.id]);
  expect(await ids('code=ERR_REMOTE_FAILED')).toEqual([failed.body.id]);
  expect(await ids(`code=${failed.body.error.upstream.error_code}`)).toEqual([failed.body.id]);
  expect(await ids(`from=${done.body.created_at}`)).toEqual([done.body.id]);
  expect(await ids(`to=${failed.body.created_at}`)).toEqual([failed.body.id]);
  expect((await send('GET', '/v1/runs?linked_account=nobody')).status).toBe(404);
});

test('cancels a run at the service, and leaves an ended one as it is', async () => {
  const { send, workspace } = await openApiWorkspace();
  const { body: run } = await send('POST', '/v1/runs', { body: sleepStatement(workspace, 60) });
  await until(
    'the statement runs',
    async () => (await send('GET', `/v1/runs/${run.id}`)).body.launches[0]?.handle !== undefined,
  );

  const canceled = await send('POST', `/v1/runs/${run.id}/cancel`, { headers: { prefer: 'wait=20' } });
  const again = await send('POST', `/v1/runs/${run.id}/cancel`);

  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled', error: { code: 'ERR_CANCELED' } } });
  expect(again).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(workspace.emulator.requests.list().some(({ path }) => path.endsWith('/cancel'))).toBe(true);
});

test('replays an ended run with another input, linked both ways, and writes it down', async () => {
  const { send } = await openApiWorkspace();
  const { body: failed } = await send('POST', '/v1/runs', {
    headers: { prefer: 'wait=20' },
    body: { action: 'databricks.execute_statement', linked_account: 'demo', input: { statement: 'SELEC 1' } },
  });
  const input = { warehouse_id: failed.input.warehouse_id, statement: 'SELECT 1 AS one' };

  const replay = await send('POST', `/v1/runs/${failed.id}/replay`, {
    headers: { prefer: 'wait=20' },
    body: { input },
  });

  expect(replay).toMatchObject({
    status: 200,
    body: { status: 'succeeded', replay_of: failed.id, output: { rows: [{ one: 1 }] } },
  });
  expect((await send('GET', `/v1/runs/${failed.id}`)).body.replayed_by).toBe(replay.body.id);
  const { items } = (await send('GET', '/v1/audit')).body;
  expect(items[0]).toMatchObject({
    action: 'run.replay',
    target: { id: failed.id },
    actor: { name: 'admin key', from: '127.0.0.1' },
  });
});

test('refuses to replay a run that has not ended', async () => {
  const { send } = await startTestApi();
  const { body: run } = await send('POST', '/v1/runs', {
    body: { action: 'core.file', input: { path: 'x', rows: [] } },
  });

  const { status, body } = await send('POST', `/v1/runs/${run.id}/replay`);

  expect(status).toBe(409);
  expect(body).toMatchObject({ code: 'ERR_CONFLICT', detail: expect.stringContaining('queued') });
});
