import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { emitEvent } from '../../engine/events/life-events.ts';
import { deliverEvents } from '../../engine/webhook-endpoints/event-delivery.ts';
import { startWorker } from '../../engine/worker.ts';
import { testContext, until } from '../context.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { startTestApi } from './client.ts';

const WAIT = { prefer: 'wait=20' };

test('a paused endpoint gets nothing, and what has waited once it is resumed', async () => {
  const { ctx, send, at, posts, emit } = await opened();

  const paused = await send('PATCH', at, { body: { paused: true } });
  await emit('one');
  const handedOver = await deliverEvents(ctx);
  await send('PATCH', at, { body: { paused: false } });
  await emit('two');
  await deliverEvents(ctx);
  await until('both have come', () => posts.length === 2);

  expect(paused).toMatchObject({ status: 200, body: { paused: true } });
  expect(handedOver).toBe(0);
  expect(posts.map(({ body }) => JSON.parse(body).data.workflow).sort()).toEqual(['one', 'two']);
});

test('URL and types are changed, under the rules of a new one', async () => {
  const { send, at, origin } = await opened();

  const changed = await send('PATCH', at, { body: { url: `${origin}/other`, types: ['run.failed'] } });
  const all = await send('PATCH', at, { body: { types: null } });
  const wrong = await send('PATCH', at, { body: { url: 'http://example.com/hook' } });
  const empty = await send('PATCH', at, { body: {} });

  expect(changed.body).toMatchObject({ url: `${origin}/other`, types: ['run.failed'] });
  expect(all.body).not.toHaveProperty('types');
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/url' }] } });
  expect(empty.status).toBe(400);
});

test('during the overlap both secrets verify a delivery, and after a leak only the new one', async () => {
  const { send, at, posts, secret } = await opened();
  const verified = (with_: string) => {
    const { body, headers } = posts.at(-1)!;
    try {
      return new Webhook(with_).verify(body, headers) !== undefined;
    } catch {
      return false;
    }
  };

  const second = await send('POST', `${at}/rotate_secret`);
  await send('POST', `${at}/test`, { headers: WAIT });
  const both = [verified(secret), verified(second.body.secret)];
  const third = await send('POST', `${at}/rotate_secret`, { body: { overlap_seconds: 0 } });
  await send('POST', `${at}/test`, { headers: WAIT });
  const one = [verified(secret), verified(second.body.secret), verified(third.body.secret)];

  expect(second).toMatchObject({ status: 200, body: { old_secret_until: expect.any(String) } });
  expect(both).toEqual([true, true]);
  expect(third.body).not.toHaveProperty('old_secret_until');
  expect(one).toEqual([false, false, true]);
  expect((await send('GET', at)).text).not.toContain('whsec_');
  expect((await send('GET', '/v1/audit?action=webhook_endpoint')).text).not.toContain('whsec_');
});

test('lists its deliveries, and sends one again to where the endpoint is now', async () => {
  const { ctx, send, at, posts, emit, origin } = await opened();
  await emit('one');
  await deliverEvents(ctx);
  await until('it has come', () => posts.length === 1);
  const tested = await send('POST', `${at}/test`, { headers: WAIT });
  await until('both have ended', async () =>
    (await send('GET', `${at}/deliveries`)).body.items.every(
      ({ status }: { status: string }) => status === 'succeeded',
    ),
  );
  const { items } = (await send('GET', `${at}/deliveries`)).body;
  await send('PATCH', at, { body: { url: `${origin}/moved` } });

  const again = await send('POST', `${at}/deliveries/${items[1].run}/redeliver`, { headers: WAIT });
  const first = await send('GET', `${at}/deliveries?limit=1`);
  const next = await send('GET', `${at}/deliveries?limit=5&cursor=${first.body.next_cursor}`);

  expect(tested).toMatchObject({ status: 200, body: { status: 'succeeded' } });
  expect(items).toMatchObject([
    { run: tested.body.id, event: { type: 'webhook_endpoint.test' } },
    { event: { type: 'run.failed' }, attempts: 1 },
  ]);
  expect(again).toMatchObject({ status: 200, body: { status: 'succeeded', replay_of: items[1].run } });
  expect(posts.map(({ url }) => url)).toEqual(['/hook', '/hook', '/moved']);
  expect(JSON.parse(posts[2]!.body)).toEqual(JSON.parse(posts[0]!.body));
  expect(first.body.items).toMatchObject([{ run: again.body.id, redelivery_of: items[1].run }]);
  expect(next.body.items).toHaveLength(2);
  const later = await send('POST', `${at}/deliveries/${items[1].run}/redeliver`);
  expect(later.status).toBe(202);
});

test('is of its tenant, and of those who may', async () => {
  const { send, at, keyOf } = await opened();
  const [viewer, other] = [await keyOf('viewer'), await keyOf('admin', 'other')];
  const { id } = (await send('POST', `${at}/test`, { headers: WAIT })).body;
  const statuses = (key: string) =>
    Promise.all(
      [
        send('PATCH', at, { body: { paused: true }, key }),
        send('POST', `${at}/rotate_secret`, { key }),
        send('POST', `${at}/test`, { key }),
        send('POST', `${at}/deliveries/${id}/redeliver`, { key }),
        send('GET', `${at}/deliveries`, { key }),
      ].map(async (answer) => (await answer).status),
    );

  expect(await statuses(viewer)).toEqual([403, 403, 403, 403, 200]);
  expect(await statuses(other)).toEqual([404, 404, 404, 404, 404]);
  expect((await send('POST', `${at}/deliveries/run_1/redeliver`)).status).toBe(404);
});

async function opened() {
  const worker = await testContext();
  const running = await startWorker(worker);
  onTestFinished(() => running.close());
  const posts: { url: string; headers: Record<string, string>; body: string }[] = [];
  const server = await startHttpServer(async (request, response) => {
    posts.push({
      url: request.url!,
      headers: request.headers as Record<string, string>,
      body: await readBody(request),
    });
    response.writeHead(204).end();
  });
  const api = await startTestApi({ prefix: worker.config.prefix });
  const made = await api.send('POST', '/v1/webhook_endpoints', { body: { url: `${server.origin}/hook` } });
  return {
    ...api,
    posts,
    origin: server.origin,
    at: `/v1/webhook_endpoints/${made.body.id}`,
    secret: made.body.secret as string,
    emit: (workflow: string) => emitEvent(api.ctx, 'default', { type: 'run.failed', data: { workflow } }),
  };
}
