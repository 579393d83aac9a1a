import { expect, test } from 'vitest';
import { startTestApi } from '../client.ts';
import { everythingIn } from '../dump.ts';

const FILE = { action: 'core.file', input: { path: 'x.ndjson', rows: [{ n: 1 }] } };

test('does a POST once per Idempotency-Key and repeats its answer', async () => {
  const { send } = await startTestApi();
  const headers = { 'idempotency-key': 'order-1' };

  const first = await send('POST', '/v1/runs', { body: FILE, headers });
  const second = await send('POST', '/v1/runs', { body: FILE, headers });
  const other = await send('POST', '/v1/runs', { body: FILE, headers: { 'idempotency-key': 'order-2' } });

  expect(first).toMatchObject({ status: 202, body: { status: 'queued' } });
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect(second).toMatchObject({ status: 202, body: first.body });
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(second.headers.get('location')).toBe(`/v1/runs/${first.body.id}`);
  expect(other.body.id).not.toBe(first.body.id);
  expect((await send('GET', '/v1/runs')).body.items).toHaveLength(2);
});

test('refuses a key that came with another body, or on another path', async () => {
  const { send } = await startTestApi();
  const headers = { 'idempotency-key': 'k' };
  await send('POST', '/v1/runs', { body: FILE, headers });

  const body = await send('POST', '/v1/runs', { body: { ...FILE, input: { path: 'y.ndjson', rows: [] } }, headers });
  const path = await send('POST', '/v1/workflows', { body: FILE, headers });

  expect(body).toMatchObject({ status: 422, body: { code: 'ERR_IDEMPOTENCY_KEY_REUSED' } });
  expect(path).toMatchObject({ status: 422, body: { code: 'ERR_IDEMPOTENCY_KEY_REUSED' } });
});

test('makes one run of many requests with one key at once', async () => {
  const { send } = await startTestApi();
  const headers = { 'idempotency-key': 'at-once' };

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => send('POST', '/v1/runs', { body: FILE, headers })),
  );

  const made = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status !== 202);
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  expect(refused.every(({ status, body }) => status === 409 && body.code === 'ERR_IDEMPOTENCY_KEY_IN_USE')).toBe(true);
  expect((await send('GET', '/v1/runs')).body.items).toHaveLength(1);
});

test('frees the key of a request that was refused', async () => {
  const { send } = await startTestApi();
  const headers = { 'idempotency-key': 'again' };

  const wrong = await send('POST', '/v1/runs', { body: { action: 'no.such' }, headers });
  const right = await send('POST', '/v1/runs', { body: FILE, headers });

  expect(wrong.status).toBe(404);
  expect(right.status).toBe(202);
});

test("keeps one tenant's keys from another's", async () => {
  const api = await startTestApi();
  const headers = { 'idempotency-key': 'same' };

  const mine = await api.send('POST', '/v1/runs', { body: FILE, headers });
  const theirs = await api.send('POST', '/v1/runs', { body: FILE, headers, key: await api.keyOf('admin', 'another') });

  expect(theirs).toMatchObject({ status: 202 });
  expect(theirs.body.id).not.toBe(mine.body.id);
});

test('keeps a secret of an answer sealed, and repeats it', async () => {
  const { send, ctx } = await startTestApi();
  const request = { body: { name: 'ci', role: 'viewer' }, headers: { 'idempotency-key': 'key-1' } };

  const first = await send('POST', '/v1/api_keys', request);
  const second = await send('POST', '/v1/api_keys', request);

  expect(second.body).toEqual(first.body);
  expect((await send('GET', '/v1/runs', { key: second.body.key })).status).toBe(200);
  const kept = await everythingIn(ctx);
  expect(kept).not.toContain(first.body.key);
  expect(kept).toContain(first.body.id);
});

test.each(['', 'x'.repeat(256)])('refuses a key of a length that cannot be used: %#', async (key) => {
  const { send } = await startTestApi();

  const { status, body } = await send('POST', '/v1/runs', { body: FILE, headers: { 'idempotency-key': key } });

  expect(status).toBe(400);
  expect(body.detail).toContain('1 to 255 characters');
});
