import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const FLOW = {
  name: 'flow',
  trigger: { id: 'core.manual' },
  steps: [
    { id: 'first', action: 'core.transform', input: { value: '{{ trigger.number * 2 }}' } },
    { id: 'second', action: 'core.transform', input: { value: '{{ steps.first.output.value + 1 }}' } },
    {
      id: 'each',
      action: 'core.transform',
      for_each: { items: '{{ trigger.list }}' },
      input: { value: '{{ item & "!" }}' },
    },
  ],
};
const WAIT = { headers: { prefer: 'wait=20' } };

test('runs one step with sample values, of a draft too, and with another input', async () => {
  const { send } = await openApiWorkspace();
  const { body: workflow } = await send('POST', '/v1/workflows', { body: { ...FLOW, publish: false } });
  const testStep = (body: object) => send('POST', `/v1/workflows/${workflow.id}/test_step`, { ...WAIT, body });

  const first = await testStep({ step: 'first', trigger: { number: 21 } });
  const second = await testStep({ step: 'second', outputs: { first: { value: 1 } } });
  const item = await testStep({ step: 'each', item: 'a' });
  const other = await testStep({ step: 'first', trigger: { number: 3 }, input: { value: '{{ trigger.number }}' } });

  expect(first).toMatchObject({ status: 200, body: { kind: 'action', step: 'first', output: { value: 42 } } });
  expect(first.body.parent).toBeUndefined();
  expect(second.body.output).toEqual({ value: 2 });
  expect(item.body.output).toEqual({ value: 'a!' });
  expect(other.body.output).toEqual({ value: 3 });
  const { items } = (await send('GET', '/v1/audit')).body;
  expect(items[0]).toMatchObject({ action: 'workflow.test_step', details: { step: 'first', run: other.body.id } });
});

test('runs one step with what a run of the workflow recorded', async () => {
  const { send } = await openApiWorkspace();
  const { body: workflow } = await send('POST', '/v1/workflows', { body: FLOW });
  const at = `/v1/workflows/${workflow.id}`;
  const run = await send('POST', `${at}/run`, { ...WAIT, body: { input: { number: 5, list: [] } } });

  const tested = await send('POST', `${at}/test_step`, { ...WAIT, body: { step: 'second', run: run.body.id } });
  const both = await send('POST', `${at}/test_step`, { body: { step: 'second', run: run.body.id, trigger: {} } });
  const foreign = await send('POST', `${at}/test_step`, { body: { step: 'second', run: 'run_other' } });

  expect(tested.body).toMatchObject({ status: 'succeeded', output: { value: 11 } });
  expect(both.status).toBe(400);
  expect(foreign).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
});

test('names the steps there are, and says what is wrong with an expression', async () => {
  const { send } = await startTestApi();
  const { body: workflow } = await send('POST', '/v1/workflows', { body: FLOW });
  const at = `/v1/workflows/${workflow.id}/test_step`;

  const unknown = await send('POST', at, { body: { step: 'third' } });
  const failing = await send('POST', at, { body: { step: 'first', trigger: { number: 'x' } } });

  expect(unknown).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/step', allowed: ['first', 'second', 'each'] }] },
  });
  expect(failing).toMatchObject({ status: 400, body: { code: 'ERR_EXPRESSION' } });
});
