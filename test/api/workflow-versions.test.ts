import { expect, test } from 'vitest';
import { startTestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

const say = (text: string, more: object = {}) => ({
  name: 'say',
  description: 'Says something.',
  variables: { text },
  trigger: { id: 'core.manual' },
  steps: [{ id: 'say', action: 'core.transform', input: { value: '{{ variables.text }}' } }],
  ...more,
});

test('keeps a draft beside what is published, publishes it, and brings an earlier version back', async () => {
  const { send } = await startTestApi();
  const { body: made } = await send('POST', '/v1/workflows', { body: say('one') });
  const at = `/v1/workflows/${made.id}`;

  const draft = await send('PUT', at, { body: say('two', { publish: false }) });
  const other = await send('PUT', at, { body: say('three', { publish: false }) });
  const listed = await send('GET', `${at}/versions`);
  const published = await send('POST', `${at}/draft/publish`);
  const back = await send('POST', `${at}/publish`, { body: { version: 1 } });
  const second = await send('GET', `${at}/versions/2`);

  expect(made).toMatchObject({ version: 1, latest: 1, description: 'Says something.', variables: { text: 'one' } });
  expect(draft.body).toMatchObject({ version: 1, latest: 1, variables: { text: 'one' } });
  expect(other).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT', hint: expect.stringContaining('/draft') } });
  expect(listed.body).toEqual({ items: [{ version: 1, name: 'say', status: 'published' }], next_cursor: null });
  expect(published.body).toMatchObject({ version: 2, latest: 2, variables: { text: 'two' } });
  expect(back.body).toMatchObject({ version: 1, latest: 2, variables: { text: 'one' } });
  expect(second.body).toMatchObject({ version: 2, status: 'earlier', variables: { text: 'two' } });
  const { items } = (await send('GET', '/v1/audit')).body;
  expect(items[0]).toMatchObject({ action: 'workflow.publish', details: { version: 1, before: 2 } });
});

test('pages versions, newest first, and knows no others', async () => {
  const { send } = await startTestApi();
  const { body: made } = await send('POST', '/v1/workflows', { body: say('1') });
  const at = `/v1/workflows/${made.id}`;
  for (const text of ['2', '3']) await send('PUT', at, { body: say(text) });

  const first = await send('GET', `${at}/versions?limit=2`);
  const rest = await send('GET', `${at}/versions?limit=2&cursor=${first.body.next_cursor}`);

  expect(first.body.items.map(({ version }: { version: number }) => version)).toEqual([3, 2]);
  expect(rest.body).toEqual({ items: [{ version: 1, name: 'say', status: 'earlier' }], next_cursor: null });
  expect(await send('GET', `${at}/versions/4`)).toMatchObject({ status: 404 });
  expect(await send('GET', `${at}/versions/x`)).toMatchObject({ status: 400 });
  expect(await send('POST', `${at}/publish`, { body: { version: 9 } })).toMatchObject({ status: 404 });
});

test('shows a workflow that has only a draft, and enables it once it is published', async () => {
  const { send } = await startTestApi();
  const { body: made } = await send('POST', '/v1/workflows', { body: say('one', { publish: false }) });
  const at = `/v1/workflows/${made.id}`;

  const refused = await send('POST', `${at}/enable`);
  const listed = await send('GET', '/v1/workflows');
  const health = await send('GET', `${at}/trigger`);
  const versions = await send('GET', `${at}/versions`);
  const early = await send('POST', `${at}/publish`);
  const ran = await send('POST', `${at}/run`, { body: {} });
  const draft = await send('GET', `${at}/draft`);
  await send('POST', `${at}/draft/publish`);

  expect(made).toMatchObject({ version: 0, latest: 0, enabled: false, trigger: {}, steps: [] });
  expect(versions.body.items).toEqual([]);
  for (const one of [refused, early, ran]) {
    expect(one).toMatchObject({ status: 409, body: { hint: expect.stringContaining('/draft/publish') } });
  }
  expect(listed.body.items).toMatchObject([{ version: 0, trigger: { state: 'draft' } }]);
  expect(health.body).toMatchObject({ state: 'draft', next_tick_at: null });
  expect(draft.body.definition).toEqual(say('one'));
  expect((await send('GET', at)).body).toMatchObject({ version: 1, enabled: true, variables: { text: 'one' } });
});

test('runs a version that is named, while everything else takes the published one', async () => {
  const { send } = await openApiWorkspace();
  const { body: made } = await send('POST', '/v1/workflows', { body: say('one') });
  await send('PUT', `/v1/workflows/${made.id}`, { body: say('two') });
  await send('POST', `/v1/workflows/${made.id}/publish`, { body: { version: 1 } });
  const run = (body: object) => send('POST', `/v1/workflows/${made.id}/run`, { headers: { prefer: 'wait=20' }, body });

  const published = await run({});
  const named = await run({ version: 2 });

  expect(published.body).toMatchObject({ workflow_version: 1, status: 'succeeded', output: { value: 'one' } });
  expect(named.body).toMatchObject({ workflow_version: 2, status: 'succeeded', output: { value: 'two' } });
});

test('lets nobody below a builder publish', async () => {
  const { send, keyOf } = await startTestApi();
  const { body: made } = await send('POST', '/v1/workflows', { body: say('one') });

  const refused = await send('POST', `/v1/workflows/${made.id}/publish`, { key: await keyOf('operator') });

  expect(refused).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
});
