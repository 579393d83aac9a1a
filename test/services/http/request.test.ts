import { describe, expect, test } from 'vitest';
import type { ActionCall } from '../../../actions/call.ts';
import { effectOf } from '../../../actions/effect.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import { openSource } from '../../../triggers/open-source.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { shippedManifests } from '../../shipped-manifests.ts';
import { startOrdersApi } from './orders-api.ts';

const ALL = [1001, 1002, 1003, 1004, 1005];

async function open(more: Partial<ActionCall> = {}) {
  const api = await startOrdersApi();
  const action = await actionOf('http.request');
  const bench = openBench({ url: `${api.origin}/v1` });
  const send = async (input: object) =>
    // biome-ignore lint/suspicious/noExplicitAny: outputs of many shapes
    (await runToEnd(action, callOf(action, input, more), bench)).output as any;
  return { api, bench, send };
}

const idsOf = (items: { id: number }[]) => items.map(({ id }) => id);

describe('pages', () => {
  test.each<[string, object]>([
    ['link_header', { path: '/orders', pages: { style: 'link_header' } }],
    ['link', { path: '/by_link', pages: { style: 'link', items: 'data', next: 'next' } }],
    ['page', { path: '/by_page', pages: { style: 'page', items: 'data', param: 'page' } }],
    ['offset', { path: '/by_offset', pages: { style: 'offset', items: 'data', param: 'from', total: 'total' } }],
    ['token', { path: '/by_token', pages: { style: 'token', items: 'data', next: 'meta.next', param: 'cursor' } }],
  ])('%s: are read to the end, or to the limit', async (_style, input) => {
    const { send } = await open();

    const all = await send({ method: 'GET', ...input });
    const some = await send({ method: 'GET', ...input, max_items: 3 });

    expect(idsOf(all.items)).toEqual(ALL);
    expect(all.more).toBe(false);
    expect(idsOf(some.items)).toEqual(ALL.slice(0, 3));
    expect(some.more).toBe(true);
  });

  test('none: a single page', async () => {
    const { send, api } = await open();

    expect(idsOf((await send({ method: 'GET', path: '/orders', pages: { style: 'none' } })).items)).toEqual([
      1001, 1002,
    ]);
    expect(api.seen).toHaveLength(1);
  });

  test('a next page at another host, or outside of the allowed paths, is not asked for', async () => {
    const { api, send } = await open({ account: { allowed_paths: '/orders /reports' } });
    const input = { method: 'GET', path: '/orders', pages: { style: 'link_header' } };

    for (const next of ['https://evil.example/v1/orders?page=2', `${api.origin}/v1/me`, `${api.origin}/v2/orders`]) {
      api.state.next = () => next;
      await expect(send(input), next).rejects.toMatchObject({ code: 'ERR_RESPONSE_INVALID' });
    }
    expect(api.seen.map(({ url }) => url)).toEqual(['/v1/orders', '/v1/orders', '/v1/orders']);
  });

  test('say what their style needs', async () => {
    const { send, api } = await open();

    await expect(send({ method: 'GET', path: '/orders', pages: { style: 'page' } })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/pages/param' }],
    });
    expect(api.seen).toEqual([]);
  });
});

test('sends forms, text and files, and gives files', async () => {
  const { send, bench } = await open();
  const report = await send({ method: 'GET', path: '/reports/2026.csv', as: 'artifact' });

  const form = await send({ method: 'PUT', path: '/echo', form: { a: 'b c', list: [1] } });
  const text = await send({ method: 'PUT', path: '/echo', raw_body: 'x', content_type: 'text/csv' });
  const file = await send({ method: 'PUT', path: '/echo', artifact: report.artifact.id });

  expect(report).toMatchObject({ status: 200, artifact: { media_type: 'text/csv', size: 19 } });
  expect(bench.artifact(report.artifact.id).toString()).toBe('id,total\n1001,1.50\n');
  expect(form.body).toEqual({
    type: 'application/x-www-form-urlencoded',
    length: '20',
    body: 'a=b%20c&list=%5B1%5D',
  });
  expect(text.body).toMatchObject({ type: 'text/csv', body: 'x' });
  expect(file.body).toEqual({ type: 'application/octet-stream', length: '19', body: 'id,total\n1001,1.50\n' });
});

test('a failure with 200 is a failure, where the input says how it looks', async () => {
  const { send } = await open();
  const success = { path: 'ok', values: [true] };

  expect((await send({ method: 'POST', path: '/rpc', form: {}, success })).body).toEqual({ ok: true });
  await expect(send({ method: 'POST', path: '/rpc', form: { fail: true }, success })).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
    upstream: { status: 200, error_code: 'no_such_order' },
  });
});

describe('allowed paths', () => {
  const account = { allowed_paths: '/orders /reports/' };

  test.each(['/me', '/orders2', '/orders/..%2fme', '/reportsx'])('refuse %s before anything is sent', async (path) => {
    const { send, api, bench } = await open({ account });

    await expect(send({ method: 'POST', path })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/path' }],
    });
    expect(api.seen).toEqual([]);
    expect(bench.events).toEqual([]);
  });

  test('let what is below them through', async () => {
    const { send } = await open({ account });

    expect(await send({ method: 'GET', path: '/orders?page=3' })).toMatchObject({ status: 200 });
    expect(await send({ method: 'GET', path: '/reports/2026.csv' })).toMatchObject({ status: 200 });
  });
});

test('the method and the key decide about retries, and the key is the same for each of them', async () => {
  const action = await actionOf('http.request');
  const { send } = await open();
  const effect = (method: string, more: JsonObject = {}) => effectOf(action, { method, path: '/x', ...more });
  const key = { idempotency_key_header: 'Idempotency-Key' };

  expect(['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) => effect(method))).toEqual([
    'safe',
    'safe',
    'idempotent',
    'idempotent',
    'once',
    'once',
  ]);
  expect([effect('POST', key), effect('PUT', key)]).toEqual(['token', 'idempotent']);
  expect((await send({ method: 'POST', path: '/orders', body: {}, ...key })).body.key).toBe('run_1-1');
});

test.each(['Host', 'authorization', 'Content-Length', 'Cookie'])('%s is no header for a key', async (header) => {
  const { send, api } = await open();

  await expect(send({ method: 'POST', path: '/orders', idempotency_key_header: header })).rejects.toMatchObject({
    code: 'ERR_INPUT_INVALID',
  });
  expect(api.seen).toEqual([]);
});

test('the trigger gives each item of a list once', async () => {
  const { send, api } = await open();
  const manifests = await shippedManifests();
  const trigger = manifests.triggers.get('http.new_items')!;
  const input = trigger.input.check(
    {
      path: '/orders',
      id_field: 'id',
      pages: { style: 'link_header' },
      start: 'beginning',
    },
    'the input',
  ) as JsonObject;
  const source = openSource(trigger, input);
  const poll = { input, position: null, memory: null, now: 0, owner: 'wf' };
  const look = async (at: Partial<typeof poll> = {}) => {
    const now = { ...poll, ...at };
    return source.read(now, await send(source.ask(now).input));
  };

  const first = await look();
  const after = { position: first.to as never, memory: first.memory as never };
  const same = await look(after);
  api.state.orders = [...api.state.orders, { id: 1006, total: '6.50' }];
  const second = await look(after);

  expect(idsOf(first.events.map(({ data }) => data as { id: number }))).toEqual(ALL);
  expect(same.events).toEqual([]);
  expect(second.events.map(({ change, data }) => [change, (data as { id: number }).id])).toEqual([['new', 1006]]);
  expect(
    source.ask({ ...poll, input: trigger.input.check({ path: '/orders', id_field: 'id' }, 'the input') as JsonObject })
      .input,
  ).toMatchObject({ pages: { style: 'none' } });
});
