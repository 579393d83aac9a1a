import { expect, test } from 'vitest';
import { writeRun } from '../../engine/runs/run-writes.ts';
import { MAX_LOOKED_AT } from '../../engine/store/filtered-list.ts';
import { newId } from '../../engine/store/ids.ts';
import { newRun } from '../engine/new-run.ts';
import { startTestApi, type TestApi } from './client.ts';

const STEPS = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];
const WORKFLOW = { trigger: { id: 'core.manual' }, steps: STEPS };
const RUN = { action: 'core.transform', input: { value: 1 } };

async function idsOf(api: TestApi, path: string): Promise<string[]> {
  const { status, text, body } = await api.send('GET', path);
  if (status !== 200) throw new Error(text);
  return body.items.map(({ id }: { id: string }) => id);
}

/** Makes one of each kind with this metadata; gives their ids by the path of their list. */
async function makeEach(api: TestApi, name: string, metadata: object): Promise<Record<string, string>> {
  const bodies = {
    '/v1/linked_accounts': { name },
    '/v1/workflows': { ...WORKFLOW, name },
    '/v1/runs': RUN,
  };
  const made: Record<string, string> = {};
  for (const [path, body] of Object.entries(bodies)) {
    const answer = await api.send('POST', path, { body: { ...body, metadata } });
    expect(answer.body).toMatchObject({ metadata });
    made[path] = answer.body.id;
  }
  return made;
}

test('is given with accounts, workflows and runs, is shown by them and their lists, and filters the lists', async () => {
  const api = await startTestApi();
  const acme = await makeEach(api, 'acme', { customer: 'acme', 'plan.tier-1': 'gold & more = all' });
  const beta = await makeEach(api, 'beta', { customer: 'beta', 'plan.tier-1': 'gold & more = all' });
  const stranger = await api.keyOf('admin', 'other');

  for (const path of Object.keys(acme)) {
    const both = [beta[path], acme[path]];
    const plan = `metadata[plan.tier-1]=${encodeURIComponent('gold & more = all')}`;
    expect(await idsOf(api, `${path}?metadata[customer]=acme`)).toEqual([acme[path]]);
    expect(await idsOf(api, `${path}?${plan}`)).toEqual(both);
    expect(await idsOf(api, `${path}?metadata%5Bcustomer%5D=beta&${plan}`)).toEqual([beta[path]]);
    for (const none of [
      'metadata[customer]=Acme',
      'metadata[customer]=',
      'metadata[other]=acme',
      'metadata[toString]=x',
    ])
      expect(await idsOf(api, `${path}?${none}`)).toEqual([]);
    const foreign = await api.send('GET', `${path}?metadata[customer]=acme`, { key: stranger });
    expect(foreign.body).toEqual({ items: [], next_cursor: null });
    const shown = await api.send('GET', `${path}/${acme[path]}`);
    expect(shown.body.metadata).toEqual({ customer: 'acme', 'plan.tier-1': 'gold & more = all' });
    const listed = await api.send('GET', `${path}?metadata[customer]=acme`);
    expect(listed.body.items[0].metadata).toEqual(shown.body.metadata);
  }
});

test('is refused where it is too much or no text, with the field and what is allowed', async () => {
  const api = await startTestApi();
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v']));
  const cases: [object | string, string][] = [
    [many, '/metadata'],
    [{ a: 1 }, '/metadata/a'],
    [{ a: null }, '/metadata/a'],
    [{ a: 'x'.repeat(501) }, '/metadata/a'],
    [{ ['k'.repeat(65)]: 'v' }, `/metadata/${'k'.repeat(65)}`],
    [{ '': 'v' }, '/metadata/'],
    [{ 'a b': 'v' }, '/metadata/a b'],
    ['text', '/metadata'],
  ];
  for (const [path, body] of [
    ['/v1/linked_accounts', { name: 'one' }],
    ['/v1/workflows', { ...WORKFLOW, name: 'one' }],
    ['/v1/runs', RUN],
  ] as const) {
    for (const [metadata, pointer] of cases) {
      const refused = await api.send('POST', path, { body: { ...body, metadata } });
      expect([pointer, refused]).toMatchObject([
        pointer,
        { status: 400, body: { code: 'ERR_INPUT_INVALID', errors: [{ pointer }] } },
      ]);
    }
    const proto = `${JSON.stringify({ ...body, metadata: {} }).slice(0, -2)}"__proto__":"x"}}`;
    const hidden = await api.send('POST', path, { body: proto, headers: { 'content-type': 'application/json' } });
    expect(hidden).toMatchObject({ status: 400 });
    for (const query of [
      'metadata=x',
      'metadata[a b]=x',
      'metadata[]=x',
      'metadata[__proto__]=x',
      'metadata[a]=1&metadata[a]=2',
    ])
      expect([query, await api.send('GET', `${path}?${query}`)]).toMatchObject([
        query,
        { status: 400, body: { code: 'ERR_INPUT_INVALID' } },
      ]);
    const longest = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`${'k'.repeat(62)}${i + 10}`, '\u{1F600}'.repeat(500)]),
    );
    expect(await api.send('POST', path, { body: { ...body, metadata: longest } })).toMatchObject({
      body: { metadata: longest },
    });
  }
});

test('of an account is replaced as a whole; left out, it stays', async () => {
  const api = await startTestApi();
  await api.send('POST', '/v1/linked_accounts', { body: { name: 'one', metadata: { a: '1', b: '2' } } });
  const patch = (body: object) => api.send('PATCH', '/v1/linked_accounts/one', { body });

  const left = await patch({ limits: { concurrent: 2 } });
  const replaced = await patch({ metadata: { c: '3' } });
  const emptied = await patch({ metadata: {} });

  expect(left.body.metadata).toEqual({ a: '1', b: '2' });
  expect(replaced.body.metadata).toEqual({ c: '3' });
  expect(emptied.body.metadata).toEqual({});
});

test('of a workflow is changed without a version, stays when a version leaves it out, and is in no version', async () => {
  const api = await startTestApi();
  const { body: made } = await api.send('POST', '/v1/workflows', {
    body: { ...WORKFLOW, name: 'one', metadata: { a: '1' } },
  });
  const at = `/v1/workflows/${made.id}`;

  const saved = await api.send('PUT', at, { body: { ...WORKFLOW, name: 'one' } });
  const etag = saved.headers.get('etag')!;
  const patched = await api.send('PATCH', at, { body: { metadata: { a: '2' } }, headers: { 'if-match': etag } });
  const stale = await api.send('PATCH', at, { body: { metadata: {} }, headers: { 'if-match': etag } });
  const renewed = await api.send('PUT', at, { body: { ...WORKFLOW, name: 'one', metadata: { a: '3' } } });
  const drafted = await api.send('PUT', `${at}/draft`, { body: { ...WORKFLOW, name: 'one', metadata: { a: '4' } } });
  const published = await api.send('POST', `${at}/draft/publish`);
  const back = await api.send('POST', `${at}/publish`, { body: { version: 3 } });

  expect(saved.body).toMatchObject({ version: 2, metadata: { a: '1' } });
  expect(patched).toMatchObject({ status: 200, body: { version: 2, latest: 2, metadata: { a: '2' } } });
  expect(stale).toMatchObject({ status: 412, body: { code: 'ERR_CONFLICT' } });
  expect(renewed.body).toMatchObject({ version: 3, metadata: { a: '3' } });
  expect(drafted.status).toBe(200);
  expect(published.body).toMatchObject({ version: 4, metadata: { a: '4' } });
  expect(back.body).toMatchObject({ version: 3, metadata: { a: '4' } });
  expect((await api.send('GET', `${at}/versions/3`)).body.metadata).toBeUndefined();
  expect((await api.send('PATCH', at, { body: {} })).status).toBe(400);
  expect((await api.send('PATCH', '/v1/workflows/none', { body: { metadata: {} } })).status).toBe(404);
  const viewer = await api.keyOf('viewer');
  expect((await api.send('PATCH', at, { body: { metadata: {} }, key: viewer })).status).toBe(403);
  const stranger = await api.keyOf('admin', 'other');
  expect((await api.send('PATCH', at, { body: { metadata: {} }, key: stranger })).status).toBe(404);
});

test('of a run of a workflow is given when it starts, and does not come from the workflow', async () => {
  const api = await startTestApi();
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: { ...WORKFLOW, name: 'one', metadata: { of: 'workflow' } },
  });
  const at = `/v1/workflows/${workflow.id}/run`;

  const { body: tagged } = await api.send('POST', at, { body: { metadata: { order: '7' } } });
  const { body: plain } = await api.send('POST', at);

  expect(tagged.metadata).toEqual({ order: '7' });
  expect(plain.metadata).toBeUndefined();
  expect(await idsOf(api, '/v1/runs?metadata[order]=7')).toEqual([tagged.id]);
  expect(await idsOf(api, '/v1/runs?metadata[of]=workflow')).toEqual([]);
  const causes = await api.send('GET', '/v1/runs/causes?metadata[order]=7');
  expect(causes.body.items).toEqual([]);
  const bulk = await api.send('POST', '/v1/runs/replay', { body: { filter: { metadata: { order: '7' } } } });
  expect(bulk).toMatchObject({ status: 200, body: { total: 0 } });
});

test('a request for runs looks at no more than it says, and the next page continues there', async () => {
  const api = await startTestApi();
  const { ctx, tenant } = api;
  const now = ctx.clock.now();
  const rare = newRun(ctx, {
    id: newId('run', now),
    tenant,
    action: 'core.transform',
    metadata: { rare: 'yes' },
    created_at: now - 100_000,
  });
  await writeRun(ctx, rare);
  for (let n = 0; n < MAX_LOOKED_AT; n += 200) {
    const more = Array.from({ length: 200 }, (_, i) =>
      newRun(ctx, { id: newId('run', now), tenant, action: 'core.transform', created_at: now - n - i }),
    );
    await Promise.all(more.map((run) => writeRun(ctx, run)));
  }

  const first = await api.send('GET', '/v1/runs?metadata[rare]=yes');
  const second = await api.send('GET', `/v1/runs?metadata[rare]=yes&cursor=${first.body.next_cursor}`);
  const other = await api.send('GET', `/v1/runs?metadata[rare]=no&cursor=${first.body.next_cursor}`);

  expect(first.body).toMatchObject({ items: [], next_cursor: expect.any(String) });
  expect(second.body).toMatchObject({ items: [{ id: rare.id }], next_cursor: null });
  expect(other).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor' }] } });
});

test('a run without it is stored as before', async () => {
  const api = await startTestApi();
  const { body: run } = await api.send('POST', '/v1/runs', { body: RUN });

  expect(run).not.toHaveProperty('metadata');
  expect(Object.values(await api.ctx.redis.hgetall(api.ctx.keys.run(run.id))).join()).not.toContain('metadata');
});
