import { expect, test } from 'vitest';
import { submitWorkflow } from '../../../engine/workflows/submit-workflow.ts';
import { ended } from '../../workspace.ts';
import { openFlows, value } from '../flows.ts';

test.each<[unknown, string]>([
  [9007199254740993n, '9007199254740993'],
  [1, '1'],
  [false, 'false'],
  [{ a: 1n }, '{"a":1}'],
  [null, ''],
  ['ü', 'ü'],
])('the key %o', async (key, kept) => {
  const { run } = await openFlows();

  const done = await run([value('a', 1)], { trigger: { key }, more: { concurrency_key: '{{ trigger.key }}' } });

  expect(done).toMatchObject({ status: 'succeeded', concurrency_key: kept });
});

test('a key has 1000 characters at most', async () => {
  const { run } = await openFlows();
  const more = { concurrency_key: '{{ trigger.key }}' };

  const failed = await run([value('a', 1)], { trigger: { key: 'x'.repeat(100_000) }, more });

  expect(failed.error).toMatchObject({
    code: 'ERR_EXPRESSION',
    errors: [{ pointer: '/concurrency_key', message: expect.stringContaining('the limit is 1000') }],
  });
});

test('a key that is made of a secret is kept as its digest', async () => {
  const { ctx, make } = await openFlows();
  const workflow = await make([value('a', 1)], { concurrency_key: 'of {{ trigger.token }}' });
  const secret_places = new Map([['/token', { shown: '[secret]', credentials: ['tok-123'] }]]);
  const id = 'run_secretkey';
  await submitWorkflow(ctx, 'default', {
    id,
    workflow: workflow.id,
    version: workflow.version,
    trigger: { token: 'tok-123' },
    secret_places,
  });

  const done = await ended(ctx, id);

  expect(done.status).toBe('succeeded');
  expect(done.concurrency_key).toMatch(/^sha256:[0-9a-f]{64}$/);
});
