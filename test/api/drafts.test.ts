import { expect, test } from 'vitest';
import { startTestApi, type TestApi } from './client.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

const FLOW = {
  name: 'flow',
  trigger: { id: 'core.manual' },
  steps: [{ id: 'file', action: 'core.file', input: { path: 'x.ndjson', rows: '{{ trigger.rows }}' } }],
};
const SECRET = 's3cr3t-of-a-draft';

test('a draft may be incomplete, and changes neither the versions nor what runs use', async () => {
  const { send, at } = await opened();

  const saved = await send('PUT', `${at}/draft`, { body: { name: 'next', steps: [{ id: 'half' }] } });
  const read = await send('GET', `${at}/draft`);

  expect(saved).toMatchObject({
    status: 200,
    body: { definition: { name: 'next', steps: [{ id: 'half' }] }, samples: [] },
  });
  expect(saved.headers.get('etag')).toBe(`"${saved.body.etag}"`);
  expect(read.body).toEqual(saved.body);
  expect((await send('GET', at)).body).toMatchObject({ name: 'flow', version: 1, latest: 1 });
  expect((await send('GET', `${at}/versions`)).body.items).toHaveLength(1);
});

test('without a draft: 404, and discarding it is done', async () => {
  const { send, at } = await opened();

  expect(await send('GET', `${at}/draft`)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
  expect((await send('POST', `${at}/draft/publish`)).status).toBe(404);
  expect((await send('DELETE', `${at}/draft`)).status).toBe(204);
});

test('of two editors, the second is told, with the current etag, and nothing is overwritten', async () => {
  const { send, at } = await opened();
  const first = await send('PUT', `${at}/draft`, { body: { name: 'a' } });
  const ifMatch = { 'if-match': first.headers.get('etag')! };

  const mine = await send('PUT', `${at}/draft`, { body: { name: 'b' }, headers: ifMatch });
  const theirs = await send('PUT', `${at}/draft`, { body: { name: 'c' }, headers: ifMatch });
  const published = await send('POST', `${at}/draft/publish`, { headers: ifMatch });
  const discarded = await send('DELETE', `${at}/draft`, { headers: ifMatch });

  expect(mine.status).toBe(200);
  for (const answer of [theirs, published, discarded])
    expect(answer).toMatchObject({ status: 412, body: { code: 'ERR_CONFLICT', etag: mine.body.etag } });
  expect((await send('GET', `${at}/draft`)).body.definition).toEqual({ name: 'b' });
});

test('a draft says from which version it was made, also when another one was published since', async () => {
  const { send, at } = await opened();
  const put = (query: string) => send('PUT', `${at}/draft${query}`, { body: FLOW });
  const first = await put('');
  await send('PUT', at, { body: { ...FLOW, description: 'published by somebody else' } });
  const kept = await put('');
  const chosen = await put('?base_version=2');
  const unknown = await put('?base_version=3');
  await send('POST', `${at}/draft/publish`);
  const late = await put('?base_version=2');

  expect([first, kept, chosen, late].map(({ body }) => body.base_version)).toEqual([1, 1, 2, 2]);
  expect(unknown).toMatchObject({ status: 400, body: { errors: [{ pointer: '/base_version' }] } });
  expect((await send('GET', `${at}/draft`)).body.base_version).toBe(2);
  expect((await send('GET', at)).body.version).toBe(3);
});

test('of ten saves at once with the same etag, one is stored', async () => {
  const { send, at } = await opened();
  const first = await send('PUT', `${at}/draft`, { body: { name: 'a' } });
  const headers = { 'if-match': first.headers.get('etag')! };

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => send('PUT', `${at}/draft`, { body: { name: `n${n}` }, headers })),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
});

test('an etag of a draft that was discarded is not one of the next', async () => {
  const { send, at } = await opened();
  const first = await send('PUT', `${at}/draft`, { body: { name: 'a' } });
  await send('DELETE', `${at}/draft`);
  await send('PUT', `${at}/draft`, { body: { name: 'b' }, headers: { 'if-none-match': '*' } });

  const stale = await send('PUT', `${at}/draft`, {
    body: { name: 'c' },
    headers: { 'if-match': first.headers.get('etag')! },
  });
  const second = await send('PUT', `${at}/draft`, { body: { name: 'd' }, headers: { 'if-none-match': '*' } });

  expect([stale.status, second.status]).toEqual([412, 412]);
});

test.each(['nothing', '"open', 'W/"x" "y"', ''])('If-Match %j cannot be read', async (header) => {
  const { send, at } = await opened();

  const answer = await send('PUT', `${at}/draft`, { body: {}, headers: { 'if-match': header } });

  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_REQUEST_INVALID' } });
});

test('publishing checks the draft, makes the next version and removes the draft', async () => {
  const { send, at } = await opened();
  await send('PUT', `${at}/draft`, { body: { name: 'renamed', trigger: FLOW.trigger } });

  const incomplete = await send('POST', `${at}/draft/publish`);
  await send('PUT', `${at}/draft`, { body: { ...FLOW, name: 'renamed' } });
  const published = await send('POST', `${at}/draft/publish`);

  expect(incomplete).toMatchObject({
    status: 400,
    body: { code: 'ERR_INPUT_INVALID', errors: [{ pointer: '/steps' }] },
  });
  expect(published).toMatchObject({ status: 200, body: { name: 'renamed', version: 2, latest: 2 } });
  expect((await send('GET', `${at}/draft`)).status).toBe(404);
});

test('of two publishes at once, one makes a version', async () => {
  const { send, at } = await opened();
  await send('PUT', `${at}/draft`, { body: { ...FLOW, name: 'renamed' } });

  const answers = await Promise.all([1, 2, 3].map(() => send('POST', `${at}/draft/publish`)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status } of answers) expect([200, 404, 412]).toContain(status);
  expect((await send('GET', at)).body.latest).toBe(2);
});

test('a workflow is changed by PUT only as it was read, with If-Match', async () => {
  const { send, at } = await opened();
  const headers = { 'if-match': (await send('GET', at)).headers.get('etag')! };

  const mine = await send('PUT', at, { body: { ...FLOW, description: 'mine' }, headers });
  const theirs = await send('PUT', at, { body: { ...FLOW, description: 'theirs' }, headers });

  expect(mine.status).toBe(200);
  expect(theirs).toMatchObject({ status: 412, body: { etag: mine.headers.get('etag')!.replaceAll('"', '') } });
  expect((await send('GET', at)).body).toMatchObject({ description: 'mine', version: 2 });
});

test('secrets of a draft are sealed, never shown, and kept when the shown draft is saved again', async () => {
  const { send, at, ctx } = await opened();
  const step = {
    id: 'call',
    action: 'core.webhook',
    input: { url: 'http://127.0.0.1:1/', body: {}, headers: { 'x-token': SECRET } },
  };
  const body = { ...FLOW, secrets: { token: `${SECRET}-2` }, steps: [step, { id: 'half' }] };

  const saved = await send('PUT', `${at}/draft`, { body });
  const again = await send('PUT', `${at}/draft`, { body: { ...saved.body.definition, description: 'edited' } });
  const moved = structuredClone(again.body.definition);
  moved.steps[0].input.url = 'http://127.0.0.1:2/';
  moved.steps.pop();
  await send('PUT', `${at}/draft`, { body: { ...again.body.definition, steps: [again.body.definition.steps[0]] } });
  const published = await send('POST', `${at}/draft/publish`);
  await send('PUT', `${at}/draft`, { body: moved });
  const elsewhere = await send('POST', `${at}/draft/publish`);

  for (const { text } of [saved, again, published]) expect(text).not.toContain(SECRET);
  expect(await everythingIn(ctx)).not.toContain(SECRET);
  expect(published).toMatchObject({ status: 200, body: { description: 'edited', version: 2 } });
  expect(elsewhere).toMatchObject({ status: 400, body: { errors: [{ pointer: '/steps/0/input/headers/x-token' }] } });
});

test("what looks like a step inside a step's input is data", async () => {
  const { send, at } = await opened();
  const inner = { action: 'core.webhook', input: { headers: { 'x-token': 'plain' } } };

  const saved = await send('PUT', `${at}/draft`, {
    body: { steps: [{ id: 'a', action: 'core.transform', input: { value: inner } }] },
  });

  expect(saved.body.definition.steps[0].input.value).toEqual(inner);
});

test.each([['null'], ['[]'], ['"text"'], ['7']])('a draft that is %s is refused', async (body) => {
  const { send, at } = await opened();

  expect((await send('PUT', `${at}/draft`, { body })).status).toBe(400);
});

test('a draft of 5 MB is refused', async () => {
  const { send, at } = await opened();

  const answer = await send('PUT', `${at}/draft`, { body: { description: 'x'.repeat(5_000_000) } });

  expect(answer).toMatchObject({ status: 413, body: { code: 'ERR_PAYLOAD_TOO_LARGE' } });
});

test('another tenant has no draft here, and a viewer changes none', async () => {
  const { send, at, keyOf } = await opened();
  await send('PUT', `${at}/draft`, { body: FLOW });

  expect((await send('GET', `${at}/draft`, { key: await keyOf('admin', 'other') })).status).toBe(404);
  expect((await send('PUT', `${at}/draft`, { key: await keyOf('viewer'), body: FLOW })).status).toBe(403);
});

test('drafts and samples count as bytes of workflows, and go with the workflow', async () => {
  const { send, at, ctx } = await opened();
  const used = async () => (await send('GET', '/v1/tenant')).body.quotas.workflow_bytes.used as number;
  const before = await used();

  await send('PUT', `${at}/draft`, { body: { description: 'x'.repeat(10_000) } });
  await send('PUT', `${at}/draft/samples/file`, { body: { value: 'y'.repeat(10_000) } });
  const with2 = await used();
  await send('PUT', `${at}/draft`, { body: {} });
  await send('DELETE', at);

  expect(with2 - before).toBeGreaterThan(20_000);
  expect(await used()).toBe(0);
  expect(await everythingIn(ctx)).not.toContain('yyyyyyyy');
});

test('a sample that is saved while its workflow is deleted goes with it, and is refused afterwards', async () => {
  const { send, ctx } = await startTestApi();
  const usage = async () => Number((await ctx.redis.hget(ctx.keys.usage('default'), 'workflow_bytes')) ?? 0);

  for (let round = 0; round < 4; round += 1) {
    const { id } = (await send('POST', '/v1/workflows', { body: FLOW })).body;
    const at = `/v1/workflows/${id}`;
    const save = (step: number) => send('PUT', `${at}/draft/samples/s${step}`, { body: { value: step } });
    const saving = Array.from({ length: 20 }, (_, i) => save(i));
    await Promise.all([...saving.slice(0, 10), send('DELETE', at), ...Array.from({ length: 20 }, (_, i) => save(i))]);
    await Promise.all(saving);
    expect((await save(99)).status).toBe(404);
  }

  expect(await ctx.redis.keys(`${ctx.keys.prefix}rec*:workflow_sample:*`)).toEqual([]);
  expect(await usage()).toBe(0);
});

test('what has a name is listed by it, also where others have it, too', async () => {
  const { send, keyOf } = await startTestApi();
  for (const name of ['flow', 'flow 2']) await send('POST', '/v1/workflows', { body: { ...FLOW, name } });
  await send('POST', '/v1/linked_accounts', { body: { name: 'demo', connector: 'databricks' } });
  const names = async (query: string, key?: string) => {
    const { body } = await send('GET', `/v1/${query}`, key === undefined ? {} : { key });
    return [body.next_cursor, ...body.items.map(({ name }: { name: string }) => name)];
  };

  expect(await names('workflows?name=flow')).toEqual([null, 'flow']);
  expect(await names('workflows?name=flo')).toEqual([null]);
  expect(await names('linked_accounts?name=demo')).toEqual([null, 'demo']);
  expect(await names('linked_accounts?name=other')).toEqual([null]);
  expect(await names('oauth_apps?name=other')).toEqual([null]);
  expect(await names('workflows?name=flow', await keyOf('admin', 'other'))).toEqual([null]);
  for (const name of ['a key', 'another', 'a key']) {
    await send('POST', '/v1/api_keys', { body: { name, role: 'viewer' } });
    await send('POST', '/v1/tenants', { body: { name } });
  }
  const authentication = { kind: 'pat', host: 'https://adb-1.2.azuredatabricks.net', token: 'dapi-x', test: false };
  const ofDemo = 'linked_accounts/demo/authentications';
  for (const name of ['one', 'two']) await send('POST', `/v1/${ofDemo}`, { body: { ...authentication, name } });
  expect(await names('api_keys?name=a+key')).toEqual([null, 'a key', 'a key']);
  expect(await names('api_keys?name=a')).toEqual([null]);
  expect(await names('api_keys?name=a+key', await keyOf('admin', 'other'))).toEqual([null]);
  expect(await names('tenants?name=a+key')).toEqual([null, 'a key', 'a key']);
  expect(await names(`${ofDemo}?name=two`)).toEqual([null, 'two']);
  expect(await names(`${ofDemo}?name=three`)).toEqual([null]);
  const { body: page } = await send('GET', '/v1/api_keys?name=a+key&limit=1');
  expect(page.items).toHaveLength(1);
  expect((await send('GET', `/v1/api_keys?name=a+key&limit=1&cursor=${page.next_cursor}`)).body.items).toHaveLength(1);
});

test('a sample is kept exactly, listed with the draft, and is no part of the definition', async () => {
  const { send, at } = await opened();
  await send('PUT', `${at}/draft`, { body: FLOW });

  const saved = await send('PUT', `${at}/draft/samples/file`, { body: '{"value": {"n": 9007199254740993}}' });
  const read = await send('GET', `${at}/draft/samples/file`);
  const draft = await send('GET', `${at}/draft`);
  await send('DELETE', `${at}/draft/samples/file`);

  expect(saved.status).toBe(200);
  expect(read.text).toContain('9007199254740993');
  expect(draft.body).toMatchObject({ samples: ['file'], definition: FLOW });
  expect((await send('GET', `${at}/draft/samples/file`)).status).toBe(404);
});

test.each(['No', '1a', 'a-b', 'x'.repeat(61)])('"%s" is no step to have a sample', async (step) => {
  const { send, at } = await opened();

  expect((await send('PUT', `${at}/draft/samples/${step}`, { body: { value: 1 } })).status).toBe(400);
});

test('the whole draft runs once, with the sample of the trigger, and is not published', async () => {
  const { send, at } = await workspace();
  const steps = [{ id: 'say', action: 'core.transform', input: { value: 'Hello {{ trigger.name }}' } }];
  await send('PUT', `${at}/draft`, { body: { ...FLOW, steps } });
  await send('PUT', `${at}/draft/samples/trigger`, { body: { value: { name: 'Ada' } } });

  const sampled = await send('POST', `${at}/run`, { body: { draft: true }, headers: { prefer: 'wait=30' } });
  const given = await send('POST', `${at}/run`, {
    body: { draft: true, input: { name: 'Bob' } },
    headers: { prefer: 'wait=30' },
  });

  expect(sampled).toMatchObject({
    status: 200,
    body: { status: 'succeeded', draft: true, output: { value: 'Hello Ada' } },
  });
  expect(sampled.body).not.toHaveProperty('workflow_version');
  expect(given.body.output).toEqual({ value: 'Hello Bob' });
  expect((await send('GET', at)).body).toMatchObject({ version: 1, latest: 1 });
});

test('a draft that is not complete does not run, and says why', async () => {
  const { send, at } = await opened();
  await send('PUT', `${at}/draft`, { body: { ...FLOW, steps: [{ id: 'half' }] } });

  const answer = await send('POST', `${at}/run`, { body: { draft: true } });

  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/steps/0/action' }] } });
});

test('one step of a draft is tested while the rest is incomplete, with samples for what it reads', async () => {
  const { send, at } = await workspace();
  const step = { id: 'say', action: 'core.transform', needs: ['half'], input: { value: '{{ steps.half.output.n }}' } };
  await send('PUT', `${at}/draft`, { body: { steps: [{ id: 'half' }, step] } });
  await send('PUT', `${at}/draft/samples/half`, { body: { value: { n: 3 } } });

  const tested = await send('POST', `${at}/test_step`, {
    body: { step: 'say', draft: true },
    headers: { prefer: 'wait=30' },
  });
  const missing = await send('POST', `${at}/test_step`, { body: { step: 'none', draft: true } });

  expect(tested).toMatchObject({ status: 200, body: { status: 'succeeded', output: { value: 3 } } });
  expect(missing).toMatchObject({ status: 400, body: { errors: [{ pointer: '/step' }] } });
});

async function opened() {
  const api = await startTestApi();
  return { ...api, at: await workflowOf(api) };
}

/** With a worker. */
async function workspace() {
  const api = await openApiWorkspace();
  return { ...api, at: await workflowOf(api) };
}

async function workflowOf({ send }: Pick<TestApi, 'send'>): Promise<string> {
  return `/v1/workflows/${(await send('POST', '/v1/workflows', { body: FLOW })).body.id}`;
}
