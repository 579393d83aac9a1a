import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';

const FINE = {
  name: 'files',
  trigger: { id: 'core.manual' },
  steps: [{ id: 'file', action: 'core.file', input: { path: 'x.ndjson', rows: '{{ trigger.rows }}' } }],
};

test('a workflow without errors is valid, and is not saved', async () => {
  const { send } = await startTestApi();

  const checked = await send('POST', '/v1/workflows/check', { body: FINE });

  expect(checked).toMatchObject({ status: 200, body: { valid: true, errors: [], warnings: [] } });
  expect((await send('GET', '/v1/workflows')).body.items).toEqual([]);
});

test('every error has its place, code, message and hint, and an expression its position', async () => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/workflows/check', {
    body: {
      name: 'wrong',
      trigger: { id: 'core.manual' },
      steps: [
        { id: 'a', action: 'core.fiel', input: {} },
        { id: 'b', action: 'core.file', input: { path: '{{ 1 + }}', rows: [] } },
        { id: 'c', action: 'databricks.execute_statement', linked_account: 'nobody', input: { statement: 'SELECT 1' } },
        { id: 'd', action: 'core.file', input: { rows: [] } },
      ],
    },
  });

  const by = (pointer: string) => body.errors.find((error: { pointer: string }) => error.pointer === pointer);
  expect(status).toBe(200);
  expect(body.valid).toBe(false);
  expect(by('/steps/0/action')).toMatchObject({
    code: 'ERR_INPUT_INVALID',
    message: expect.stringContaining('core.fail'),
  });
  expect(by('/steps/1/input/path')).toMatchObject({ code: 'ERR_EXPRESSION', position: expect.any(Number) });
  expect(by('/steps/2/linked_account')).toMatchObject({ code: 'ERR_NOT_FOUND' });
  expect(by('/steps/3/input/path')).toMatchObject({ code: 'ERR_INPUT_INVALID' });
  for (const error of body.errors) expect(error.hint).not.toBe('');
});

test.each([[{}], [{ name: 'x' }], [{ ...FINE, steps: 'none' }], [{ ...FINE, more: 1 }]])(
  'an incomplete definition is answered, not refused: %j',
  async (body) => {
    const { send } = await startTestApi();

    const checked = await send('POST', '/v1/workflows/check', { body });

    expect(checked).toMatchObject({ status: 200, body: { valid: false } });
    expect(checked.body.errors.length).toBeGreaterThan(0);
  },
);

test('says that a name is taken, but not by the workflow that would be replaced', async () => {
  const { send } = await startTestApi();
  const { id } = (await send('POST', '/v1/workflows', { body: FINE })).body;

  const fresh = await send('POST', '/v1/workflows/check', { body: FINE });
  const same = await send('POST', `/v1/workflows/check?workflow=${id}`, { body: FINE });

  expect(fresh.body).toMatchObject({ valid: false, errors: [{ pointer: '/name', code: 'ERR_NAME_TAKEN' }] });
  expect(same.body).toMatchObject({ valid: true, errors: [] });
});

test('a hidden secret is valid for the workflow that has it', async () => {
  const { send } = await startTestApi();
  const definition = {
    ...FINE,
    secrets: { token: 's3cr3t-of-a-test' },
    steps: [{ id: 'call', action: 'core.webhook', input: { url: 'http://127.0.0.1:1/', body: '{{ secrets.token }}' } }],
  };
  const { id } = (await send('POST', '/v1/workflows', { body: definition })).body;
  const shown = (await send('GET', `/v1/workflows/${id}`)).body;
  const hidden = { ...definition, secrets: shown.secrets };

  const of = await send('POST', `/v1/workflows/check?workflow=${id}`, { body: hidden });
  const alone = await send('POST', '/v1/workflows/check', { body: { ...hidden, name: 'other' } });

  expect(JSON.stringify(shown)).not.toContain('s3cr3t');
  expect(of.body).toMatchObject({ valid: true });
  expect(alone.body).toMatchObject({ valid: false });
});

test('reports 50 errors, and how many there are', async () => {
  const { send } = await startTestApi();
  const steps = Array.from({ length: 60 }, (_, i) => ({ id: `s${i}`, action: 'core.none', input: {} }));

  const { body } = await send('POST', '/v1/workflows/check', { body: { ...FINE, steps } });

  expect(body.errors).toHaveLength(50);
  expect(body.error_count).toBe(60);
});

test("another tenant's workflow is not there", async () => {
  const { send, keyOf } = await startTestApi();
  const { id } = (await send('POST', '/v1/workflows', { body: FINE })).body;

  const checked = await send('POST', `/v1/workflows/check?workflow=${id}`, {
    key: await keyOf('admin', 'other'),
    body: FINE,
  });

  expect(checked.status).toBe(404);
});
