import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';

test('a path parameter of any length is no fault of the server', async () => {
  const api = await startTestApi();

  for (const length of [300, 2001, 12_000]) {
    const { status, body } = await api.send('GET', `/v1/workflows/${'x'.repeat(length)}`);
    expect([length, status]).toEqual([length, length > 2000 ? 400 : 404]);
    expect(body.detail.length).toBeLessThan(2100);
  }
});

test.each([
  ['/v1/api_keys', 131_072],
  ['/v1/workflows', 1_048_576],
  ['/v1/runs', 16_777_216],
])('%s says how large its body may be', async (path, limit) => {
  const api = await startTestApi();

  const { status, body } = await api.send('POST', path, { body: { name: 'x'.repeat(limit) } });

  expect(status).toBe(413);
  expect(body.detail).toContain(String(limit));
});

test('a pattern of a schedule, which is read at each of its times, has 500 characters at most', async () => {
  const { send } = await startTestApi();
  const steps = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];
  const save = (cron: string) =>
    send('POST', '/v1/workflows', {
      body: { name: cron.slice(0, 9), trigger: { id: 'core.schedule', schedule: { cron } }, steps },
    });

  const minutes = Array.from({ length: 60 }, (_, i) => i).join();
  const refused = await save(`${minutes},${'*/1,'.repeat(100)}1 * * * *`);

  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ pointer: '/trigger/schedule/cron' }]);
  expect((await save(`${minutes} ${minutes.slice(0, 61)} 1-31 1-12 0-6`)).status).toBe(201);
});

test('a body may have so many values as its route takes', async () => {
  const api = await startTestApi();

  const { status, body } = await api.send('POST', '/v1/api_keys', { body: { name: new Array(10_000).fill(1) } });

  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'ERR_INPUT_INVALID', detail: 'the body has more than 8192 values' });
});

test('the first 50 validation errors are answered, with their count', async () => {
  const api = await startTestApi();
  const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field_${index}`, 1]));

  const { status, body } = await api.send('POST', '/v1/api_keys', { body: { name: 'x', role: 'admin', ...fields } });

  expect(status).toBe(400);
  expect(body.errors).toHaveLength(50);
  expect(body.error_count).toBe(1000);
});

test('a body that is not UTF-8 is refused', async () => {
  const api = await startTestApi();
  const bytes = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);

  const answer = await fetch(`${api.origin}/v1/api_keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.keyOf('admin')}` },
    body: bytes,
  });

  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'ERR_REQUEST_INVALID', detail: 'the request body is not UTF-8' });
});

test.each([
  ['/connect/none', 'application/x-www-form-urlencoded', 404],
  ['/connect/none/login', 'application/x-www-form-urlencoded', 404],
  ['/approvals/run_none.none', 'application/x-www-form-urlencoded', 404],
  ['/hooks/none', 'application/json', 404],
])('the link of %s is checked before the body is read', async (path, type, status) => {
  const api = await startTestApi();

  const answer = await fetch(api.origin + path, {
    method: 'POST',
    headers: { 'content-type': type },
    body: 'x'.repeat(2_000_000),
  });

  expect(answer.status).toBe(status);
});

test.each([
  ['/connect/none', 429],
  ['/connect/none/login', 405],
  ['/approvals/run_none.none', 429],
  ['/hooks/none', 405],
])('guesses at %s are limited before their bodies are read', async (path, page) => {
  const api = await startTestApi();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const post = (body: string) => fetch(api.origin + path, { method: 'POST', headers, body });
  for (let n = 0; n < 60; n += 1) await post('');

  expect((await post('x'.repeat(2_000_000))).status).toBe(429);
  // The page counts with its form.
  expect((await fetch(api.origin + path)).status).toBe(page);
});
