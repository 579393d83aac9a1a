import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';

const STEPS = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];
const WAITS = { prefer: 'wait=0' };

test('a run goes before others when its request is held until the end, or comes from a browser session', async () => {
  const { send, keyOf, origin, ctx } = await startTestApi();
  const definition = { name: 'w', trigger: { id: 'core.manual' }, steps: STEPS };
  const { body: workflow } = await send('POST', '/v1/workflows', { body: definition });
  const signedIn = await send('POST', '/v1/session', { key: null, body: { key: await keyOf('operator') } });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const session = { key: null, headers: { cookie, origin } };
  const run = { action: 'core.transform', input: { value: 1 } };
  const rankOf = async (path: string, request: object) => {
    const { body } = await send('POST', path, request);
    return (await ctx.queues.runs.getJob(body.id))!.priority;
  };
  const path = `/v1/workflows/${workflow.id}/run`;

  expect(await rankOf('/v1/runs', { body: run })).toBe(1);
  expect(await rankOf('/v1/runs', { body: run, headers: WAITS })).toBe(0);
  expect(await rankOf('/v1/runs', { body: run, ...session })).toBe(0);
  expect(await rankOf(path, {})).toBe(1);
  expect(await rankOf(path, { headers: WAITS })).toBe(0);
  expect(await rankOf(path, session)).toBe(0);
});
