import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';

test('answers an unknown path with a problem', async () => {
  const { send } = await startTestApi();

  const { status, headers, body } = await send('GET', '/v1/nothing');

  expect(status).toBe(404);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toEqual({
    type: expect.stringMatching(/^http.*\/docs\/errors#ERR_ROUTE_UNKNOWN$/),
    title: 'No such path',
    status: 404,
    code: 'ERR_ROUTE_UNKNOWN',
    detail: 'there is no path "/v1/nothing"',
    hint: expect.any(String),
  });
});
