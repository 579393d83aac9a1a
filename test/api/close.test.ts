import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startTestApi } from './client.ts';

const FILE = { action: 'core.file', input: { path: 'x', rows: [] } };

/** Below what a server waits for that does not close: the 60 s that a request asked for, the 120 s that a request may take. */
const LIMIT_MS = 30_000;

test(
  'answers the requests in flight with what there is, when it closes',
  async () => {
    const api = await startTestApi();
    const waiting = api.send('POST', '/v1/runs', { body: FILE, headers: { prefer: 'wait=60' } });
    const [run] = await until('the run is stored', async () => {
      const { items } = (await api.send('GET', '/v1/runs')).body;
      return items.length > 0 ? items : undefined;
    });
    await until('the server listens', async () => {
      const [, count] = (await api.ctx.redis.pubsub('NUMSUB', api.ctx.keys.runChannel(run.id))) as [string, number];
      return Number(count) > 0;
    });

    await api.close();

    const answer = await waiting;
    expect(answer).toMatchObject({ status: 202, body: { id: run.id, status: 'queued' } });
    expect(answer.headers.get('connection')).toBe('close');
  },
  LIMIT_MS,
);

test(
  'does not wait for a connection that was never used',
  async () => {
    const api = await startTestApi();
    const socket = await connectTo(api.origin);
    const ended = once(socket, 'close');

    await api.close();

    await expect(ended).resolves.toEqual([expect.any(Boolean)]);
  },
  LIMIT_MS,
);

test('closes a connection whose request was refused when the rest of its body has come, and answers others meanwhile', async () => {
  const api = await startTestApi();
  const [refused, other] = await Promise.all([connectTo(api.origin), connectTo(api.origin)]);
  other.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n');
  refused.write('POST /hooks/none HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{');
  await Promise.all([once(other, 'data'), once(refused, 'data')]);
  const closing = api.close();

  const ended = once(refused, 'close');
  refused.write('}');
  await ended;
  const answer = once(other, 'data');
  other.write('\r\n');

  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 /);
  await closing;
});

test('takes no new connection', async () => {
  const api = await startTestApi();

  await api.close();

  await expect(fetch(`${api.origin}/healthz`)).rejects.toThrow();
});

async function connectTo(origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
