import { expect, test } from 'vitest';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { startTestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

/** NUL, a line break, an escape sequence of a terminal, DEL, a C1 control, and the line separator that JavaScript breaks at. */
const CONTROLS = ['\0', '\n', '\u001b[2J', '\u007f', '\u009b', '\u2028'];
/** The emulator's database takes no NUL in a value. */
const CELL = 'before\u001b[2J\u007f\u2028\nend';
const DATA = `before\0after\u001b[2J\u007f\u2028end`;
const STEP = { id: 'a', action: 'core.transform', input: { value: 1 } };
const workflow = (name: string) => ({ name, trigger: { id: 'core.manual' }, steps: [STEP] });

test('names of objects refuse control characters, with the field and the rule', async () => {
  const { send } = await startTestApi({ env: { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:1' } });
  await send('POST', '/v1/linked_accounts', { body: { name: 'fine' } });
  const authentication = (name: string) => ({ name, kind: 'pat', host: 'http://127.0.0.1:1', token: 't', test: false });
  const bodies: [method: string, path: string, of: (name: string) => object, pointer?: string][] = [
    ['POST', '/v1/workflows', workflow],
    ['POST', '/v1/linked_accounts', (name) => ({ name })],
    ['PATCH', '/v1/linked_accounts/fine', (name) => ({ name })],
    ['POST', '/v1/linked_accounts/fine/authentications', authentication],
    ['POST', '/v1/oauth_apps', (name) => ({ name, host: 'http://127.0.0.1:1', client_id: 'c' })],
    ['POST', '/v1/api_keys', (name) => ({ name, role: 'viewer' })],
    ['PATCH', '/v1/tenant', (name) => ({ name })],
  ];

  for (const control of CONTROLS)
    for (const [method, path, of] of bodies) {
      const answer = await send(method, path, { body: of(`a${control}b`) });
      expect([method, path, control, answer.status]).toEqual([method, path, control, 400]);
      expect(answer.body.errors).toContainEqual(
        expect.objectContaining({
          pointer: '/name',
          message: expect.stringContaining('one line without control characters'),
        }),
      );
    }
  const step = { ...workflow('w'), steps: [{ ...STEP, id: 'a\0' }] };
  expect((await send('POST', '/v1/workflows', { body: step })).body.errors[0].pointer).toBe('/steps/0/id');
});

test('ids and names in paths and parameters that hold them lead nowhere', async () => {
  const { send } = await startTestApi();

  for (const path of ['/v1/runs/run_%00', '/v1/workflows/a%00b', '/v1/linked_accounts/%0a', '/v1/actions/core.%00'])
    expect([path, (await send('GET', path)).status]).toEqual([path, 404]);
  for (const path of ['/v1/runs?workflow=%00', '/v1/runs?status=%00', '/v1/audit?cursor=%00'])
    expect([200, 400, 404]).toContain((await send('GET', path)).status);
});

test('data keeps them: in an input, an expression, an output, a delivery, a row and a comment', async () => {
  const { url, received } = await startEndpoint();
  const { send, workspace } = await openApiWorkspace();
  const { body: made } = await send('POST', '/v1/workflows', {
    body: {
      name: 'data',
      trigger: { id: 'core.manual' },
      steps: [
        { id: 'plain', action: 'core.transform', input: { value: '{{ trigger.text }}' } },
        { id: 'made', action: 'core.transform', input: { value: '{{ trigger.text & "!" }}' } },
        { id: 'send', action: 'core.webhook', input: { url, body: { text: '{{ steps.made.output.value }}' } } },
        {
          id: 'sql',
          action: 'databricks.execute_statement',
          linked_account: 'demo',
          input: {
            warehouse_id: workspace.emulator.warehouseId,
            statement: 'SELECT :text AS text',
            parameters: [{ name: 'text', value: '{{ trigger.cell }}' }],
          },
        },
        { id: 'ask', action: 'core.approve', input: {} },
      ],
    },
  });

  const { body: run } = await send('POST', `/v1/workflows/${made.id}/run`, {
    body: { input: { text: DATA, cell: CELL } },
  });
  const waiting = async () => (await send('GET', '/v1/approvals')).body.items[0];
  await expect.poll(waiting, { timeout: 30_000 }).toBeDefined();
  await send('POST', `/v1/runs/${run.id}.ask/approve`, { body: { comment: DATA } });
  const step = async (id: string) =>
    (await send('GET', `/v1/runs/${run.id}.${id}`, { headers: { prefer: 'wait=20' } })).body;

  expect((await send('GET', `/v1/runs/${run.id}`)).body.input).toEqual({ text: DATA, cell: CELL });
  expect((await step('plain')).output).toEqual({ value: DATA });
  expect((await step('made')).output).toEqual({ value: `${DATA}!` });
  expect(JSON.parse(received[0]!.body).text).toBe(`${DATA}!`);
  expect((await step('sql')).input.parameters).toEqual([{ name: 'text', value: CELL }]);
  expect((await step('sql')).output.rows).toEqual([{ text: CELL }]);
  expect(JSON.stringify((await step('ask')).output)).toContain(JSON.stringify(DATA).slice(1, -1));
});

test('a header that would hold one is refused before anything is sent', async () => {
  const { url, received } = await startEndpoint();
  const { send } = await openApiWorkspace();

  for (const control of ['\0', '\n', '\r\nx: y']) {
    const input = { url, body: {}, headers: { 'x-note': `a${control}b` } };
    const { body } = await send('POST', '/v1/runs', {
      body: { action: 'core.webhook', input },
      headers: { prefer: 'wait=20' },
    });
    expect(body.code ?? body.error?.code).toBe('ERR_INPUT_INVALID');
  }
  expect(received).toEqual([]);
});
