import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';

const STEP = { id: 'tell', action: 'core.webhook', input: { url: 'https://example.com/hook', body: {} } };
const TRIGGER = { id: 'core.manual' };

test.each([1e13, 1e15, 1e300])('a time limit of %d seconds is refused, and lists stay readable', async (seconds) => {
  const api = await startTestApi();
  const definition = { name: 'long', trigger: TRIGGER, steps: [STEP] };
  const bodies: [path: string, body: object, pointer: string][] = [
    ['/v1/workflows', { ...definition, timeout_seconds: seconds }, '/timeout_seconds'],
    ['/v1/workflows', { ...definition, steps: [{ ...STEP, timeout_seconds: seconds }] }, '/steps/0/timeout_seconds'],
    [
      '/v1/workflows',
      { ...definition, trigger: { id: 'core.schedule', schedule: { every_seconds: seconds } } },
      '/trigger/schedule/every_seconds',
    ],
    ['/v1/connect_links', { linked_account: 'x', expires_in_seconds: seconds }, '/expires_in_seconds'],
    ['/v1/runs', { action: 'core.delay', input: { seconds } }, '/input/seconds'],
  ];

  for (const [path, body, pointer] of bodies) {
    const answer = await api.send('POST', path, { body });
    expect([path, answer.status]).toEqual([path, 400]);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer }));
  }
  expect((await api.send('GET', '/v1/runs')).status).toBe(200);
});

test.each([
  ['/v1/events?after=18446744073709551616', {}, '/after'],
  ['/v1/events?cursor=1784930400000-0', { accept: 'application/json' }, '/cursor'],
  ['/v1/events', { 'last-event-id': '18446744073709551615-18446744073709551616' }, '/Last-Event-ID'],
  ['/v1/events', { 'last-event-id': 'x' }, '/Last-Event-ID'],
  ['/v1/runs?from=2016-12-31T23:59:60Z', {}, '/from'],
])('%s with %j is refused with its place', async (path, headers, pointer) => {
  const api = await startTestApi();

  const answer = await api.send('GET', path, { headers: headers as Record<string, string> });

  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ pointer }]);
});

test.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59'])(
  '%s, which has no year of four digits in UTC, is refused',
  async (time) => {
    const { send } = await startTestApi();
    const key = await send('POST', '/v1/api_keys', { body: { name: 'k', role: 'viewer', expires_at: time } });
    const delay = await send('POST', '/v1/runs', { body: { action: 'core.delay', input: { until: time } } });
    const runs = await send('GET', `/v1/runs?to=${encodeURIComponent(time)}`);

    expect(key.body.errors).toMatchObject([{ pointer: '/expires_at' }]);
    expect(delay.body.errors).toMatchObject([{ pointer: '/input/until' }]);
    expect(runs.body.errors).toMatchObject([{ pointer: '/to' }]);
  },
);

test('an integer beyond 2^53 is refused or kept wherever it stands', async () => {
  const api = await startTestApi();
  const big = '9007199254740993';
  const account = `{"name":"a","connector":"databricks","authentication":{"kind":${big},"name":"t"}}`;
  const definition = `{"name":"w","trigger":{"id":"core.manual"},"variables":{"id":${big}},"steps":[${JSON.stringify(STEP)}]}`;

  expect((await api.send('POST', '/v1/linked_accounts', { body: account })).status).toBe(400);
  const made = await api.send('POST', '/v1/workflows', { body: definition });
  expect(made.status).toBe(201);
  expect(made.text).toContain(`"id":"${big}"`);
});

test('who asks for exact numbers gets them as numbers, and writes back what is stored; a repeat is the same', async () => {
  const api = await startTestApi();
  const exact = { accept: 'application/json;IEEE754Compatible=false' };
  const definition = (n: string) =>
    `{"name":"exact","trigger":{"id":"core.manual"},"variables":{"n":${n},"list":[-${n},1e20,0.1]},"steps":[${JSON.stringify(STEP)}]}`;
  const post = (headers: Record<string, string>) =>
    api.send('POST', '/v1/workflows', {
      body: definition('9007199254740993'),
      headers: { 'idempotency-key': 'exact', ...headers },
    });
  const stored = '"variables":{"n":9007199254740993,"list":[-9007199254740993,1e+20,0.1]}';
  const shown = '"variables":{"n":"9007199254740993","list":["-9007199254740993",1e+20,0.1]}';

  const made = await post(exact);
  expect(made.text).toContain(stored);
  expect((await post(exact)).text).toBe(made.text);
  expect((await post({})).text).toContain(shown);
  const path = `/v1/workflows/${made.body.id}`;
  expect((await api.send('GET', path, { headers: exact })).text).toContain(stored);
  for (const accept of ['application/json', '*/*', 'application/json;IEEE754Compatible=true'])
    expect((await api.send('GET', path, { headers: { accept } })).text).toContain(shown);
});

test('half a surrogate pair is refused with its place', async () => {
  const api = await startTestApi();

  const { status, body } = await api.send('POST', '/v1/workflows', { body: '{"name":"a","steps":[{"id":"\\ud800"}]}' });

  expect(status).toBe(400);
  expect(body.errors).toMatchObject([{ pointer: '/steps/0/id' }]);
});
