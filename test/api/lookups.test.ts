import { expect, onTestFinished, test } from 'vitest';
import { openServing } from '../../api/http/serving.ts';
import { lookupEnd } from '../../api/lookups.ts';
import { startTestApi } from './client.ts';

test('a lookup that does not end in its time says so, and its run is canceled', async () => {
  // Without a worker, no run begins.
  const { ctx, send } = await startTestApi();
  const { serving, close } = openServing(ctx);
  onTestFinished(close);
  const { body: run } = await send('POST', '/v1/runs', { body: { action: 'core.transform', input: { value: 1 } } });

  const ended = lookupEnd(serving, run.id, { what: 'the preview', ms: 1 });

  await expect(ended).rejects.toMatchObject({
    code: 'ERR_TIMEOUT',
    message: 'the preview did not finish within 30 seconds',
    hint: expect.stringContaining('worker'),
  });
  expect((await send('GET', `/v1/runs/${run.id}`)).body.status).toBe('canceled');
});
