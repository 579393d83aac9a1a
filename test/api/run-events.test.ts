import { expect, test } from 'vitest';
import { finishRun } from '../../engine/runs/run-writes.ts';
import { readRun } from '../../engine/runs/runs.ts';
import { until } from '../context.ts';
import { CANCELED } from '../engine/new-run.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openApiWorkspace, sleepStatement } from './workspace.ts';

const FILE = { action: 'core.file', input: { path: 'x', rows: [] } };

test('follows a run from where it is to its end, and ends with it', async () => {
  const api = await openApiWorkspace();
  const { body: run } = await api.send('POST', '/v1/runs', { body: sleepStatement(api.workspace, 1) });

  const stream = await follow(api, run.id);
  const events = eventsOf(await stream.text());

  const statuses = events.map(({ data }) => data.status);
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(statuses.at(-1)).toBe('succeeded');
  expect(events.at(-1)).toMatchObject({ event: 'run', id: 'end', data: { id: run.id, output: expect.anything() } });
  expect(statuses.slice(0, -1).every((status) => ['queued', 'running', 'waiting'].includes(status))).toBe(true);
});

test('tells an ended run once, and a browser that comes back to stay away', async () => {
  const api = await openApiWorkspace();
  const { body: run } = await api.send('POST', '/v1/runs', { body: FILE, headers: { prefer: 'wait=20' } });

  const first = eventsOf(await (await follow(api, run.id)).text());
  const again = await follow(api, run.id, { 'last-event-id': first[0]!.id });
  const strange = await follow(api, run.id, { 'last-event-id': 'whatever' });

  expect(first).toHaveLength(1);
  expect(again.status).toBe(204);
  expect(eventsOf(await strange.text())).toHaveLength(1);
});

test('answers 404 for a run that is not there', async () => {
  const api = await startTestApi();

  expect((await follow(api, 'run_none')).status).toBe(404);
});

test('stops listening when the reader goes', async () => {
  const api = await startTestApi();
  const { body: run } = await api.send('POST', '/v1/runs', { body: FILE });
  const gone = new AbortController();
  const stream = await follow(api, run.id, {}, gone.signal);
  const reader = stream.body!.getReader();
  await reader.read();
  await until('the server listens', () => listeners(api, run.id));

  gone.abort();

  await until('the server listens no more', async () => !(await listeners(api, run.id)));
});

test('ends its streams when the server closes', async () => {
  const api = await startTestApi();
  const { body: run } = await api.send('POST', '/v1/runs', { body: FILE });
  const stream = await follow(api, run.id);
  const whole = stream.text();
  await until('the server listens', () => listeners(api, run.id));

  await api.close();

  expect(eventsOf(await whole).map(({ data }) => data.status)).toEqual(['queued']);
});

test('hears a change that comes between the first look and the subscription', async () => {
  const api = await startTestApi();
  const { body: run } = await api.send('POST', '/v1/runs', { body: FILE });

  const [events] = await Promise.all([
    follow(api, run.id).then(async (stream) => eventsOf(await stream.text())),
    finishRun(api.ctx, (await readRun(api.ctx, run.id))!, CANCELED),
  ]);

  expect(events.at(-1)!.data.status).toBe('canceled');
});

async function follow(
  { origin, keyOf }: TestApi,
  id: string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const authorization = `Bearer ${await keyOf('viewer')}`;
  return fetch(`${origin}/v1/runs/${id}/events`, { headers: { authorization, ...headers }, ...(signal && { signal }) });
}

async function listeners({ ctx }: TestApi, id: string): Promise<boolean> {
  const [, count] = (await ctx.redis.pubsub('NUMSUB', ctx.keys.runChannel(id))) as [string, number];
  return Number(count) > 0;
}

// biome-ignore lint/suspicious/noExplicitAny: the data of an event is a run
function eventsOf(text: string): { event: string; id: string; data: any }[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      return { event: fields.event!, id: fields.id!, data: JSON.parse(fields.data!) };
    });
}
